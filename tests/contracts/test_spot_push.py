"""SpotPush over real pools, lender, router and venue: what an attack brings, and that only its owner has it."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.revm import RevmChain
from sim.units import BPS, E8, UINT256_MAX
from tests.lending import BORROWER, DONOR, LENDER, OWNER, new_market
from tests.venue import deploy as deploy_contract

ATTACKER, STRANGER = ACCOUNTS.address(8), ACCOUNTS.address(9)
ETH, USD = 10**18, 10**6
LTV_BPS, THRESHOLD_BPS = 8_000, 8_500
RESERVES = 1_000 * ETH, 2_000_000 * USD
FLASH_FEE_BPS = 9


class Scene:
    """A market that believes the venue's spot price of WETH, a second one that lends for a transaction."""

    def __init__(self, chain, deploy, feed: str = "spot", fee_bps: int = 0) -> None:
        market = self.market = new_market(chain, deploy)
        usdc = market.add("USDC", 6, E8, ltvBps=LTV_BPS, liquidationThresholdBps=THRESHOLD_BPS)
        weth = market.add("WETH", 18, 2_000 * E8, ltvBps=LTV_BPS, liquidationThresholdBps=THRESHOLD_BPS)
        self.weth, self.usdc = weth.token, usdc.token
        self.venue = deploy(chain, "ConstantProductPool", self.weth, self.usdc, fee_bps, OWNER)
        for token, amount in zip((self.weth, self.usdc), RESERVES, strict=True):
            token.send(OWNER, "mint", self.venue, amount)
        self.venue.send(DONOR, "mint", DONOR)
        arguments = (self.venue, self.weth, 18, 6, 8)
        if feed == "spot":
            self.feed = deploy(chain, "PoolSpotFeed", *arguments)
        else:
            self.feed = deploy(chain, "PoolMeanFeed", *arguments, (0, 1_800, 60))
            self.feed.send(STRANGER, "poke")
            market.wait(1_800)
        market.pool.send(OWNER, "setReserveConfig", self.weth, weth.config | {"feed": self.feed.address}, False)
        market.supply(LENDER, "USDC", 50_000_000 * USD)
        market.supply(LENDER, "WETH", 10_000 * ETH)
        self.lender = self._lender(chain, deploy)
        self.router = deploy(chain, "SwapRouter")
        self.contract = deploy(chain, "SpotPush", ATTACKER)

    def _lender(self, chain, deploy):
        """A pool of the same tokens that nobody borrows from."""
        other = new_market(chain, deploy, flash_fee_bps=FLASH_FEE_BPS)
        for token, amount in ((self.weth, 100_000 * ETH), (self.usdc, 100_000_000 * USD)):
            feed = deploy(chain, "PriceFeed", 8, "price", OWNER)
            feed.send(OWNER, "pushRound", E8, chain.timestamp_s)
            config = next(iter(self.market.assets.values())).config | {"feed": feed.address}
            other.pool.send(OWNER, "addReserve", token, config, False)
            token.send(OWNER, "mint", DONOR, amount)
            token.send(DONOR, "approve", other.pool, UINT256_MAX)
            other.pool.send(DONOR, "supply", token, amount, DONOR)
        return other.pool

    def attack(self, amount: int, **changes: object) -> dict:
        """Return the Push that flash-borrows `amount` USDC, buys WETH and borrows against all of it."""
        return {
            "pool": self.market.pool.address,
            "lender": self.lender.address,
            "router": self.router.address,
            "route": [self.venue.address],
            "loanAsset": self.usdc.address,
            "otherAsset": self.weth.address,
            "flashAssets": amount,
            "ownAssets": 0,
            "ownCollateral": 0,
            "pushAssets": amount,
            "supplyAssets": UINT256_MAX,
            "victims": [],
            "minProfit": 0,
        } | changes

    def push_down(self, amount: int, **changes: object) -> dict:
        """Return the Push that flash-borrows `amount` WETH, sells it and liquidates BORROWER."""
        assets = {"loanAsset": self.weth.address, "otherAsset": self.usdc.address}
        return self.attack(amount, **assets, supplyAssets=0, victims=[BORROWER]) | changes

    def own(self, symbol: str, amount: int) -> None:
        self.market.fund(ATTACKER, symbol, amount, spender=self.contract)

    def nothing_left(self) -> bool:
        """Return whether the contract holds no token and has approved nobody."""
        spenders = [self.market.pool, self.lender, self.router]
        tokens = [self.weth, self.usdc]
        held = [token.read("balanceOf", self.contract) for token in tokens]
        approved = [token.read("allowance", self.contract, one) for token in tokens for one in spenders]
        return not any(held + approved)


@pytest.fixture
def scene(revm, deploy):
    return Scene(revm, deploy)


