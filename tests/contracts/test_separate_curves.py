"""Separate curves: Compound III's rates, and honest books where suppliers earn more than borrowers pay."""

from __future__ import annotations

from sim.reference.rates import (
    KinkedCurve,
    rate_ray_down,
    rate_ray_up,
    utilisation_ray_down,
    utilisation_ray_up,
)
from sim.units import E8, RAY, SECONDS_PER_DAY, SECONDS_PER_YEAR, UINT256_MAX, ray_from_bps
from tests.lending import BORROWER, LENDER, OWNER, new_market

ETH = 10**18
USD = 10**6
BORROW = (8_000, 150, 350, 2_500)
SUPPLY = (8_000, 0, 325, 4_000)
"""Compound III's USDC market: kink, base, and slopes per unit of utilisation, in bps."""


def new_scene(chain, deploy):
    """A USDC reserve with separate curves, and a borrower with any amount of collateral."""
    market = new_market(chain, deploy)
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8, reserveFactorBps=10_000)
    model = deploy(chain, "SeparateCurves", BORROW, SUPPLY)
    config = market.assets["USDC"].config | {"rateModel": model.address}
    market.pool.send(OWNER, "setReserveConfig", market.token("USDC"), config, False)
    market.supply(BORROWER, "WETH", 10**6 * ETH)
    return market


def backing(state) -> int:
    return state.cash + state.totalDebt + state.deficit + state.claims


def test_rates_are_those_of_compound_at_the_kink_and_at_full_use():
    borrow, supply = KinkedCurve(*BORROW), KinkedCurve(*SUPPLY)
    at_kink, full = 8 * RAY // 10, RAY
    assert rate_ray_up(borrow, 0) == ray_from_bps(150)
    assert rate_ray_up(borrow, at_kink) == ray_from_bps(150 + 280)
    assert rate_ray_down(supply, at_kink) == ray_from_bps(260)
    assert rate_ray_up(borrow, full) == ray_from_bps(150 + 280 + 500)
    assert rate_ray_down(supply, full) == ray_from_bps(260 + 800)
    assert rate_ray_down(supply, 2 * RAY) == ray_from_bps(260 + 4_800)


def test_utilisation_may_exceed_one():
    """Lent reserves: more debt than suppliers' claims. Without supply there is none, as Compound has it."""
    assert utilisation_ray_up(3, 2) == utilisation_ray_down(3, 2) == 3 * RAY // 2
    assert utilisation_ray_up(1, 0) == 0
    assert utilisation_ray_up(10**30, 1) == utilisation_ray_down(10**30, 1) == 10**9 * RAY


def test_the_pool_asks_for_both_curves(revm, deploy):
    market = new_scene(revm, deploy)
    market.supply(LENDER, "USDC", 1_000_000 * USD)
    for borrowed, rates_bps in ((800_000, (430, 260)), (200_000, (930, 1_060))):
        market.borrow(BORROWER, "USDC", borrowed * USD)
        state = market.state("USDC")
        assert (state.borrowRateRay, state.supplyRateRay) == tuple(map(ray_from_bps, rates_bps))


def test_a_reserve_factor_below_one_is_refused(revm, deploy):
    """All interest goes by the treasury: anything less would lock what suppliers do not get."""
    market = new_scene(revm, deploy)
    config = market.assets["USDC"].config | {
        "rateModel": deploy(revm, "SeparateCurves", BORROW, SUPPLY).address,
        "reserveFactorBps": 1_000,
    }
    error = market.pool.send_error(OWNER, "setReserveConfig", market.token("USDC"), config, False)
    assert error.startswith("RateOutOfRange(") and error.endswith(", 1000, 10000)")


def test_what_borrowers_pay_beyond_suppliers_is_the_treasury_s(revm, deploy):
    market = new_scene(revm, deploy)
    market.supply(LENDER, "USDC", 1_000_000 * USD)
    market.borrow(BORROWER, "USDC", 800_000 * USD)
    market.wait(SECONDS_PER_YEAR)
    state = market.state("USDC")
    interest = state.totalDebt - 800_000 * USD
    earned = market.supplied("USDC", LENDER) - 1_000_000 * USD
    assert earned == 26_000 * USD
    assert interest - earned - state.treasuryAccrued in (0, 1, 2)
    assert state.deficit == 0


def test_what_suppliers_earn_beyond_borrowers_drains_the_treasury_then_is_a_deficit(revm, deploy):
    """At full use suppliers earn 10.6 % and borrowers pay 9.3 %, which compounds: reserves drain, then owe."""
    market = new_scene(revm, deploy)
    market.supply(LENDER, "USDC", 1_000_000 * USD)
    market.borrow(BORROWER, "USDC", 800_000 * USD)
    market.wait(60 * SECONDS_PER_DAY)
    market.borrow(BORROWER, "USDC", market.state("USDC").cash)
    held = market.state("USDC").treasuryAccrued
    assert held > 0 and market.state("USDC").supplyRateRay > market.state("USDC").borrowRateRay
    treasury, deficits = [], []
    for _ in range(24):
        market.wait(30 * SECONDS_PER_DAY)
        market.supply(LENDER, "USDC", USD)
        market.pool.send(BORROWER, "borrow", market.token("USDC"), USD)
        state = market.state("USDC")
        assert state.totalSupplied <= backing(state)
        treasury.append(state.treasuryAccrued)
        deficits.append(state.deficit)
    assert treasury == sorted(treasury, reverse=True) and treasury[0] < held
    assert deficits == sorted(deficits) and deficits[0] == 0 < deficits[-1]
    assert all(left == 0 for left, deficit in zip(treasury, deficits, strict=True) if deficit)


def test_unpaid_interest_says_so_and_can_be_covered(revm, deploy):
    market = new_scene(revm, deploy)
    market.supply(LENDER, "USDC", 1_000_000 * USD)
    market.borrow(BORROWER, "USDC", 1_000_000 * USD)
    market.pool.send(OWNER, "withdrawTreasury", market.token("USDC"), UINT256_MAX, OWNER)
    market.wait(30 * SECONDS_PER_DAY)
    expected = market.state("USDC").deficit
    market.fund(LENDER, "USDC", USD)
    events = market.pool.send(LENDER, "supply", market.token("USDC"), USD, LENDER)
    (unpaid,) = [values["amount"] for name, values in events if name == "InterestUnpaid"]
    assert unpaid == expected == market.state("USDC").deficit > 0
    market.fund(OWNER, "USDC", unpaid)
    market.pool.send(OWNER, "coverDeficit", market.token("USDC"), unpaid)
    assert market.state("USDC").deficit == 0
