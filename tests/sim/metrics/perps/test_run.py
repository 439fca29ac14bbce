"""Metrics of a run on chain agree with the accounts that the chain has at its end."""

from __future__ import annotations

import pytest

from sim.metrics.perps.books import Books
from sim.metrics.perps.gains import gains
from sim.metrics.summary import Result, summarise
from sim.metrics.timeline import Timeline
from sim.trace import Trace
from tests.sim.agents.perps.worlds import deleverager, keeper, long, run, scenario

BACKSTOP = {"kind": "backstop", "tokens": 20_000, "cap_tokens": 60_000}
FUND = {"fund": {"asset": "USDC", "assets_tokens": 1_000}}
QUOTE_E38 = 10**38
"""Of a size times a funding index, what is a unit of quote."""
ROUNDING_QUOTE = 50
"""A unit for each event that settles a position, at most."""


def played(artifacts, policy: str) -> Trace:
    """Longs that a gap of 15 % leaves in debt, shorts that gain by it, and one long that survives."""
    longs = [long(100, 14_000), long(80, 14_000), long(60, 12_000, isolated=True), long(50, 60_000)]
    shorts = [long(-120, 40_000), long(-90, 90_000), long(-70, 20_000, isolated=True)]
    made = scenario(
        *longs,
        *shorts,
        path=(2_000, 2_000, 1_880, 1_700),
        waterfall=(
            BACKSTOP,
            {"kind": "fund", "fund": "fund"},
            {"kind": "deleverage", "policy": {"kind": policy}},
            {"kind": "socialise"},
        ),
        insurance=FUND,
        agents={"keeper-1": keeper(), "bot": deleverager()},
        instrument={"pricing": {"kind": "oracle_impact", "adverse_bps_per_million": 100}, "funding": {}},
    )
    return run(made, artifacts)


@pytest.fixture(scope="module")
def trace(artifacts) -> Trace:
    return played(artifacts, "return_leverage_queue")


@pytest.fixture(scope="module")
def result(trace) -> Result:
    return summarise(trace)


def test_the_run_reaches_every_part_of_the_waterfall_up_to_deleveraging(result):
    kinds = {kind for row in result.perps.waterfall for kind in row.reached}
    assert {"backstop", "fund", "deleverage"} <= kinds
    assert {"adl", "bad_debt", "fund_depleted"} <= {outcome.kind for outcome in result.outcomes}


def test_books_replayed_from_events_end_as_the_chain_does(trace):
    books = Books(Timeline(trace), "perp").until((len(trace.blocks), 0, 0))
    final = trace.final_positions["perp"]
    indexes = [0, *(record.perps["perp"]["WETH"].funding_index for record in trace.blocks)]
    growth = max(indexes) - min(indexes)
    assert set(final) <= set(books.accounts)
    for name, record in final.items():
        account = books.accounts[name]
        assert (account.sizes_wad, account.entries_quote) == (dict(record.sizes_wad), dict(record.entries_quote))
        # What differs is funding that is due and not settled, which the record counts as paid.
        most_due = growth * abs(account.sizes_wad.get("WETH", 0)) // QUOTE_E38
        assert abs(account.cash_quote - record.cash_quote) <= most_due + 1


def test_gains_and_losses_come_to_rounding(trace):
    found = gains(Timeline(trace), "perp")
    assert abs(sum(gain.quote for gain in found)) <= ROUNDING_QUOTE
    assert {"t", "maker", "stage-perp-backstop", "keeper-1", "fees", "fund"} <= {gain.group for gain in found}


def test_every_haircut_is_a_change_of_somebodys_position(trace, result):
    for event in result.perps.deleveragings:
        for cut in event.haircuts:
            assert cut.size_wad * cut.size_before_wad < 0
            assert abs(cut.size_wad) <= abs(cut.size_before_wad)
            assert cut.haircut_quote <= max(cut.equity_quote, 0)
        assert abs(event.overshoot_quote) <= len(event.haircuts)


def test_what_was_lost_beyond_equity_is_what_liquidated_accounts_lacked(result):
    """Each loss is counted once: in sum the negative equities at the marks, but for the impact in the book."""
    lacked = sum(max(-row.equity_quote, 0) for row in result.perps.liquidations) / 10**6
    realised = result.metrics["perp_realised_bad_debt_usd"]
    assert lacked > 1_000
    assert lacked * 0.9 <= realised <= lacked * 1.5


def test_policies_take_the_same_in_sum_and_not_of_the_same(artifacts, result):
    queue, shared = result.metrics, summarise(played(artifacts, "capped_pro_rata")).metrics
    for name in ("adl_needed_usd", "adl_taken_usd", "perp_realised_bad_debt_usd"):
        assert shared[name] == pytest.approx(queue[name], abs=0.01)
    assert shared["adl_beyond_equal_usd"] < 0.01 < 1_000 < queue["adl_beyond_equal_usd"]
    assert shared["adl_haircut_gini"] < 1e-6 < 0.1 < queue["adl_haircut_gini"]
    assert shared["adl_largest_haircut_share"] < queue["adl_largest_haircut_share"]
