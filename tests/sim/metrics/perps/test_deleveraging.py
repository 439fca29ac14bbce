"""Deleveraging by hand: golden vectors of Chitra, "Autodeleveraging" (arXiv 2512.01112), and fills elsewhere."""

import pytest

from sim.metrics.perps.deleveraging import Deleveraging, deleveraging_metrics, deleveragings
from sim.metrics.timeline import Timeline
from sim.units import E8, WAD
from tests.sim.metrics.perps.traces import MAKER, USDC, WATERFALL, PerpTraceBuilder

QUEUE = {"w/0": 3.5, "w/1": 4.0}
PRO_RATA = {"w/0": 4.8, "w/1": 2.4, "w/2": 0.3}


def winners() -> PerpTraceBuilder:
    """Shorts with profits of 8, 4 and 0.5 in equities of 10, 5 and 1 at a mark of 100; a bankrupt long of 7.5."""
    builder = PerpTraceBuilder().trader("l/0", 7.5, 101, 0).trader("l/1", 1, 103, 0)
    builder.trader("w/0", -10, 100.8, 2).trader("w/1", -5, 100.8, 1).trader("w/2", -1, 100.5, 0.5)
    return builder.trader("x/0", -1, 99, 5)


def deleveraged(cuts: dict[str, float], maker: bool = False) -> PerpTraceBuilder:
    """A budget of 7.5: the bankruptcy price is 101, so a size of one costs one."""
    builder = winners()
    if maker:
        builder.trader(MAKER, -10, 110, 1_000_000)
    builder.block().below("l/0").transaction("deleverage")
    for name, size in cuts.items():
        builder.deleverage("l/0", name, size, fill=101, mark=100)
    builder.asked("deleverage", "l/0", 7.5, 7.5, closed=7.5)
    return builder.liquidated("l/0", 7.5, 100, stages=7.5, equity=-7.5, maintenance=18.75, bankruptcy=101)


def event(builder: PerpTraceBuilder) -> Deleveraging:
    (found,) = deleveragings(Timeline(builder.trace))
    return found


