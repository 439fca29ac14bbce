"""The state machine of an environment that stresses a protocol while its agents run.

Searches and stateful tests run the same machine. A subclass says where it plays (`stage`), and what follows
when an episode ends or an invariant breaks.
"""

import sys
from collections import Counter
from typing import ClassVar

from hypothesis import HealthCheck, Phase, Verbosity, settings, target
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sim.errors import BadInput
from sim.scenario.space import Envelope
from sim.search import moves
from sim.search.assessment import Assessment
from sim.search.budget import OutOfEnvelope
from sim.search.episode import Episode, Stage
from sim.search.moves import Move
from sim.trace import Violation
from sim.world.opening import WorldError

STEPS = 12
"""Steps of an episode at most, its deployment included."""


def bounded(examples: int) -> settings:
    """Settings under which only the seed and the number of examples decide what is tried.

    No database, no deadline and no health check, which would look at the clock; no shrinking, which stops by it.
    """
    return settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        phases=(Phase.generate, Phase.target),
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )


class HypothesisChooser:
    """Lets Hypothesis choose, so that it can climb on what it chose."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def even(self, low: int, high: int) -> int:
        """Any integer of the range."""
        return low if low == high else self._data.draw(st.integers(low, high))

    def stressed(self, low: int, high: int) -> int:
        """The upper end as often as all of the range together."""
        return low if low == high else self._data.draw(st.one_of(st.integers(low, high), st.just(high)))


class EnvironmentMachine(RuleBasedStateMachine):
    """Draws a world, plays what the envelope allows, and checks every invariant after every step.

    Attributes
    ----------
    stage
        Where episodes are played.
    design_varies
        Whether design fields are drawn; otherwise the base's design is used.
    allowed
        The moves that may be played.
    climbs
        What Hypothesis maximises: closenesses to outcomes and bounds, and metrics.
    calls, ends
        How often each rule was played, and how episodes ended: outcome kinds, or `none`.
    """

    stage: ClassVar[Stage]
    design_varies: ClassVar[bool] = True
    allowed: ClassVar[tuple[Move, ...]] = moves.MOVES
    climbs: ClassVar[tuple[str, ...]] = ("lowest_health",)
    calls: ClassVar[Counter[str]]
    ends: ClassVar[Counter[str]]

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls.calls, cls.ends = Counter(), Counter()

    def __init__(self) -> None:
        super().__init__()
        self.values: dict = {}
        self.episode: Episode | None = None

    @initialize(data=st.data())
    def deploy(self, data: st.DataObject) -> None:
        """Draw design and environment, and deploy."""
        space, choose = self.stage.space, HypothesisChooser(data)
        drawn = space.draw_design(choose) if self.design_varies else {}
        drawn |= space.draw_environment(choose)
        try:
            self.values = space.reconcile(drawn)
            self.episode = self.stage.open(self.values)
        except (BadInput, WorldError):
            self.calls["not deployed"] += 1

    def _can(self, move: Move) -> bool:
        return self.episode is not None and move in self.allowed and move.possible(self.episode.budget)

    def _play(self, move: Move, data: st.DataObject) -> None:
        step = move.draw(self.episode.budget, HypothesisChooser(data))
        try:
            self.episode.play(step)
        except OutOfEnvelope:
            self.calls[f"{move.name} (nothing to do)"] += 1
        else:
            self.calls[move.name] += 1

    @precondition(lambda self: self._can(moves.FALL))
    @rule(data=st.data())
    def fall(self, data: st.DataObject) -> None:
        """The exogenous price falls."""
        self._play(moves.FALL, data)

    @precondition(lambda self: self._can(moves.RISE))
    @rule(data=st.data())
    def rise(self, data: st.DataObject) -> None:
        """The exogenous price rises."""
        self._play(moves.RISE, data)

    @precondition(lambda self: self._can(moves.WAIT))
    @rule(data=st.data())
    def wait(self, data: st.DataObject) -> None:
        """Blocks pass."""
        self._play(moves.WAIT, data)

    @precondition(lambda self: self._can(moves.STOP_FEED))
    @rule(data=st.data())
    def stop_feed(self, data: st.DataObject) -> None:
        """A reporter falls silent."""
        self._play(moves.STOP_FEED, data)

    @precondition(lambda self: self._can(moves.CONGEST))
    @rule(data=st.data())
    def congest(self, data: st.DataObject) -> None:
        """Block space fills up."""
        self._play(moves.CONGEST, data)

    @precondition(lambda self: self._can(moves.PULL_LIQUIDITY))
    @rule(data=st.data())
    def pull_liquidity(self, data: st.DataObject) -> None:
        """Liquidity leaves a venue."""
        self._play(moves.PULL_LIQUIDITY, data)

    @precondition(lambda self: self._can(moves.NEW_BORROWER))
    @rule(data=st.data())
    def new_borrower(self, data: st.DataObject) -> None:
        """A position is opened."""
        self._play(moves.NEW_BORROWER, data)

    @precondition(lambda self: self._can(moves.LEVER_UP))
    @rule(data=st.data())
    def lever_up(self, data: st.DataObject) -> None:
        """A borrower owes more."""
        self._play(moves.LEVER_UP, data)

    @precondition(lambda self: not any(self._can(move) for move in moves.MOVES))
    @rule()
    def rest(self) -> None:
        """Nothing is left to do."""

    @invariant()
    def invariants_hold(self) -> None:
        """Every INV_* predicate held in every block so far."""
        if self.episode is not None and self.episode.engine.trace.violations:
            self.broken(self.episode.engine.trace.violations)

    def teardown(self) -> None:
        """Play the blocks that are left, assess the episode, and tell Hypothesis how close it came."""
        if self.episode is None or sys.exc_info()[0] is not None:
            return
        self.episode.settle()
        self.invariants_hold()
        assessment = self.stage.close(self.episode)
        for name in self.climbs:
            target(assessment.how_close(name), label=name)
        self.ends.update([outcome.kind for outcome in assessment.outcomes] or ["none"])
        self.concluded(assessment)

    def broken(self, violations: list[Violation]) -> None:
        """What follows from a broken invariant: here, a failure of the test."""
        first = violations[0]
        raise AssertionError(f"{first.invariant} in block {first.block}: {first.detail}")

    def concluded(self, assessment: Assessment) -> None:
        """What follows from the end of an episode: here, nothing."""


class WideMachine(EnvironmentMachine):
    """Plays also what only some envelopes declare.

    A class of its own: a rule that can never be played would still change what is drawn for the others.
    """

    @precondition(lambda self: self._can(moves.DRIFT))
    @rule(data=st.data())
    def drift(self, data: st.DataObject) -> None:
        """The exogenous price moves slowly."""
        self._play(moves.DRIFT, data)

    @precondition(lambda self: self._can(moves.LAG_FEED))
    @rule(data=st.data())
    def lag_feed(self, data: st.DataObject) -> None:
        """Reports come in late."""
        self._play(moves.LAG_FEED, data)

    @precondition(lambda self: self._can(moves.STOP_KEEPERS))
    @rule(data=st.data())
    def stop_keepers(self, data: st.DataObject) -> None:
        """Keepers are down."""
        self._play(moves.STOP_KEEPERS, data)

    @precondition(lambda self: self._can(moves.PULL_DEPTH))
    @rule(data=st.data())
    def pull_depth(self, data: st.DataObject) -> None:
        """Depth leaves a virtual AMM."""
        self._play(moves.PULL_DEPTH, data)

    @precondition(lambda self: self._can(moves.NEW_TRADER))
    @rule(data=st.data())
    def new_trader(self, data: st.DataObject) -> None:
        """Somebody opens a position in a perpetual market."""
        self._play(moves.NEW_TRADER, data)

    @precondition(lambda self: self._can(moves.LEVER_TRADER))
    @rule(data=st.data())
    def lever_trader(self, data: st.DataObject) -> None:
        """A trader takes out margin or enlarges its position."""
        self._play(moves.LEVER_TRADER, data)


def machine_for(envelope: Envelope) -> type[EnvironmentMachine]:
    """The machine that has a rule for all that an envelope declares."""
    declared = (
        envelope.max_drift_bps,
        envelope.max_feed_lag_blocks,
        envelope.max_keeper_outage_blocks,
        envelope.max_depth_pull_bps,
        envelope.max_new_traders,
        envelope.max_lever_traders,
    )
    return WideMachine if any(declared) else EnvironmentMachine
