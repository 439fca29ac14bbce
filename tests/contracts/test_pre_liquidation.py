"""PreLiquidation: where it is open, what it offers there, and that a healthy account stays healthy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import DeployReverted
from sim.reference import isolated
from sim.units import E8, UINT256_MAX, WAD, wad_div_up
from tests.isolated import ETH, LLTV_WAD, USD, new_isolated_market
from tests.lending import BORROWER, LIQUIDATOR

STRANGER = ACCOUNTS.address(9)
PRE_LLTV_WAD = 80 * WAD // 100
TERMS = {
    "preLltvWad": PRE_LLTV_WAD,
    "firstCloseFactorWad": WAD // 10,
    "lastCloseFactorWad": WAD // 2,
    "firstIncentiveWad": 101 * WAD // 100,
    "lastIncentiveWad": 104 * WAD // 100,
}


class Scene:
    """BORROWER with 10 WETH and a debt of 16,000 USDC: LTV 80 % at $2,000, 86 % at $1,860.47."""

    def __init__(self, chain, deploy, opted_in: bool = True, **terms: int) -> None:
        self.market = market = new_isolated_market(chain, deploy)
        market.supply(100_000 * USD)
        market.open(BORROWER, 10 * ETH, 16_000 * USD)
        params = TERMS | terms | {"oracle": market.oracle.address}
        self.early = deploy(chain, "PreLiquidation", market.market, params)
        if opted_in:
            market.market.send(BORROWER, "setAuthorization", self.early, True)
        market.fund(LIQUIDATOR, market.loan, 16_000 * USD, spender=self.early)

    def shares(self, share_wad: int) -> int:
        """A share of the borrower's debt."""
        return self.market.position(BORROWER).borrowShares * share_wad // WAD

    def pre_liquidate(self, shares: int = 0, seized: int = 0) -> dict:
        """Pre-liquidate as LIQUIDATOR; return the event."""
        events = self.early.send(LIQUIDATOR, "preLiquidate", BORROWER, seized, shares, b"")
        (done,) = [values for name, values in events if name == "Liquidation"]
        return done


