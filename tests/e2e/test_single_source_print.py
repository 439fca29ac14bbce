"""Compound's 26 November 2020: one venue's print liquidates as much as it did then, and a median nothing."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from sim.chain.artifacts import load_artifacts
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import summarise
from sim.report.page import render_page
from sim.report.save import RunInfo, manifest_document
from sim.report.story import story
from sim.scenario.loading import load_scenario
from sim.trace import Event, Trace
from sim.units import E8

NAME = "single-source-print"
MILLION = 1e6
PRINTED_BLOCKS = range(41, 281)
"""From one block after the print begins, 600 s into the run, to one block after it ends an hour later."""


@cache
def run(reference: str, *overrides: str) -> Trace:
    with RevmChain() as chain:
        trace = launch(load_scenario(reference, overrides), chain, load_artifacts()).run()
    assert not trace.violations
    return trace


def metrics(reference: str, *overrides: str) -> dict:
    return summarise(run(reference, *overrides)).metrics


def liquidations(trace: Trace) -> list[Event]:
    return [event for event in trace.events if event.name == "Liquidation"]


def test_a_print_on_one_venue_liquidates_as_much_as_it_did():
    """89 to 103 M US dollars in total, the largest account 46 M, 6.8 M of incentive, no bad debt [S]."""
    found = metrics(NAME)
    seized = Counter()
    for event in liquidations(run(NAME)):
        seized[event.args["user"]] += event.args["seizedAssets"] / 10**6
    assert 89 <= found["liquidated_usd"] / MILLION <= 103
    assert found["liquidation_bonus_usd"] / MILLION == pytest.approx(6.8, rel=0.05)
    (largest, amount), *_ = seized.most_common()
    assert largest == "whale/0" and amount / MILLION == pytest.approx(46, rel=0.05)
    assert found["bad_debt_usd"] == 0 and found["lowest_health"] > 0.8
    assert found["spurious_share"] == 1
    # The collateral was read too cheap, in units of the debt: sign aside, by 1 - 1 / 1.2 and more.
    assert found["max_liquidation_oracle_gap_bps"] == pytest.approx(2_000, rel=0.05)
    # At the price that everybody else paid, the borrowers lost three times the incentive.
    assert found["borrower_loss_usd"] > 3 * found["liquidation_bonus_usd"]


def test_the_report_tells_it_from_a_cascade_and_shows_the_price_of_the_debt():
    trace = run(NAME)
    result = summarise(trace)
    assert "100.0 % of that value was not liquidatable at the exogenous price." in " ".join(story(trace, result))
    html = render_page(trace, result, manifest_document(trace, RunInfo(f"tailspin run {NAME}"), []))
    assert "<h2>Price of DAI</h2>" in html and 'id="plot-price-debt"' in html


def test_prices_are_clamped_to_the_band_and_all_liquidations_happen_in_the_hour():
    trace = run(NAME)
    done = liquidations(trace)
    assert {event.block for event in done} <= set(PRINTED_BLOCKS)
    prices = [event.args["debtPriceBase"] for event in done]
    assert min(prices) == 12 * E8 // 10
    # Liquidators buy the debt on the anchor's venue, which lifts the band: up to five percent, never to the print.
    assert 12 * E8 // 10 < max(prices) < 126 * E8 // 100
    assert max(record.outside_e8["DAI"] for record in trace.blocks) < 101 * E8 // 100


def test_with_a_median_of_three_sources_nothing_is_liquidated():
    defended = f"{NAME}+median-oracle"
    assert metrics(defended)["liquidations"] == 0
    assert {record.feeds["DAI"].price_e8 for record in run(defended).blocks} == {E8}
    first = [
        event.args["answer"]
        for event in run(defended).events
        if event.name == "RoundPushed" and event.emitter == "source-DAI-first"
    ]
    assert max(first) == 13 * E8 // 10  # the print was there


@pytest.mark.parametrize(
    ("override", "most_usd"),
    [
        ("feeds.DAI.through.0.band_bps=500", 10 * MILLION),
        ("feeds.DAI.through.0={kind: capped, cap_usd: 1.04}", 3 * MILLION),
        ("feeds.DAI.prints=[]", 0),
    ],
)
def test_a_narrower_band_a_cap_and_no_print(override, most_usd):
    assert metrics(NAME, override)["liquidated_usd"] <= most_usd
    assert metrics(NAME, override)["liquidated_usd"] > 0 or not most_usd


def test_a_delay_does_not_defend_against_what_lasts_a_hop():
    """It says an hour later what is long over: the same accounts are liquidated at the same band."""
    found = metrics(f"{NAME}+delayed-oracle", "clock.blocks=720")
    assert found["liquidated_usd"] > 50 * MILLION
    late = {event.block for event in liquidations(run(f"{NAME}+delayed-oracle", "clock.blocks=720"))}
    assert min(late) >= (600 + 3_600) // 15


def test_a_median_brings_back_what_a_slow_feed_hid():
    """The fall that an hourly feed reports too late, told by two sources that look at deviations."""
    slow, median = (metrics(name) for name in ("stale-oracle", "stale-oracle+median-oracle"))
    assert slow["bad_debt_usd"] > 100_000
    assert median["bad_debt_usd"] == 0
