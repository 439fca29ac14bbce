"""Rule: every kind of liquidation terms and of bonus runs on the flash crash, deployed as the scenario says."""

from __future__ import annotations

from itertools import pairwise

import pytest

from sim.chain.anvil import AnvilChain
from sim.chain.artifacts import Artifacts
from sim.chain.base import Chain
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import summarise
from sim.scenario.loading import load_scenario
from sim.trace import Trace
from sim.units import BPS

TERMS, WETH = "lending.main.terms", "lending.main.reserves.WETH"
SHORT = ("clock.blocks=60", "population.borrowers.health_median=1.15")
FERMENTED = (f"{TERMS}.bonus.kind=fermented",)
COMPOUND = (
    f"{TERMS}.kind=reserve_close_factor",
    f"{TERMS}.full_close_health_bps=0",
    f"{TERMS}.fee_on_seized=true",
    f"{WETH}.protocol_fee_bps=280",
    f"{WETH}.liquidation_bonus_bps=800",
)
DESIGNS = {
    "close factor of the total debt": (),
    "close factor of a reserve": (f"{TERMS}.kind=reserve_close_factor",),
    "Compound's": COMPOUND,
    "target health": (f"{TERMS}.kind=target_health",),
    "Aave V4's": (f"{TERMS}.kind=target_health", f"{TERMS}.bonus.kind=by_health"),
    "whole position": (f"{TERMS}.kind=whole_position",),
    "Euler's": (f"{TERMS}.kind=whole_position", f"{TERMS}.bonus.kind=discount_by_health"),
    "fermented": FERMENTED,
    "volatile": (f"{TERMS}.bonus.kind=volatility", f"{TERMS}.bonus.volatility.interval_s=60"),
    "guarded and volatile": (f"{TERMS}.bonus.kind=toxicity_guard", f"{TERMS}.bonus.inner.kind=volatility"),
    "guarded": (f"{TERMS}.bonus.kind=toxicity_guard",),
    "guarded and fermented": (f"{TERMS}.bonus.kind=toxicity_guard", f"{TERMS}.bonus.inner.kind=fermented"),
}


def run(artifacts: Artifacts, chain: Chain, *overrides: str) -> Trace:
    with chain:
        return launch(load_scenario("flash-crash", [*SHORT, *overrides]), chain, artifacts).run()


def paid_bps(trace: Trace) -> list[float]:
    """Bonus of each liquidation of WETH against USDC, from its event."""
    liquidations = [event.args for event in trace.events if event.name == "Liquidation"]
    return [
        (
            args["seizedAssets"]
            * args["collateralPriceBase"]
            / (args["repaidAssets"] * args["debtPriceBase"] * 10**12)
            - 1
        )
        * BPS
        for args in liquidations
    ]


@pytest.mark.parametrize("name", DESIGNS)
def test_every_kind_liquidates_in_the_flash_crash(artifacts, name):
    trace = run(artifacts, RevmChain(), *DESIGNS[name])
    assert trace.violations == []
    paid = paid_bps(trace)
    assert len(paid) >= 10
    low, high = load_scenario("flash-crash", DESIGNS[name]).lending["main"].bonus_range_bps("WETH")
    assert low - 1 <= min(paid) and max(paid) <= high + 1


def test_target_health_takes_less_and_the_whole_position_more_than_a_close_factor(artifacts):
    liquidated = [
        summarise(run(artifacts, RevmChain(), *DESIGNS[name])).metrics["liquidated_usd"]
        for name in ("target health", "close factor of the total debt", "whole position")
    ]
    assert all(less < more for less, more in pairwise(liquidated))


def test_a_bonus_linked_to_health_pays_less_than_the_reserves(artifacts):
    """Keepers come soon after health 1, where Aave V4 pays half of the bonus and Euler nothing yet."""
    for name in ("Aave V4's", "Euler's"):
        paid = paid_bps(run(artifacts, RevmChain(), *DESIGNS[name]))
        assert sum(paid) / len(paid) < 400
        assert len({round(one) for one in paid}) > 5


def test_marks_come_first_and_the_bonus_grows_from_them(artifacts):
    trace = run(artifacts, RevmChain(), *FERMENTED)
    marked = {event.args["user"]: event.block for event in trace.events if event.name == "Marked"}
    cleared = {event.args["user"] for event in trace.events if event.name == "Cleared"}
    liquidations = [event for event in trace.events if event.name == "Liquidation"]
    assert len(marked) >= 10 and cleared
    growth_bps = 3_000 / 3_600 * 12
    first = {}
    for event, bonus_bps in zip(liquidations, paid_bps(trace), strict=True):
        blocks = event.block - marked[event.args["user"]]
        first.setdefault(event.args["user"], blocks)
        assert bonus_bps == pytest.approx(min(blocks * growth_bps, 500), abs=1.01)
    assert min(first.values()) > 0, "nobody liquidates for nothing"
    marks = [tx for tx in trace.transactions if tx.agent == "marker-main"]
    assert marks and all(tx.fee_gwei > 0 for tx in marks)


def test_the_bonus_follows_the_volatility_that_is_sampled(artifacts):
    trace = run(artifacts, RevmChain(), *DESIGNS["volatile"])
    sampled = [event for event in trace.events if event.name == "VolatilitySampled"]
    weth = [event for event in sampled if event.args["asset"] == "WETH"]
    assert len(weth) > 5 and all(tx.ok for tx in trace.transactions if tx.agent == "sampler-main")
    positions = {id(event): at for at, event in enumerate(trace.events)}
    liquidations = [event for event in trace.events if event.name == "Liquidation"]
    for event, bonus_bps in zip(liquidations, paid_bps(trace), strict=True):
        sigma_bps = next(
            one.args["volatilityBps"] for one in reversed(weth) if positions[id(one)] < positions[id(event)]
        )
        assert bonus_bps == pytest.approx(min(500 + 500 * sigma_bps // BPS, 1_000), abs=1)
    assert max(paid_bps(trace)) > 800


def test_guarded_liquidations_never_lower_health(artifacts):
    """A fall of 30 % with few keepers: the reserve's bonus is toxic below LT (1 + b), the guarded one is not."""
    deep = ("assets.WETH.shocks.0.change_bps=-2500", "agents.keeper-flash.max_liquidations_per_block=1")

    def lowered(*overrides: str) -> int:
        trace = run(artifacts, RevmChain(), *deep, *overrides)
        assert trace.violations == []
        events = [event.args for event in trace.events if event.name == "Liquidation"]
        assert len(events) >= 10
        return sum(0 < args["healthAfterWad"] < args["healthBeforeWad"] for args in events)

    assert lowered() > 0
    assert lowered(*DESIGNS["guarded"]) == 0


@pytest.mark.parametrize(
    ("name", "event"), [("guarded and fermented", "Marked"), ("guarded and volatile", "VolatilitySampled")]
)
def test_bonuses_with_a_state_agree_on_both_chains(artifacts, name, event):
    in_process = run(artifacts, RevmChain(), *DESIGNS[name])
    on_node = run(artifacts, AnvilChain.start(), *DESIGNS[name])
    assert on_node.transactions == in_process.transactions
    assert on_node.digest == in_process.digest
    assert any(one.name == event for one in in_process.events)
