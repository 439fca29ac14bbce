"""IsolatedLiquidator over real market, router and venue: both ways, both fundings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import ZERO_ADDRESS
from sim.units import E8, UINT256_MAX, WAD
from tests.isolated import ETH, USD, new_isolated_market
from tests.lending import BORROWER, DONOR, OWNER

KEEPER = ACCOUNTS.address(8)
STRANGER = ACCOUNTS.address(9)


class Scene:
    """BORROWER with 10 WETH and 16,000 USDC, a venue of 1,000 WETH at the oracle's price, a liquidator."""

    def __init__(self, chain, deploy, price: int = 1_800, early: bool = False) -> None:
        self.market = market = new_isolated_market(chain, deploy)
        market.supply(100_000 * USD)
        market.open(BORROWER, 10 * ETH, 16_000 * USD)
        self.early = ZERO_ADDRESS
        if early:
            oracle = market.oracle.address
            params = (80 * WAD // 100, WAD // 10, WAD // 2, 101 * WAD // 100, 104 * WAD // 100, oracle)
            self.early = deploy(chain, "PreLiquidation", market.market, params).address
            market.market.send(BORROWER, "setAuthorization", self.early, True)
        market.push(price * E8)
        self.venue = deploy(chain, "ConstantProductPool", market.collateral, market.loan, 30, OWNER)
        market.collateral.send(OWNER, "mint", self.venue, 1_000 * ETH)
        market.loan.send(OWNER, "mint", self.venue, 1_000 * price * USD)
        self.venue.send(DONOR, "mint", DONOR)
        self.router = deploy(chain, "SwapRouter")
        self.liquidator = deploy(chain, "IsolatedLiquidator")

    def target(self, debt_to_cover: int = UINT256_MAX) -> dict:
        """Return the Target."""
        return {
            "market": self.market.market.address,
            "preLiquidation": self.early,
            "borrower": BORROWER,
            "debtToCover": debt_to_cover,
        }

    def arguments(self, least: int = 0, **target: int) -> tuple:
        """Return the arguments of `liquidate`."""
        return (self.target(**target), self.router.address, [self.venue.address], least)

    def nothing_left(self) -> bool:
        """Return whether the liquidator holds nothing and has approved nobody."""
        market = self.market
        spenders = [market.market, self.router] + ([self.early] if self.early != ZERO_ADDRESS else [])
        tokens = [market.loan, market.collateral]
        held = [token.read("balanceOf", self.liquidator) for token in tokens]
        approved = [token.read("allowance", self.liquidator, one) for token in tokens for one in spenders]
        return not any(held + approved)


@pytest.fixture
def scene(revm, deploy):
    return Scene(revm, deploy)


def test_profit_is_proceeds_less_the_debt_and_no_loan_is_taken(scene):
    market = scene.market
    plan = scene.liquidator.read("plan", scene.target())
    assert not plan.early and plan.repaidAssets == 16_000 * USD
    proceeds = scene.router.read("quoteExactIn", [scene.venue.address], market.collateral, plan.seizedAssets)
    profit = proceeds - plan.repaidAssets
    assert profit > 0
    events = scene.liquidator.send(KEEPER, "liquidate", *scene.arguments(least=profit))
    done = dict(events)
    assert "FlashLoan" not in done
    assert done["FlashLiquidated"]["profit"] == profit == market.loan.read("balanceOf", KEEPER)
    assert done["Liquidation"]["liquidator"] == scene.liquidator.address
    assert done["Liquidation"]["seizedAssets"] == plan.seizedAssets
    assert scene.nothing_left()
    market.require_solvent()


def test_below_the_least_profit_nothing_happens(scene):
    snapshot = scene.market.chain.snapshot()
    events = dict(scene.liquidator.send(KEEPER, "liquidate", *scene.arguments()))
    profit = events["FlashLiquidated"]["profit"]
    scene.market.chain.revert(snapshot)
    error = scene.liquidator.send_error(KEEPER, "liquidate", *scene.arguments(least=profit + 1))
    assert error == f"InsufficientProfit({profit}, {profit + 1})"
    assert scene.market.debt(BORROWER) == 16_000 * USD


def test_a_loss_is_named_as_such(scene):
    market = scene.market
    market.fund(DONOR, market.collateral, 1_000 * ETH, spender=scene.router)
    sale = ([scene.venue.address], market.collateral, 300 * ETH, 0, DONOR, UINT256_MAX)
    scene.router.send(DONOR, "swapExactIn", *sale)
    error = scene.liquidator.send_error(KEEPER, "liquidate", *scene.arguments())
    assert error.startswith("InsufficientProfit(-") and error.endswith(", 0)")


def test_a_router_that_takes_only_a_part_keeps_no_approval(scene, deploy):
    market = scene.market
    half = deploy(market.chain, "HostileVenue", market.loan, 1)
    half.send(OWNER, "setMode", 8, ZERO_ADDRESS, b"")
    market.loan.send(OWNER, "mint", half, 10**24)
    arguments = (scene.target(), half.address, [half.address], 0)
    scene.liquidator.send(KEEPER, "liquidate", *arguments)
    assert market.collateral.read("balanceOf", half) > 0
    assert market.collateral.read("allowance", scene.liquidator, half) == 0


def test_money_that_was_there_before_is_not_profit(scene):
    market = scene.market
    market.loan.send(OWNER, "mint", scene.liquidator, 1_000 * USD)
    events = dict(scene.liquidator.send(KEEPER, "liquidate", *scene.arguments()))
    assert market.loan.read("balanceOf", scene.liquidator) == 1_000 * USD
    assert market.loan.read("balanceOf", KEEPER) == events["FlashLiquidated"]["profit"]


def test_with_own_money_the_collateral_is_kept(scene):
    market = scene.market
    market.fund(KEEPER, market.loan, 20_000 * USD, spender=scene.liquidator)
    plan = scene.liquidator.read("plan", scene.target())
    scene.liquidator.send(KEEPER, "liquidateAndHold", scene.target())
    assert market.collateral.read("balanceOf", KEEPER) == plan.seizedAssets
    assert market.loan.read("balanceOf", KEEPER) == 20_000 * USD - plan.repaidAssets
    assert scene.nothing_left()


def test_under_water_all_collateral_is_taken_and_the_loss_realised(revm, deploy):
    scene = Scene(revm, deploy, price=1_000)
    plan = scene.liquidator.read("plan", scene.target())
    assert (plan.askedAssets, plan.askedShares) == (10 * ETH, 0)
    events = dict(scene.liquidator.send(KEEPER, "liquidate", *scene.arguments()))
    assert events["DeficitCreated"]["amount"] == 16_000 * USD - plan.repaidAssets
    assert scene.market.position(BORROWER) == (0, 0, 0)


@given(price=st.integers(1, 1_860), cover=st.integers(1, 20_000 * USD))
def test_never_more_than_allowed(revm, deploy, price, cover):
    """Whatever part of the debt is named: the plan is carried out to the unit, and costs at most that."""
    scene = Scene(revm, deploy, price=price)
    plan = scene.liquidator.read("plan", scene.target(cover))
    assert plan.repaidAssets <= cover
    assert (plan.askedAssets == 0) != (plan.askedShares == 0)
    market = scene.market
    market.fund(KEEPER, market.loan, cover, spender=scene.liquidator)
    events = dict(scene.liquidator.send(KEEPER, "liquidateAndHold", scene.target(cover)))
    done = events["Liquidation"]
    assert (done["repaidAssets"], done["seizedAssets"]) == (plan.repaidAssets, plan.seizedAssets)
    assert market.loan.read("balanceOf", KEEPER) == cover - plan.repaidAssets
    assert market.collateral.read("balanceOf", KEEPER) == plan.seizedAssets
    assert scene.nothing_left()


@pytest.mark.parametrize("hold", [True, False])
def test_the_early_way_is_taken_while_the_market_is_closed(revm, deploy, hold):
    scene = Scene(revm, deploy, price=1_900, early=True)
    market = scene.market
    assert scene.liquidator.read("plan", scene.target()).early
    market.fund(KEEPER, market.loan, 16_000 * USD, spender=scene.liquidator)
    if hold:
        events = scene.liquidator.send(KEEPER, "liquidateAndHold", scene.target())
    else:
        events = scene.liquidator.send(KEEPER, "liquidate", *scene.arguments())
    done = dict(events)["Liquidation"]
    assert done["healthAfterWad"] > done["healthBeforeWad"] > WAD
    assert scene.nothing_left()
    market.push(1_700 * E8)
    assert not scene.liquidator.read("plan", scene.target()).early


def test_a_healthy_account_is_left_alone(revm, deploy):
    scene = Scene(revm, deploy, price=2_000)
    health = scene.market.health(BORROWER)
    error = scene.liquidator.read_error("plan", scene.target())
    assert error == f"HealthFactorNotBelowThreshold({health}, {WAD})"
    scene = Scene(revm, deploy, price=2_100, early=True)
    error = scene.liquidator.read_error("plan", scene.target())
    assert error.startswith("NotPreLiquidatable(")


def test_nothing_for_nothing(scene):
    assert scene.liquidator.read_error("plan", scene.target(0)) == "AmountRoundsToZero(0)"


def test_strangers_cannot_call_back(scene):
    sale = (STRANGER, scene.market.collateral.address, scene.market.loan.address, STRANGER, [], 0, 0)
    words = b"".join(
        [
            (32).to_bytes(32, "big"),
            *(bytes.fromhex(address[2:]).rjust(32, b"\0") for address in sale[:4]),
            (7 * 32).to_bytes(32, "big"),
            bytes(64),
            bytes(32),
        ]
    )
    for function in ("onIsolatedLiquidate", "onPreLiquidate"):
        error = scene.liquidator.send_error(STRANGER, function, 0, 0, words)
        assert error == f"UnexpectedCallback({STRANGER})"