@pytest.mark.parametrize("cuts", [QUEUE, PRO_RATA])
def test_in_sum_every_policy_takes_what_is_needed(cuts):
    found = event(deleveraged(cuts))
    assert (found.needed_quote, found.taken_quote, found.overshoot_quote) == (7_500_000, 7_500_000, 0)
    assert (found.size_wad, found.notional_base) == (75 * WAD // 10, 750 * E8)
    assert found.profits_quote == {"w/0": 8 * USDC, "w/1": 4 * USDC, "w/2": USDC // 2}
    assert found.equities_quote == {"w/0": 10 * USDC, "w/1": 5 * USDC, "w/2": USDC}


def test_the_queue_takes_beyond_an_equal_haircut():
    # Equal is 0.6 of 8, 4 and 0.5; the second gives 4 and not 2.4.
    assert event(deleveraged(QUEUE)).beyond_equal_quote == 1_600_000
    assert event(deleveraged(PRO_RATA)).beyond_equal_quote == 0


def test_fairness_by_hand():
    queue, equal = event(deleveraged(QUEUE)), event(deleveraged(PRO_RATA))
    # Shares 0.4375, 1 and 0: differences 0.4375, 0.5625 and 1 over 3 times their sum.
    assert queue.gini == pytest.approx(2 / (3 * 1.4375))
    assert equal.gini == pytest.approx(0)
    assert [one.profit_share for one in queue.haircuts] == [0.4375, 1.0]
    assert [one.equity_share for one in queue.haircuts] == [0.35, 0.8]
    assert queue.top_winner_over_deficit == pytest.approx(6.5 / 7.5)
    assert equal.top_winner_over_deficit == pytest.approx(5.2 / 7.5)


def test_the_maker_is_a_winner_and_no_trader():
    found = event(deleveraged(QUEUE, maker=True))
    assert found.profits_quote[MAKER] == 100 * USDC
    assert found.top_winner_over_deficit == pytest.approx(6.5 / 7.5)


def test_leverage_and_profit_are_those_right_before():
    first, second = event(deleveraged(QUEUE)).haircuts
    assert (first.size_before_wad, first.profit_quote, first.equity_quote) == (-10 * WAD, 8 * USDC, 10 * USDC)
    assert (first.leverage, second.leverage) == (100.0, 100.0)


def test_metrics_of_a_run():
    metrics = deleveraging_metrics(Timeline(deleveraged(QUEUE).trace))
    assert metrics == {
        "adl_events": 1,
        "adl_accounts": 2,
        "adl_needed_usd": 7.5,
        "adl_taken_usd": 7.5,
        "adl_overshoot_usd": 0.0,
        "adl_beyond_equal_usd": 1.6,
        "adl_out_of_order_usd": 0.0,
        "adl_largest_haircut_share": 1.0,
        "adl_largest_haircut_equity_share": 0.8,
        "adl_haircut_gini": pytest.approx(2 / (3 * 1.4375)),
        "adl_ptsr": pytest.approx(6.5 / 7.5),
        "adl_in_profit_share": 1.0,
        "adl_median_leverage": 100.0,
    }


def test_who_is_closed_before_his_turn():
    """Scores are 0.794 of the first two, 0.498 of the third and below 0 of the loser; the maker's is 0.001."""
    assert event(deleveraged({"w/1": 3.5, "w/0": 4.0})).out_of_order_wad == 0
    found = deleveraged({"w/0": 7, "w/2": 0.5})
    assert event(found).out_of_order_wad == WAD // 2
    assert deleveraging_metrics(Timeline(found.trace))["adl_out_of_order_usd"] == 50
    assert event(deleveraged({"w/0": 7, "x/0": 0.5})).out_of_order_wad == WAD // 2
    # An account of which nothing may be taken is not passed over.
    assert event(deleveraged({"w/0": 6.5, "w/2": 1}, maker=True)).out_of_order_wad == WAD


@pytest.mark.parametrize(
    ("policy", "passed_wad"),
    [
        ({"kind": "return_leverage_queue"}, WAD // 2),
        ({"kind": "index_queue", "form": "profit_leverage"}, WAD // 2),
        ({"kind": "capped_pro_rata"}, 0),
        ({"kind": "random_start"}, 0),
    ],
)
def test_an_order_is_asked_of_queues_alone(policy, passed_wad, monkeypatch):
    stage = next(one for one in WATERFALL if one["kind"] == "deleverage")
    monkeypatch.setitem(stage, "policy", policy)
    assert event(deleveraged({"w/2": 0.5})).out_of_order_wad == passed_wad


def test_a_second_event_sees_what_the_first_left():
    builder = deleveraged(QUEUE).transaction("deleverage").deleverage("l/1", "w/0", 1, 103, 100)
    builder.liquidated("l/1", 1, 100, stages=1, equity=-3, maintenance=2.5, bankruptcy=103)
    second = deleveragings(Timeline(builder.trace))[1]
    # 3.5 of 10 are closed: 6.5 are left of its position, and 6.5 / 10 of its profit of 8.
    assert second.haircuts[0].size_before_wad == -65 * WAD // 10
    assert second.profits_quote == {"w/0": 5_200_000, "w/1": 800_000, "w/2": 500_000}


def test_a_loser_that_is_hit_is_no_winner():
    builder = winners().block().transaction("deleverage").deleverage("l/0", "x/0", 1, 101, 100)
    builder.liquidated("l/0", 7.5, 100, stages=1, equity=-7.5, bankruptcy=101)
    found = event(builder)
    assert found.haircuts[0].profit_share is None
    assert found.beyond_equal_quote == found.taken_quote == USDC
    assert deleveraging_metrics(Timeline(builder.trace))["adl_in_profit_share"] == 0.0


@pytest.mark.parametrize(("fill", "taken", "overshoot"), [(103, 6, 4), (101, 2, 0), (100.5, 1, -1), (99, 0, -2)])
def test_a_fill_elsewhere_takes_more_or_less_than_is_needed(fill, taken, overshoot):
    # Needed is 2: two at a bankruptcy price of 101 against a mark of 100.
    stages = [{"kind": "deleverage", "name": "adl", "fill_price": "previous_mark"}]
    builder = PerpTraceBuilder(waterfall=stages).trader("l/0", 2, 101, 0).trader("w/0", -10, 110, 10).block()
    builder.transaction("deleverage").deleverage("l/0", "w/0", 2, fill, 100, stage="stage-perp-adl")
    builder.liquidated("l/0", 2, 100, stages=2, equity=-2, bankruptcy=101)
    found = event(builder)
    assert (found.needed_quote, found.taken_quote, found.overshoot_quote) == tuple(
        USDC * amount for amount in (2, taken, overshoot)
    )


def test_nothing_is_needed_where_the_account_has_equity_left():
    # The bankruptcy price is 99: who closes against it gains.
    builder = PerpTraceBuilder().trader("l/0", 2, 101, 4).trader("w/0", -10, 110, 10).block()
    builder.transaction("deleverage").deleverage("l/0", "w/0", 2, 99, 100)
    builder.liquidated("l/0", 2, 100, stages=2, equity=2, bankruptcy=99)
    found = event(builder)
    assert (found.needed_quote, found.taken_quote, found.gini, found.top_winner_over_deficit) == (0, 0, None, None)
    assert found.haircuts[0].haircut_quote == -2 * USDC


def test_a_bankrupt_short_takes_from_longs():
    builder = PerpTraceBuilder().trader("s/0", -2, 99, 0).trader("w/0", 10, 90, 10).block()
    builder.transaction("deleverage").deleverage("s/0", "w/0", -2, 99, 100)
    builder.liquidated("s/0", -2, 100, stages=-2, equity=-2, bankruptcy=99)
    found = event(builder)
    assert (found.needed_quote, found.taken_quote) == (2 * USDC, 2 * USDC)
    assert found.profits_quote == {"w/0": 100 * USDC}
    assert WATERFALL[2]["fill_price"] == "bankruptcy"
