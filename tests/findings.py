"""Findings of a small world, as a search would store them: four or twelve borrowers, and one fall of the price."""

from functools import cache
from pathlib import Path
from typing import Any

from sim.chain.artifacts import load_artifacts
from sim.scenario.loading import load_scenario, parse_scenario
from sim.search.episode import Stage
from sim.search.finding import Finding, write_finding
from sim.search.history import Shock, Wait
from sim.search.record import record_finding
from sim.search.shrink import Shrunk, Tipping
from sim.search.space import Space
from tests.scenarios import small_document
from tests.sim.search.worlds import KIND, SPACE, THRESHOLD

CASES: dict[str, dict[str, Any]] = {
    "bad_debt": {"values": {THRESHOLD: 9_400}, "fall_bps": 1_500, "blocks": 5},
    "fund_depleted": {
        "values": {THRESHOLD: 9_000, KIND: "pool_spot"},
        "fall_bps": 1_800,
        "blocks": 4,
        "fund_tokens": 200,
    },
    "cascade": {"values": {THRESHOLD: 9_000, KIND: "pool_spot"}, "fall_bps": 1_800, "blocks": 9, "borrowers": 12},
}
"""By outcome: the design that has it, and when."""
ADL = {"perps.perp.instruments.WETH.tiers.0.maintenance_bps": 50}
"""A maintenance margin that leaves the market of `perp-cascade` nothing before a position is bankrupt."""


@cache
def small_finding(kind: str) -> Finding:
    """A finding of an outcome of `CASES`, with a tipping value where the threshold alone differs, or of `adl`."""
    if kind == "adl":
        return _adl_finding()
    case = CASES[kind]
    envelope = {**SPACE["envelope"], "max_shock_bps": 2_500, "max_total_fall_bps": 4_000}
    document = small_document(space={**SPACE, "envelope": envelope})
    document["assets"]["WETH"]["price"] = {"kind": "constant", "price_usd": 2_000.0}
    document["population"]["borrowers"] |= {
        "count": case.get("borrowers", 4),
        "health_median": 1.2,
        "health_min": 1.06,
    }
    document["insurance"]["fund"]["assets_tokens"] = case.get("fund_tokens", 10_000)
    stage = Stage(Space(parse_scenario(document)), load_artifacts())
    history = (Wait(blocks=1), Shock(asset="WETH", change_bps=-case["fall_bps"]), Wait(blocks=case["blocks"]))
    played = stage.play(case["values"], history)
    assert played.outcome(kind) is not None
    tipping = (Tipping(THRESHOLD, 8_500, 9_400),) if case["values"] == {THRESHOLD: 9_400} else ()
    return record_finding(stage, kind, Shrunk(played, tipping, 0), seed=0)


def _adl_finding() -> Finding:
    stage = Stage(Space(load_scenario("perp-cascade")), load_artifacts())
    falls = [(Wait(blocks=5), Shock(asset="WETH", change_bps=-change_bps)) for change_bps in (300, 200)]
    played = stage.play(ADL, (*falls[0], *falls[1], Wait(blocks=15)))
    assert played.outcome("adl") is not None
    return record_finding(stage, "adl", Shrunk(played, (), 0), seed=0)


def stored_finding(kind: str, folder: Path) -> Path:
    """The same as a file."""
    path = folder / f"small-{kind}.json"
    write_finding(small_finding(kind), path)
    return path
