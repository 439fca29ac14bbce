"""Rule: each scenario of the library shows what its summary says."""

import pytest

from sim.chain.artifacts import Artifacts
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import Result, summarise
from sim.scenario.loading import load_scenario
from sim.trace import Trace

NO_DELAY = ("feeds.WETH.delay_blocks=1", "feeds.WETH.deviation_bps=50")
NO_CAP = tuple(f"agents.keeper-{i}.max_fee_gwei=2000" for i in (1, 2, 3))


def run(artifacts: Artifacts, name: str, *overrides: str) -> tuple[Trace, Result]:
    with RevmChain() as chain:
        trace = launch(load_scenario(name, overrides), chain, artifacts).run()
    assert trace.violations == []
    return trace, summarise(trace)


def kinds(result: Result) -> set[str]:
    return {outcome.kind for outcome in result.outcomes}


def test_calm_liquidates_nothing_and_keeps_pool_and_outside_together(artifacts):
    trace, result = run(artifacts, "calm")
    assert kinds(result) == set() and result.metrics["liquidations"] == 0
    assert any(tx.intent == "arbitrage" and tx.ok for tx in trace.transactions)
    for block in trace.blocks:
        base, quote = block.venues["pool"]
        assert quote / base * 1e12 == pytest.approx(block.outside_e8["WETH"] / 1e8, rel=0.006)


def test_flash_crash_is_withstood(artifacts):
    _, result = run(artifacts, "flash-crash")
    assert kinds(result) == set()
    assert result.metrics["liquidations"] > 5 and result.metrics["rescues_landed"] > 0
    assert result.metrics["lowest_exogenous_price_usd"] == pytest.approx(1_700, abs=1)


def test_thin_liquidity_turns_four_percent_into_a_cascade(artifacts):
    _, result = run(artifacts, "thin-liquidity")
    assert kinds(result) == {"cascade"}
    assert result.metrics["amplification"] > 3 and result.metrics["waves"] > 5
    _, deeper = run(artifacts, "thin-liquidity", "assets.WETH.depth.depth_usd_per_pct=2e6")
    assert "cascade" not in kinds(deeper) and deeper.metrics["amplification"] < 1.3


def test_stale_oracle_leaves_debt_without_collateral_and_a_fresh_one_does_not(artifacts):
    _, result = run(artifacts, "stale-oracle")
    assert "bad_debt" in kinds(result)
    _, fresh = run(artifacts, "stale-oracle", "feeds.wstETH.deviation_bps=50")
    assert kinds(fresh) == set() and fresh.metrics["liquidations"] > 50


@pytest.mark.parametrize(
    "tokens,length,last_price", [(10, 249, None), (6, 69, 50.0), (5.1, 6, 94.15), (4.9, 1, None)]
)
def test_the_ladder_is_as_long_as_its_closed_form(artifacts, tokens, length, last_price):
    closed_form = next(n for n in range(1, 1_000) if 1_000 + n * tokens < 1_000 * 0.99 ** (-n / 2))
    _, result = run(artifacts, "loop-ladder", f"population.ladder.collateral_tokens={tokens}")
    assert result.metrics["liquidations"] == closed_form == length
    if last_price is not None:
        assert result.metrics["lowest_market_price_usd"] == pytest.approx(last_price, abs=0.02)


def test_black_thursday_needs_both_the_delay_and_the_cap(artifacts):
    """Until eight in the morning of the 13th: the low is at 02:15, and nothing is lost later."""
    bad_debt = {
        name: run(artifacts, "black-thursday", "clock.blocks=1920", *overrides)[1].metrics["bad_debt_usd"]
        for name, overrides in {
            "both": (),
            "cap only": NO_DELAY,
            "delay only": NO_CAP,
            "price only": NO_DELAY + NO_CAP,
        }.items()
    }
    assert bad_debt["both"] > 300_000
    assert bad_debt["both"] > 100 * bad_debt["price only"]
    assert bad_debt["cap only"] < bad_debt["both"] / 3
    assert bad_debt["delay only"] < bad_debt["both"] / 3