def capital(multiple: float) -> int:
    """Quote that moves the price of a pool without fee by a multiple: y (√m - 1)."""
    return round(RESERVES[1] * (sqrt(multiple) - 1))


def sold_back(multiple: float) -> float:
    """Quote for the share of what was bought that a loan of LTV does not need with health 1."""
    bought = RESERVES[0] * (1 - 1 / sqrt(multiple))
    back = bought * (1 - LTV_BPS / THRESHOLD_BPS)
    return RESERVES[1] * sqrt(multiple) * back / (RESERVES[0] - bought + back)


class TestBorrowing:
    @pytest.mark.parametrize("multiple", [2, 4, 13, 24])
    def test_profit_is_that_of_the_closed_form(self, scene, multiple):
        """Collateral x (1 - 1/√m) counts at m p, so y (√m - 1) buys a loan of y (√m - 1) √m LTV.

        Of the collateral a share LTV / LT stays, and the rest goes back to the pool.
        """
        amount = capital(multiple)
        done = dict(scene.contract.send(ATTACKER, "push", scene.attack(amount)))["SpotPushed"]
        fee = amount * FLASH_FEE_BPS // BPS
        expected = amount * (sqrt(multiple) * LTV_BPS / BPS - 1) + sold_back(multiple) - fee
        assert done["profit"] == scene.market.balance("USDC", ATTACKER) == pytest.approx(expected, rel=1e-4)
        assert done["flashFee"] == pytest.approx(fee, abs=1)
        assert done["borrowed"] == pytest.approx(amount * sqrt(multiple) * LTV_BPS / BPS, rel=1e-6)
        assert scene.nothing_left()

    def test_it_leaves_debt_without_cover(self, scene):
        scene.contract.send(ATTACKER, "push", scene.attack(capital(13)))
        arbitrage = RESERVES[0] - scene.venue.read("getReserves")[0]
        scene.market.fund(DONOR, "WETH", arbitrage, spender=scene.router)
        route = ([scene.venue], scene.weth, arbitrage, 0, DONOR, UINT256_MAX)
        scene.router.send(DONOR, "swapExactIn", *route)
        data = scene.market.pool.read("accountData", scene.contract)
        assert data.debtBase > 2 * data.collateralBase

    def test_own_collateral_and_all_that_is_bought_sold_again(self, scene):
        """Without a swap fee the way back is free: 10 WETH at four times their price, and what covers nothing."""
        scene.own("WETH", 10 * ETH)
        amount = capital(4)
        attack = scene.attack(amount, ownCollateral=10 * ETH, supplyAssets=10 * ETH)
        done = dict(scene.contract.send(ATTACKER, "push", attack))["SpotPushed"]
        assert done["borrowed"] == pytest.approx(10 * 8_000 * USD * LTV_BPS // BPS, rel=1e-6)
        unneeded = 10 * 2_000 * USD * (1 - LTV_BPS / THRESHOLD_BPS)
        assert done["profit"] == pytest.approx(done["borrowed"] - done["flashFee"] + unneeded, rel=1e-4)
        assert scene.venue.read("getReserves")[0] == pytest.approx(RESERVES[0], rel=1e-3)

    def test_a_cheap_asset_is_borrowed_as_well(self, scene):
        """The other way round: WETH sold down to a quarter, then borrowed against the USDC that came in."""
        amount = RESERVES[0]
        attack = scene.push_down(amount, victims=[], supplyAssets=UINT256_MAX)
        done = dict(scene.contract.send(ATTACKER, "push", attack))["SpotPushed"]
        assert done["borrowed"] == pytest.approx(amount * 2 * LTV_BPS // BPS, rel=1e-6)
        assert scene.market.balance("WETH", ATTACKER) == done["profit"] > 0.5 * ETH * 1_000

    def test_what_the_market_has_is_the_most(self, revm, deploy):
        scene = Scene(revm, deploy)
        market = scene.market
        market.pool.send(LENDER, "withdraw", scene.usdc, 49_000_000 * USD, LENDER)
        done = dict(scene.contract.send(ATTACKER, "push", scene.attack(capital(13))))["SpotPushed"]
        assert done["borrowed"] == 1_000_000 * USD
        kept = scene.market.supplied("WETH", scene.contract.address)
        assert kept / ETH * 2_000 * 13 == pytest.approx(1_000_000 / THRESHOLD_BPS * BPS, rel=1e-5)
        assert done["profit"] > 850_000 * USD

    @pytest.mark.parametrize("multiple", [2, 13])
    def test_a_mean_price_does_not_move(self, revm, deploy, multiple):
        """The loan is LTV of what the collateral was worth before, which is less than it cost."""
        scene = Scene(revm, deploy, feed="mean")
        amount = capital(multiple)
        error = scene.contract.send_error(ATTACKER, "push", scene.attack(amount))
        fee = amount * FLASH_FEE_BPS // BPS
        expected = amount * (LTV_BPS / BPS / sqrt(multiple) - 1) + sold_back(multiple) - fee
        assert int(error.removeprefix("InsufficientProfit(").split(",")[0]) == pytest.approx(expected, rel=1e-5)


class TestLiquidating:
    def borrow(self, scene):
        """An account of 10 WETH at $2,000 that owes 15,000 USDC: unhealthy below $1,765."""
        scene.market.supply(BORROWER, "WETH", 10 * ETH)
        scene.market.borrow(BORROWER, "USDC", 15_000 * USD)

    def test_collateral_is_had_for_less(self, scene):
        self.borrow(scene)
        done = dict(scene.contract.send(ATTACKER, "push", scene.push_down(120 * ETH)))
        assert done["SpotPushed"]["liquidated"] == 1
        assert done["SpotPushed"]["profit"] == scene.market.balance("WETH", ATTACKER) > 0
        seized = done["Liquidation"]["seizedAssets"] - done["Liquidation"]["protocolFeeAssets"]
        price = scene.feed.read("latestRoundData")[1] / E8
        assert seized * price / ETH > done["Liquidation"]["repaidAssets"] / USD
        assert scene.nothing_left()

    def test_who_stays_healthy_is_passed_over(self, scene):
        self.borrow(scene)
        scene.own("WETH", ETH)
        attack = scene.push_down(ETH, ownAssets=ETH, minProfit=-ETH)
        done = dict(scene.contract.send(ATTACKER, "push", attack))["SpotPushed"]
        assert done["liquidated"] == 0
        assert done["profit"] == pytest.approx(-done["flashFee"], rel=1e-5)

    def test_upwards_against_who_owes_the_base(self, scene):
        scene.market.supply(BORROWER, "USDC", 20_000 * USD)
        scene.market.borrow(BORROWER, "WETH", 75 * ETH // 10)
        attack = scene.attack(capital(1.2), supplyAssets=0, victims=[BORROWER])
        done = dict(scene.contract.send(ATTACKER, "push", attack))["SpotPushed"]
        assert done["liquidated"] == 1
        assert done["profit"] == scene.market.balance("USDC", ATTACKER) > 0

    def test_a_mean_price_leaves_everybody_healthy(self, revm, deploy):
        scene = Scene(revm, deploy, feed="mean")
        self.borrow(scene)
        error = scene.contract.send_error(ATTACKER, "push", scene.push_down(500 * ETH))
        assert error.startswith("InsufficientProfit(-")


@pytest.fixture(scope="module")
def averaged():
    """A market on the mean, with a borrower at health 1.13 and an attacker with money of its own."""
    scene = Scene(RevmChain(), deploy_contract, feed="mean")
    scene.market.supply(BORROWER, "WETH", 10 * ETH)
    scene.market.borrow(BORROWER, "USDC", 15_000 * USD)
    scene.own("USDC", 10**9 * USD)
    scene.own("WETH", 10**6 * ETH)
    return scene


def worth_usd(scene) -> float:
    """What the attacker has, in its wallet and in the market, at $2,000."""
    held = scene.market.balance("USDC", ATTACKER) / USD + scene.market.balance("WETH", ATTACKER) / ETH * 2_000
    account = scene.contract.address
    for symbol, price in (("USDC", 1 / USD), ("WETH", 2_000 / ETH)):
        held += (scene.market.supplied(symbol, account) - scene.market.debt(symbol, account)) * price
    return held


@given(
    multiple=st.floats(1.001, 500),
    down=st.booleans(),
    borrows=st.booleans(),
    collateral=st.integers(0, 1_000),
    share=st.integers(0, 100),
)
def test_on_a_mean_no_attack_within_a_transaction_gains_anything(
    averaged, multiple, down, borrows, collateral, share
):
    """Whatever is pushed, supplied, borrowed and sold again, either way, even where nothing costs a fee."""
    scene = averaged
    before = scene.market.chain.snapshot()
    try:
        worth = worth_usd(scene)
        amount = RESERVES[0 if down else 1] * round((sqrt(multiple) - 1) * 10**6) // 10**6
        changes = {
            "flashAssets": 0,
            "ownAssets": amount,
            "ownCollateral": collateral * (2_000 * USD if down else ETH),
            "supplyAssets": (UINT256_MAX if share == 100 else amount * share // 100) if borrows else 0,
            "victims": [BORROWER],
            "minProfit": -(2**127),
        }
        attack = scene.push_down(amount, **changes) if down else scene.attack(amount, **changes)
        done = dict(scene.contract.send(ATTACKER, "push", attack))["SpotPushed"]
        assert done["liquidated"] == 0
        assert worth_usd(scene) <= worth + 0.01
    finally:
        scene.market.chain.revert(before)


class TestBounds:
    def test_below_the_least_profit_nothing_happens(self, scene):
        amount = capital(4)
        before = scene.market.chain.snapshot()
        profit = dict(scene.contract.send(ATTACKER, "push", scene.attack(amount)))["SpotPushed"]["profit"]
        scene.market.chain.revert(before)
        error = scene.contract.send_error(ATTACKER, "push", scene.attack(amount, minProfit=profit + 1))
        assert error == f"InsufficientProfit({profit}, {profit + 1})"
        assert scene.market.supplied("WETH", scene.contract.address) == 0
        assert scene.nothing_left()

    def test_own_money_comes_back_and_bears_a_loss(self, revm, deploy):
        """Forced on a market that does not believe it: the loss stays in the pool's fee and the collateral."""
        scene = Scene(revm, deploy, feed="mean", fee_bps=30)
        scene.own("USDC", 1_000_000 * USD)
        attack = scene.attack(0, ownAssets=1_000_000 * USD, pushAssets=800_000 * USD, supplyAssets=0)
        error = scene.contract.send_error(ATTACKER, "push", attack)
        assert error.startswith("InsufficientProfit(-")
        scene.contract.send(ATTACKER, "push", attack | {"minProfit": -(10**18)})
        left = scene.market.balance("USDC", ATTACKER)
        assert 990_000 * USD < left < 1_000_000 * USD

    def test_more_than_there_is_cannot_be_pushed_with(self, scene):
        error = scene.contract.send_error(ATTACKER, "push", scene.attack(USD, pushAssets=USD + 1))
        assert error == f"PushTooLarge({USD + 1}, {USD})"

    def test_only_the_owner_attacks_and_leaves(self, scene):
        refused = f"OwnableUnauthorizedAccount({STRANGER})"
        assert scene.contract.send_error(STRANGER, "push", scene.attack(USD)) == refused
        arguments = (scene.market.pool, scene.usdc, scene.weth)
        assert scene.contract.send_error(STRANGER, "exit", *arguments) == refused

    def test_exit_repays_and_brings_the_collateral(self, scene):
        scene.own("WETH", 10 * ETH)
        scene.contract.send(ATTACKER, "push", scene.attack(0, ownCollateral=10 * ETH, supplyAssets=10 * ETH))
        debt = scene.market.debt("USDC", scene.contract.address)
        collateral = scene.market.supplied("WETH", scene.contract.address)
        gained = scene.market.balance("USDC", ATTACKER)
        assert gained > debt > 15_999 * USD
        scene.usdc.send(ATTACKER, "approve", scene.contract, UINT256_MAX)
        scene.contract.send(ATTACKER, "exit", scene.market.pool, scene.usdc, scene.weth)
        assert scene.market.balance("WETH", ATTACKER) == collateral
        assert scene.market.balance("USDC", ATTACKER) == gained - debt
        assert scene.nothing_left()


class TestCallback:
    def data(self, scene) -> bytes:
        """A Push and a balance, as the contract gives them to its lender."""
        data = scene.contract.encode("push", scene.attack(USD))[4:]
        return bytes.fromhex("40".rjust(64, "0")) + bytes(32) + data[32:]

    def test_nobody_calls_back_out_of_turn(self, scene):
        """Neither directly, nor by a loan that someone else takes in the contract's name."""
        arguments = (scene.contract, scene.usdc, USD, 0, self.data(scene))
        unexpected = f"UnexpectedCallback({STRANGER}, {scene.contract.address})"
        assert scene.contract.send_error(STRANGER, "onFlashLoan", *arguments) == unexpected
        loan = (scene.contract, scene.usdc, USD, self.data(scene))
        error = scene.lender.send_error(STRANGER, "flashLoan", *loan)
        assert error == f"UnexpectedCallback({scene.lender.address}, {STRANGER})"

    def test_a_lender_cannot_start_a_second_attack(self, scene, deploy):
        """A lender that calls back into the contract during an attack, in its owner's name."""
        actor = deploy(scene.market.chain, "ReentrantActor", OWNER)
        contract = deploy(scene.market.chain, "SpotPush", actor)
        inner = contract.encode("push", scene.attack(USD))
        actor.send(OWNER, "arm", contract.address, inner)
        attack = scene.attack(USD, lender=actor.address, pushAssets=0, supplyAssets=0)
        actor.send(OWNER, "act", contract.address, contract.encode("push", attack))
        assert (actor.read("attempts"), actor.read("successes")) == (1, 0)
        error = contract.artifacts.decoder.decode_error(actor.read("outcome"))
        assert error == "ReentrancyGuardReentrantCall()"
