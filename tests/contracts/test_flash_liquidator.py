"""FlashLiquidator over real pool, lender, router and venue."""

from __future__ import annotations

import pytest

from sim.chain.accounts import ACCOUNTS
from sim.units import E8, UINT256_MAX
from tests.deployed import Deployed
from tests.lending import BORROWER, DONOR, LENDER, OWNER, LendingMarket, new_market

KEEPER = ACCOUNTS.address(8)
ETH = 10**18
USD = 10**6
FLASH_FEE_BPS = 9


class Scene:
    """An unhealthy BORROWER (10 WETH, 14,000 USDC, WETH at $1,700), a venue and a liquidator."""

    def __init__(self, chain, deploy) -> None:
        market = self.market = new_market(chain, deploy, flash_fee_bps=FLASH_FEE_BPS)
        market.add("WETH", 18, 2_000 * E8)
        market.add("USDC", 6, E8)
        market.supply(BORROWER, "WETH", 10 * ETH)
        market.supply(LENDER, "USDC", 100_000 * USD)
        market.borrow(BORROWER, "USDC", 14_000 * USD)
        market.set_price("WETH", 1_700 * E8)
        self.venue = self._add_venue(chain, deploy)
        self.router = deploy(chain, "SwapRouter")
        self.liquidator = deploy(chain, "FlashLiquidator")

    def _add_venue(self, chain, deploy) -> Deployed:
        """1,000 WETH at the oracle's price, fee 0.3 %."""
        market = self.market
        venue = deploy(chain, "ConstantProductPool", market.token("WETH"), market.token("USDC"), 30, OWNER)
        for symbol, amount in (("WETH", 1_000 * ETH), ("USDC", 1_700_000 * USD)):
            market.token(symbol).send(OWNER, "mint", venue, amount)
        venue.send(DONOR, "mint", DONOR)
        return venue

    def params(self, **changes: object) -> dict:
        """Return the Params of a full liquidation, lent by the lending pool itself."""
        market = self.market
        return {
            "pool": market.pool.address,
            "lender": market.pool.address,
            "router": self.router.address,
            "route": [self.venue.address],
            "collateralAsset": market.token("WETH").address,
            "debtAsset": market.token("USDC").address,
            "user": BORROWER,
            "debtToCover": UINT256_MAX,
            "minProfit": 0,
        } | changes

    def nothing_left(self, market: LendingMarket) -> bool:
        """Return whether the liquidator holds nothing and has approved nobody."""
        spenders = [market.pool, self.router]
        tokens = [market.token("WETH"), market.token("USDC")]
        held = [token.read("balanceOf", self.liquidator) for token in tokens]
        approved = [token.read("allowance", self.liquidator, one) for token in tokens for one in spenders]
        return not any(held + approved)


@pytest.fixture
def scene(revm, deploy):
    return Scene(revm, deploy)


def test_profit_is_proceeds_less_loan_and_fee(scene):
    market = scene.market
    arguments = (market.token("WETH"), market.token("USDC"), BORROWER, UINT256_MAX, False)
    preview = market.pool.read("previewLiquidation", *arguments)
    route = [scene.venue.address]
    proceeds = scene.router.read("quoteExactIn", route, market.token("WETH"), preview.seizedToLiquidator)
    fee = market.pool.read("flashFee", market.token("USDC"), preview.repaid)
    profit = proceeds - preview.repaid - fee
    assert profit > 0

    events = dict(scene.liquidator.send(KEEPER, "liquidate", scene.params(minProfit=profit)))
    assert market.balance("USDC", KEEPER) == profit == events["FlashLiquidated"]["profit"]
    assert events["Liquidation"]["liquidator"] == scene.liquidator.address
    assert market.state("USDC").treasuryAccrued == fee
    assert scene.nothing_left(market)
    assert market.state("USDC").cash == market.balance("USDC", market.pool)


def test_the_treasury_takes_its_fee_out(scene):
    scene.liquidator.send(KEEPER, "liquidate", scene.params())
    market, usdc = scene.market, scene.market.token("USDC")
    fee = market.state("USDC").treasuryAccrued
    error = market.pool.send_error(OWNER, "withdrawTreasury", usdc, fee + 1, OWNER)
    assert error == f"InsufficientBalance({fee + 1}, {fee})"
    market.pool.send(OWNER, "withdrawTreasury", usdc, UINT256_MAX, OWNER)
    assert market.balance("USDC", OWNER) == fee > 0
    assert market.state("USDC").treasuryAccrued == 0