@pytest.fixture
def scene(revm, deploy):
    return Scene(revm, deploy)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("preLltvWad", LLTV_WAD),
        ("firstCloseFactorWad", WAD + 1),
        ("firstCloseFactorWad", WAD // 2 + 1),
        ("firstIncentiveWad", WAD - 1),
        ("firstIncentiveWad", 104 * WAD // 100 + 1),
        ("lastIncentiveWad", WAD * WAD // LLTV_WAD + 1),
    ],
)
def test_bounds_of_the_terms(revm, deploy, name, value):
    with pytest.raises(DeployReverted):
        Scene(revm, deploy, **{name: value})


def test_terms_at_their_bounds(revm, deploy):
    Scene(
        revm,
        deploy,
        preLltvWad=LLTV_WAD - 1,
        firstCloseFactorWad=WAD,
        lastCloseFactorWad=2 * WAD,
        firstIncentiveWad=WAD,
        lastIncentiveWad=WAD * WAD // LLTV_WAD,
    )


def test_closed_at_its_own_limit_and_below(scene):
    error = scene.early.send_error(LIQUIDATOR, "preLiquidate", BORROWER, 0, 1, b"")
    assert error == f"NotPreLiquidatable({16_000 * USD}, {16_000 * USD})"
    scene.market.push(2_000 * E8 - 1)
    scene.pre_liquidate(shares=scene.shares(WAD // 100))


def test_closed_once_the_market_liquidates(scene):
    scene.market.push(1_860 * E8)
    error = scene.early.send_error(LIQUIDATOR, "preLiquidate", BORROWER, 0, 1, b"")
    assert error == f"AlreadyLiquidatable({16_000 * USD}, {18_600 * USD * 86 // 100})"
    scene.market.liquidate(BORROWER, shares=1)


def test_only_who_opted_in(revm, deploy):
    scene = Scene(revm, deploy, opted_in=False)
    scene.market.push(1_900 * E8)
    error = scene.early.send_error(LIQUIDATOR, "preLiquidate", BORROWER, 0, scene.shares(WAD // 100), b"")
    assert error == f"Unauthorized({scene.early.address}, {BORROWER})"
    assert scene.market.debt(BORROWER) == 16_000 * USD


def test_terms_are_linear_in_the_distance(scene):
    """Half-way, at an LTV of 83 %: close factor 30 %, incentive 1.025."""
    scene.market.push(16_000 * E8 // 10 * 100 // 83)
    offer = scene.early.read("offer", BORROWER)
    assert offer.incentiveWad == pytest.approx(1.025 * WAD, rel=1e-7)
    assert offer.repayableShares == pytest.approx(scene.shares(3 * WAD // 10), rel=1e-6)


def test_a_step_is_bounded_by_the_close_factor(scene):
    scene.market.push(1_900 * E8)
    allowed = scene.early.read("offer", BORROWER).repayableShares
    error = scene.early.send_error(LIQUIDATOR, "preLiquidate", BORROWER, 0, allowed + 1, b"")
    assert error == f"ExceedsCloseFactor({allowed + 1}, {allowed})"
    done = scene.pre_liquidate(shares=allowed)
    assert done["liquidator"] == LIQUIDATOR
    assert WAD < done["healthBeforeWad"] < done["healthAfterWad"] == scene.market.health(BORROWER)
    assert scene.market.collateral.read("balanceOf", LIQUIDATOR) == done["seizedAssets"]
    assert 0 <= scene.market.debt(BORROWER) - (16_000 * USD - done["repaidAssets"]) <= 1
    scene.market.require_solvent()


def test_steps_repeat_within_one_transaction(scene, deploy):
    """Documented: the close factor bounds a step, not the whole."""
    scene.market.push(1_870 * E8)
    market = scene.market
    actor = deploy(market.chain, "IsolatedActor")
    market.loan.send(LIQUIDATOR, "transfer", actor, 15_000 * USD)
    allowed = scene.early.read("offer", BORROWER).repayableShares
    step = (scene.early.address, scene.early.encode("preLiquidate", BORROWER, 0, allowed // 4, b""))
    pay = (market.loan.address, market.loan.encode("approve", scene.early, UINT256_MAX))
    events = actor.send(STRANGER, "act", [pay, step, step, step])
    assert len([name for name, _ in events if name == "Liquidation"]) == 3


def test_collateral_comes_before_the_money_goes(scene, deploy):
    """In its callback the liquidator has the collateral, and the approval that it gives there is enough."""
    scene.market.push(1_900 * E8)
    market = scene.market
    actor = deploy(market.chain, "IsolatedActor")
    market.loan.send(LIQUIDATOR, "transfer", actor, 10_000 * USD)
    seized = ETH // 10
    inside = [
        (market.collateral.address, market.collateral.encode("transfer", STRANGER, seized)),
        (market.loan.address, market.loan.encode("approve", scene.early, UINT256_MAX)),
    ]
    data = actor.type.encode("act", inside)[4:]
    call = scene.early.encode("preLiquidate", BORROWER, seized, 0, data)
    actor.send(STRANGER, "act", [(scene.early.address, call)])
    assert market.collateral.read("balanceOf", STRANGER) == seized
    assert market.loan.read("balanceOf", scene.early) == 0
    assert market.loan.read("allowance", scene.early, market.market) == 0


def test_only_the_market_calls_back(scene):
    error = scene.early.send_error(STRANGER, "onIsolatedRepay", 1, b"")
    assert error == f"UnexpectedCallback({STRANGER})"


@pytest.mark.parametrize("amounts", [(0, 0), (1, 1)])
def test_exactly_one_amount(scene, amounts):
    error = scene.early.send_error(LIQUIDATOR, "preLiquidate", BORROWER, *amounts, b"")
    assert error == f"ExactlyOneAmount({amounts[0]}, {amounts[1]})"


@given(
    price=st.integers(1_861 * E8, 2_000 * E8 - 1),
    share=st.integers(1, 10_000),
    last_incentive=st.integers(101 * WAD // 100, WAD * WAD // LLTV_WAD),
)
def test_the_offer_is_the_mirrors_and_health_never_falls(revm, deploy, price, share, last_incentive):
    scene = Scene(revm, deploy, lastIncentiveWad=last_incentive)
    scene.market.push(price)
    value = 10 * ETH * scene.market.oracle.read("price") // 10**36
    ltv = wad_div_up(16_000 * USD, value)
    if not PRE_LLTV_WAD < ltv <= LLTV_WAD:
        return
    distance = isolated.distance_wad_down(ltv, PRE_LLTV_WAD, LLTV_WAD)
    offer = scene.early.read("offer", BORROWER)
    incentive = isolated.interpolate_wad_down(TERMS["firstIncentiveWad"], last_incentive, distance)
    close = isolated.interpolate_wad_down(TERMS["firstCloseFactorWad"], TERMS["lastCloseFactorWad"], distance)
    assert offer.incentiveWad == incentive
    assert offer.repayableShares == scene.shares(close)
    done = scene.pre_liquidate(shares=max(offer.repayableShares * share // 10_000, 1))
    # One unit of the repayment's rounding over the debt left.
    assert done["healthAfterWad"] + WAD // (16_000 * USD) >= done["healthBeforeWad"] >= WAD
    scene.market.require_solvent()
