"""Invariants hold in long runs of the search's own machine: in a world of fixed prices and in a moving one."""

from collections import Counter

import pytest
from hypothesis import Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from sim.scenario.loading import load_scenario, with_fields
from sim.search import moves
from sim.search.assessment import Assessment
from sim.search.episode import Stage
from sim.search.machine import EnvironmentMachine, bounded
from sim.search.space import Space
from sim.totals import TotalsReader
from tests.sim.search.worlds import small_stage

STILL = (
    moves.WAIT,
    moves.STOP_FEED,
    moves.CONGEST,
    moves.PULL_LIQUIDITY,
    moves.NEW_BORROWER,
    moves.LEVER_UP,
)


class MovingWorld(EnvironmentMachine):
    """Any design and any environment of the flash crash."""

    climbs = ("lowest_health", "bad_debt", "cascade")


class FixedWorld(EnvironmentMachine):
    """The same at prices that do not move: nobody who opened a position above health 1 falls below it."""

    design_varies = False
    allowed = STILL

    def concluded(self, assessment: Assessment) -> None:
        trace = self.episode.finish()
        below = [record.block for record in trace.blocks if any(record.below_one.values())]
        assert not below, f"health below 1 at fixed prices in blocks {below[:5]}"
        assert not any(event.name == "Liquidation" for event in trace.events)


def moving() -> type[EnvironmentMachine]:
    class Machine(MovingWorld):
        stage = Stage(Space(load_scenario("flash-crash")), small_stage().artifacts)

    return Machine


def fixed() -> type[EnvironmentMachine]:
    still = with_fields(load_scenario("flash-crash"), {"assets.WETH.shocks": []})

    class Machine(FixedWorld):
        stage = Stage(Space(still), small_stage().artifacts)

    return Machine


USUAL = (
    *(moves.FALL, moves.RISE, moves.WAIT, moves.STOP_FEED),
    *(moves.CONGEST, moves.PULL_LIQUIDITY, moves.NEW_BORROWER, moves.LEVER_UP),
)
"""What every envelope allows; the others need bounds of their own."""


def run(machine: type[EnvironmentMachine], examples: int) -> Counter[str]:
    """Run, print the calls, and return them."""
    chosen = settings(bounded(examples), verbosity=Verbosity.normal)
    try:
        run_state_machine_as_test(seed(2)(machine), settings=chosen)
    finally:
        print(f"\ncalls: {dict(sorted(machine.calls.items()))}\nends: {dict(sorted(machine.ends.items()))}")
    return machine.calls


def test_invariants_hold_in_a_moving_world():
    machine = moving()
    calls = run(machine, 120)
    assert {move.name for move in USUAL} <= set(calls)
    assert machine.ends["none"] < sum(machine.ends.values()), "nothing ever went wrong: the run proves little"
    assert "invariant" not in machine.ends


def test_nobody_is_liquidated_at_fixed_prices():
    calls = run(fixed(), 100)
    assert {move.name for move in STILL} <= set(calls)
    assert not {"fall", "rise"} & set(calls)


@pytest.mark.slow
@pytest.mark.parametrize("world", [moving, fixed])
def test_invariants_hold_in_a_long_run(world):
    calls = run(world(), 3_000)
    assert sum(calls.values()) > 3_000


def test_a_broken_invariant_fails_the_machine(monkeypatch, capsys):
    """A token that appears from nowhere is noticed, and the failure prints the program that led there."""
    honest = TotalsReader._token_totals

    def inflated(reader: TotalsReader) -> dict[str, tuple[int, int]]:
        totals = honest(reader)
        if len(reader.world.scenario.assets) and reader.world.chain.timestamp_s > reader.world.start_s + 60:
            supply, held = totals["WETH"]
            totals["WETH"] = (supply + 1, held)
        return totals

    monkeypatch.setattr(TotalsReader, "_token_totals", inflated)
    with pytest.raises(AssertionError, match="INV_CONSERVATION in block") as caught:
        run(moving(), 20)
    program = "\n".join([capsys.readouterr().out, *getattr(caught.value, "__notes__", [])])
    assert "state.deploy" in program
    assert "teardown" in program
