"""Closeness to the outcomes of perpetual markets grows along the way to them."""

import pytest

from sim.search.assessment import assess
from tests.sim.metrics.perps.test_deleveraging import QUEUE, deleveraged
from tests.sim.metrics.perps.traces import PerpTraceBuilder, usdc
from tests.sim.metrics.traces import TraceBuilder


def closeness(builder: TraceBuilder) -> dict[str, float]:
    return assess(builder.trace).closeness


def histogram(*bins: int) -> tuple[int, ...]:
    return tuple(int(i in bins) for i in range(60))


def quiet(lowest_bin: int) -> PerpTraceBuilder:
    builder = PerpTraceBuilder().block()
    return builder.set(histogram={"main": histogram(59), "perp": histogram(lowest_bin)})


def below(mark: float) -> PerpTraceBuilder:
    """10 long at 100 with 60 of cash, at a mark at which maintenance margin is not met."""
    return PerpTraceBuilder().trader("a/0", 10, 100, 60).block().prices(mark=mark).block().below("a/0")


def in_the_book() -> PerpTraceBuilder:
    return below(95).closed("a/0", 10, 95, equity=10, maintenance=23.75)


def at_a_stage() -> PerpTraceBuilder:
    builder = below(95).transaction("x").asked("backstop", "a/0", 10, 1)
    return builder.book("a/0", -10, 95).liquidated("a/0", 10, 95, book=10)


def from_the_fund() -> PerpTraceBuilder:
    return at_a_stage().block(funds={"fund": usdc(4_000)})


def test_deleveraging_comes_closer_step_by_step():
    steps = [quiet(59), quiet(30), below(96), below(95), in_the_book(), at_a_stage(), from_the_fund()]
    found = [closeness(builder)["adl"] for builder in (*steps, deleveraged(QUEUE))]
    assert found == sorted(found)
    assert len(set(found)) >= 7


def test_margins_spent_count_for_the_other_outcomes_too():
    for kind in ("fund_depleted", "bad_debt", "cascade"):
        values = [closeness(builder)[kind] for builder in (quiet(59), quiet(30), below(96), below(94))]
        assert values == sorted(values)
        assert values[0] < values[-1]
    lost = below(94).prices(long=10).transaction("x").book_bad_debt("a/0", 20)
    # 20 of an open interest of 940 are gone.
    assert closeness(lost)["bad_debt"] == pytest.approx(closeness(below(94))["bad_debt"] + 100 * 20 / 940)


def test_patience_counts_accounts_below_maintenance_margin():
    builder = below(95).block().below("a/0")
    assert closeness(builder)["keeper_stall"] == 2.0


def test_the_lowest_health_is_not_that_of_a_perpetual_account():
    found = closeness(quiet(10))
    assert found["lowest_health"] == -0.05 * 59
    assert found["lowest_margin"] == -0.5


def test_without_perpetual_markets_nothing_is_added():
    found = closeness(TraceBuilder().block())
    assert set(found) == {
        "lowest_health",
        "bad_debt",
        "cascade",
        "toxic_liquidation",
        "keeper_stall",
        "fund_depleted",
    }
