"""Signed, capped, halted, gated and smoothed feeds in whole runs: they agree on both chains, and each shows."""

from __future__ import annotations

from typing import Any

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.errors import BadInput
from sim.scenario.loading import parse_scenario
from sim.scenario.model import Scenario
from sim.trace import Trace
from sim.units import E8
from tests.e2e.test_chains_agree import assert_agree
from tests.scenarios import small_document

CAP = {"snapshot_ratio": 1.19, "larger_step": "limited_separately", "updates": [{"at_s": 120}]}
SLASHINGS = [{"at_s": 240, "loss_bps": 500}]
OUTAGES = [{"at_s": 120, "for_s": 60}]


def small(feed: Any, rate: Any = None, space: Any = None) -> dict[str, Any]:
    """The small scenario with another feed for WETH; with a rate, WETH is a claim on ETH."""
    document = small_document()
    document["feeds"]["WETH"] = feed
    if rate is not None:
        document["assets"]["WETH"]["rate"] = rate
        document["assets"]["ETH"] = {"decimals": 18, "price": {"kind": "constant", "price_usd": 1_700}}
        document["feeds"]["ETH"] = {"kind": "push"}
    if space is not None:
        document["block_space"] = {**document.get("block_space", {}), **space}
    return document


def run(artifacts, document: dict[str, Any]) -> Trace:
    with RevmChain() as chain:
        trace = launch(Scenario.model_validate(document), chain, artifacts).run()
    assert not trace.violations
    return trace


def prices(trace: Trace) -> list[float]:
    """What markets read of WETH, in USD; 0 where they read nothing."""
    return [record.feeds["WETH"].price_e8 / E8 * record.feeds["WETH"].valid for record in trace.blocks]


RATE = {"of": "ETH", "ratio": 1.2, "growth_bps_per_year": 300, "slashings": SLASHINGS}
BAND = {"kind": "price_band", "band_bps": 200, "window_s": 120, "limit_s": 12, "halt_s": 60}
GATE = {"kind": "sequencer_gate", "grace_s": 48}
DOCUMENTS = {
    "pull": small({"kind": "pull", "through": [{"kind": "confidence"}]}),
    "pull of one": small({"kind": "pull", "signers": 1, "threshold": 1, "decimals": 18, "max_ahead_s": 0}),
    "ratio": small({"kind": "ratio", "of": "ETH", "cap": CAP, "through": [{"kind": "staleness_guard"}]}, RATE),
    "price band": small({"kind": "push", "through": [BAND]}),
    "sequencer gate": small({"kind": "push", "through": [GATE]}, space={"outages": OUTAGES}),
    "smoothed": small({"kind": "push", "through": [{"kind": "smoothed", "time_constant_s": 60}]}),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_chains_agree(artifacts, name):
    trace = assert_agree(Scenario.model_validate(DOCUMENTS[name]), artifacts)
    assert not trace.violations
    assert all(tx.ok for tx in trace.transactions if tx.intent in ("report", "upkeep", "sequencer"))


def test_the_low_end_of_a_confidence_is_read(artifacts):
    trace = run(artifacts, DOCUMENTS["pull"])
    rounds = [event.args for event in trace.events if event.name == "RoundSubmitted"]
    assert len(rounds) > 5
    for one in rounds:
        assert one["confidence"] == one["answer"] * 5 // 10_000
    low = (rounds[-1]["answer"] - rounds[-1]["confidence"]) / E8
    assert prices(trace)[-1] == low


def test_a_slashing_passes_a_cap_at_once_and_a_half_update_lowers_the_price(artifacts):
    trace = run(artifacts, DOCUMENTS["ratio"])
    read = prices(trace)
    assert read[0] == pytest.approx(1.19 * 1.0079562 * 1_700, rel=1e-6), "the cap of a snapshot of 30 days"
    (slashed,) = [event.block for event in trace.events if event.name == "Slashed"]
    (update,) = [event.block for event in trace.events if event.name == "SnapshotSet"]
    assert update < slashed
    assert read[slashed] == pytest.approx(1.2 * 0.95 * 1_700, rel=1e-5)


def test_a_band_holds_then_halts_then_gaps(artifacts):
    trace = run(artifacts, DOCUMENTS["price band"])
    names = [event.name for event in trace.events if event.emitter == "feed-WETH"]
    assert ["LimitReached", "HaltBegun", "Resumed"] == [name for name in names if name != "LimitLeft"][:3]
    (halt, *_) = [event for event in trace.events if event.name == "HaltBegun"]
    assert 0 in prices(trace)[halt.block + 1 :]
    moves = [abs(b / a - 1) for a, b in zip(prices(trace), prices(trace)[1:], strict=False) if a and b]
    gap = max(event.args["gapBps"] for event in trace.events if event.name == "Resumed")
    assert gap > 200 and max(moves) <= 0.03, "but for the gap, nothing moves by more than the band and the mean do"


def test_a_gate_refuses_until_the_grace_is_over(artifacts):
    trace = run(artifacts, DOCUMENTS["sequencer gate"])
    reports = [tx for tx in trace.transactions if tx.intent == "sequencer"]
    assert [tx.args for tx in reports] == [(False,), (True,)]
    assert [tx.index for tx in reports] == [0, 1], "before everybody else's"
    back = reports[0].block
    assert trace.blocks[back].time_s == 180
    first = next(record.time_s for record in trace.blocks[back:] if record.feeds["WETH"].valid)
    assert first == 180 + 48 + 12


def test_a_smoothed_price_lags_within_the_range_of_what_was_published(artifacts):
    plain = prices(run(artifacts, small({"kind": "push"})))
    smoothed = prices(run(artifacts, DOCUMENTS["smoothed"]))
    falling = range(12, 22)
    assert all(smoothed[i] > plain[i] for i in falling)
    assert min(plain) <= min(smoothed) and max(smoothed) <= 2_000


@pytest.mark.parametrize(
    ("feed", "rate", "complaint"),
    [
        ({"kind": "ratio", "of": "ETH"}, {"of": "USDC", "ratio": 1}, "assets.WETH.rate is a rate of 'USDC'"),
        ({"kind": "ratio", "of": "USDC"}, None, "assets.WETH.rate is not set"),
        ({"kind": "ratio", "of": "ETC"}, RATE, "feeds.WETH.of is 'ETC', one of"),
        ({"kind": "ratio", "of": "WETH"}, RATE, "feeds.WETH reads itself"),
        ({"kind": "ratio", "of": "ETH", "decimals": 18}, RATE, "those of feeds.ETH expected: 8"),
        ({"kind": "push"}, {"of": "WETH", "ratio": 1}, "assets.WETH.rate.of is 'WETH', one of"),
        ({"kind": "ratio", "of": "ETH", "cap": {"snapshot_ratio": 1, "max_age_s": 1}}, RATE, "max_age_s is 1"),
        ({"kind": "push", "through": [{"kind": "price_band", "band_bps": 0}]}, None, "band_bps is 0"),
        ({"kind": "push", "through": [{"kind": "smoothed", "time_constant_s": 0}]}, None, "time_constant_s is 0"),
        ({"kind": "push", "through": [{"kind": "sequencer_gate", "grace_s": -1}]}, None, "grace_s is -1"),
        (
            {"kind": "pull", "through": [{"kind": "staleness_guard"}, {"kind": "confidence"}]},
            None,
            "through.1.kind is 'confidence'",
        ),
    ],
)
def test_bad_input_is_told_where(feed, rate, complaint):
    with pytest.raises(BadInput) as raised:
        parse_scenario(small(feed, rate))
    assert complaint in str(raised.value)
