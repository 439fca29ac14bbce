"""The stylised facts of 10 October 2025, and all stages in their order."""

from functools import cache

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import Result, summarise
from sim.scenario.loading import load_scenario


@pytest.fixture(scope="module")
def ran(artifacts):
    @cache
    def run(reference: str, *overrides: str) -> Result:
        trace = launch(load_scenario(reference, overrides), RevmChain(), artifacts).run()
        assert not trace.violations
        return summarise(trace)

    return run


def kinds(result: Result) -> set[str]:
    return {outcome.kind for outcome in result.outcomes}


class TestWaterfall:
    def test_stages_are_reached_in_their_order(self, ran):
        """Filled at the index, the bankrupt keep a debt, which is shared: every stage gives something."""
        result = ran("october-2025", "perps.perp.waterfall.2.fill_price=index")
        blocks = [stage.gave_block for stage in result.perps.stages]
        assert [stage.kind for stage in result.perps.stages] == ["backstop", "fund", "deleverage", "socialise"]
        assert None not in blocks and blocks == sorted(blocks)


class TestOctober2025:
    def test_deleveraging_comes_tens_of_seconds_after_the_first_liquidation(self, ran):
        metrics = ran("october-2025").metrics
        assert 40 <= metrics["adl_delay_s"] <= 75
        assert metrics["liquidations_before_adl"] >= 30

    def test_liquidations_come_before_deleveragings_within_a_block(self, ran):
        metrics = ran("october-2025").metrics
        assert metrics["liquidation_first_share"] == 1.0
        assert metrics["liquidation_adl_correlation"] > 0.5

    def test_those_deleveraged_were_in_profit(self, ran):
        assert ran("october-2025").metrics["adl_in_profit_share"] > 0.99

    def test_a_queue_takes_more_beyond_an_equal_share_than_pro_rata(self, ran):
        queue, shared = ran("october-2025").metrics, ran("october-2025+pro-rata").metrics
        assert queue["adl_beyond_equal_usd"] > 10_000 > 10 > shared["adl_beyond_equal_usd"]

    def test_the_waypoints_are_met(self, artifacts):
        trace = launch(load_scenario("october-2025"), RevmChain(), artifacts).run()
        at = {record.time_s: record.exogenous_e8 for record in trace.blocks}
        assert at[300]["BTC"] / 1e8 == pytest.approx(103_441, rel=2e-4)
        assert at[320]["BTC"] / 1e8 == pytest.approx(101_516.5, rel=2e-4)
        assert at[300]["ETH"] / 1e8 == pytest.approx(3_476.2, rel=2e-4)
        assert at[320]["ETH"] / 1e8 == pytest.approx(3_400, rel=2e-4)
