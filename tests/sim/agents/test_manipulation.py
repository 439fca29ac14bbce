"""Closed forms of pushes: identities, limits, and that a plan is the best of its grid."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.agents.manipulation import (
    MeanTarget,
    bought,
    capital,
    mean_multiple,
    round_trip_loss,
)

MULTIPLES = st.floats(1.0001, 1_000)
TARGET = MeanTarget(1_000, 2e6, 0.003, 150, "arithmetic", 0.8, 8e6)


@given(multiple=MULTIPLES)
def test_what_is_lost_is_what_was_paid_beyond_the_old_price(multiple):
    paid, received = capital(2e6, multiple), bought(1_000, multiple) * 2_000
    assert round_trip_loss(2e6, multiple) == pytest.approx(paid - received, rel=1e-6, abs=1e-3)


@pytest.mark.parametrize(("multiple", "spent", "lost"), [(2, 0.414, 0.121), (13, 2.61, 1.88), (24, 3.90, 3.10)])
def test_the_printed_table(multiple, spent, lost):
    assert capital(1, multiple) == pytest.approx(spent, rel=5e-3)
    assert round_trip_loss(1, multiple) == pytest.approx(lost, rel=5e-3)


@given(multiple=MULTIPLES, share=st.floats(0, 1))
def test_a_geometric_mean_rises_no_more_than_an_arithmetic_one(multiple, share):
    arithmetic, geometric = (mean_multiple(multiple, share, mean) for mean in ("arithmetic", "geometric"))
    assert 1 <= geometric <= arithmetic * (1 + 1e-12) <= multiple * (1 + 1e-9)
    assert mean_multiple(multiple, 2, "arithmetic") == pytest.approx(multiple)


def test_a_spot_price_pays_from_where_the_root_exceeds_one_over_ltv():
    """Without a fee, and with cash without end, in one block: √m LTV > 1."""
    target = MeanTarget(1_000, 2e6, 0.0, 0, "arithmetic", 0.8, inf)
    edge = 1 / 0.8**2
    assert target.profit(edge * 1.01, 1) > 0 > target.profit(edge * 0.99, 1)


def test_a_plan_is_the_best_that_its_money_pays_for():
    plan = TARGET.best_plan(1e9, 100, 20)
    assert plan.profit == max(
        TARGET.profit(1.25**k, hold) for hold in range(1, 21) for k in range(1, 25) if 1.25**k <= 100
    )
    poor = TARGET.best_plan(capital(2e6, 1.25) * 1.5, 100, 20)
    assert (poor.multiple, poor.hold_blocks) == (1.25, 1)


@pytest.mark.parametrize("mean", ["arithmetic", "geometric"])
def test_longer_windows_pay_less(mean):
    profits = [
        MeanTarget(1_000, 2e6, 0.003, window, mean, 0.8, 8e6).best_plan(1e9, 100, 20).profit
        for window in (0, 5, 10, 25, 150)
    ]
    assert profits == sorted(profits, reverse=True)
    assert profits[0] > 0 > profits[-1]


def test_a_price_that_does_not_follow_the_venue_never_pays():
    plan = MeanTarget(1_000, 2e6, 0.003, inf, "arithmetic", 0.8, 8e6).best_plan(1e9, 100, 20)
    assert plan.profit < 0