def test_a_profit_below_the_least_reverts_everything(scene):
    snapshot = scene.market.chain.snapshot()
    done = dict(scene.liquidator.send(KEEPER, "liquidate", scene.params()))
    profit = done["FlashLiquidated"]["profit"]
    scene.market.chain.revert(snapshot)
    error = scene.liquidator.send_error(KEEPER, "liquidate", scene.params(minProfit=profit + 1))
    assert error == f"InsufficientProfit({profit}, {profit + 1})"
    assert scene.market.debt("USDC", BORROWER) == 14_000 * USD
    assert scene.nothing_left(scene.market)


def test_a_loss_is_named_as_such(scene):
    """Where the sale cannot repay the loan, the profit in the error is negative."""
    market = scene.market
    market.fund(DONOR, "WETH", 1_000 * ETH, spender=scene.router)
    arguments = ([scene.venue.address], market.token("WETH"), 100 * ETH, 0, DONOR, UINT256_MAX)
    scene.router.send(DONOR, "swapExactIn", *arguments)
    error = scene.liquidator.send_error(KEEPER, "liquidate", scene.params())
    assert error.startswith("InsufficientProfit(-")
    assert error.endswith(", 0)")


@pytest.mark.parametrize("price_e8", [1_450 * E8 + 7, 1_449 * E8 + 12_345_678, 1_401 * E8 + 1, 1_433 * E8 + 33])
def test_an_account_worth_less_than_its_debt_and_bonus_is_taken_whole(scene, price_e8):
    """All collateral goes, whatever the preview rounded away of the debt it repays, and the rest is bad debt."""
    market = scene.market
    market.set_price("WETH", price_e8)
    events = dict(scene.liquidator.send(KEEPER, "liquidate", scene.params()))
    assert events["Liquidation"]["seizedAssets"] == 10 * ETH
    assert events["DeficitCreated"]["amount"] > 0
    assert market.supplied("WETH", BORROWER) == market.debt("USDC", BORROWER) == 0
    assert scene.nothing_left(market)


def test_money_that_was_there_before_is_not_profit(scene):
    market = scene.market
    market.token("USDC").send(OWNER, "mint", scene.liquidator, 1_000 * USD)
    events = dict(scene.liquidator.send(KEEPER, "liquidate", scene.params()))
    assert market.balance("USDC", scene.liquidator) == 1_000 * USD
    assert market.balance("USDC", KEEPER) == events["FlashLiquidated"]["profit"]


def test_one_asset_needs_no_sale(revm, deploy):
    scene = Scene(revm, deploy)
    market = scene.market
    market.supply(DONOR, "USDC", 10_000 * USD)
    market.borrow(DONOR, "USDC", 7_000 * USD)
    market.borrow(DONOR, "WETH", ETH // 4)
    market.set_price("WETH", 4_800 * E8)
    usdc = market.token("USDC").address
    params = scene.params(collateralAsset=usdc, user=DONOR, route=[])
    events = dict(scene.liquidator.send(KEEPER, "liquidate", params))
    done = events["Liquidation"]
    gain = done["seizedAssets"] - done["protocolFeeAssets"] - done["repaidAssets"]
    fee = market.pool.read("flashFee", usdc, done["repaidAssets"])
    assert events["FlashLiquidated"]["profit"] == gain - fee


def test_a_healthy_account_reverts_with_the_pools_reason(scene):
    scene.market.set_price("WETH", 2_000 * E8)
    error = scene.liquidator.send_error(KEEPER, "liquidate", scene.params())
    assert error.startswith("HealthFactorNotBelowThreshold(")


def test_nobody_calls_back_out_of_turn(scene):
    """Neither directly nor through a flash loan that someone else takes in the liquidator's name."""
    usdc = scene.market.token("USDC")
    data = scene.liquidator.encode("liquidate", scene.params())[4:]
    unexpected = f"UnexpectedCallback({KEEPER}, {scene.liquidator.address})"
    # The callback's data is the parameters followed by a balance, which is enough to reach its check.
    data = bytes.fromhex("40".rjust(64, "0")) + bytes(32) + data[32:]
    arguments = (scene.liquidator, usdc, USD, 0, data)
    assert scene.liquidator.send_error(KEEPER, "onFlashLoan", *arguments) == unexpected
    error = scene.market.pool.send_error(KEEPER, "flashLoan", scene.liquidator, usdc, USD, data)
    assert error == f"UnexpectedCallback({scene.market.pool.address}, {KEEPER})"
