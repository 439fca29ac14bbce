"""One history played in one world: the same code under the state machine, the shrinker and a replay."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sim.chain.artifacts import Artifacts
from sim.chain.base import Chain
from sim.chain.revm import RevmChain
from sim.engine import Engine, launch
from sim.metrics.outcomes import Outcome
from sim.scenario.model import Scenario
from sim.search.assessment import Assessment, assess
from sim.search.budget import OutOfEnvelope
from sim.search.environment import Environment
from sim.search.history import Step, Wait
from sim.search.space import Space, Values
from sim.trace import Trace


class Episode:
    """A world, an environment within its envelope, and what it did so far.

    Parameters
    ----------
    scenario
        Declares a space; its values are those drawn.
    chain
        Fresh. A long-lived one must be as it was when it was fresh.
    """

    def __init__(self, scenario: Scenario, chain: Chain, artifacts: Artifacts) -> None:
        self.scenario = scenario
        self.chain = chain
        self.engine: Engine = launch(scenario, chain, artifacts)
        self._environment = Environment(self.engine)
        self.budget = self._environment.budget()
        self.history: list[Step] = []
        self._finished: Trace | None = None

    def play(self, step: Step) -> None:
        """Take a step.

        Raises
        ------
        OutOfEnvelope
            It would leave the envelope, or there is nothing for it to do; the world has not moved.
        """
        budget = self.budget.after(step)
        self._environment.act(step)
        self.budget = budget
        self.history.append(step)

    def settle(self) -> None:
        """Wait until the envelope's last block, in as many waits as it takes."""
        while self.budget.blocks_left:
            blocks = min(self.budget.envelope.max_wait_blocks, self.budget.blocks_left)
            self.play(Wait(blocks=blocks))

    def finish(self) -> Trace:
        """Read the final state, once, and return the sealed trace."""
        if self._finished is None:
            self._finished = self.engine.finish()
        return self._finished


@dataclass(frozen=True, slots=True)
class Played:
    """What a whole history came to.

    Attributes
    ----------
    history
        The steps that were taken.
    refused
        Why the first refused step was refused; None if all were taken.
    """

    values: dict[str, Any]
    history: tuple[Step, ...]
    assessment: Assessment
    trace: Trace
    contract_calls: int
    refused: str | None = None

    def outcome(self, aim: str) -> Outcome | None:
        """The outcome that an aim (a kind, or a metric with a bound) asks for, or None."""
        return self.assessment.outcome(aim)


@dataclass(slots=True)
class Stage:
    """Where episodes of one base scenario are played, each on a fresh chain.

    Attributes
    ----------
    episodes, contract_calls
        Counts so far.
    """

    space: Space
    artifacts: Artifacts
    episodes: int = 0
    contract_calls: int = field(default=0)

    def open(self, values: Values, chain: Chain | None = None) -> Episode:
        """Deploy the base scenario with these values, by default on a new in-process chain.

        Raises
        ------
        BadInput
            The values do not go together.
        """
        self.episodes += 1
        return Episode(self.space.scenario(values), chain or RevmChain(), self.artifacts)

    def close(self, episode: Episode) -> Assessment:
        """Finish an episode and assess it."""
        trace = episode.finish()
        self.contract_calls += episode.chain.contract_calls
        return assess(trace)

    def play(self, values: Values, history: Sequence[Step], chain: Chain | None = None) -> Played:
        """Play a whole history; it ends before the first step that is refused."""
        return self.finish(self.open(values, chain), values, history)

    def finish(self, episode: Episode, values: Values, history: Sequence[Step]) -> Played:
        """Play a history in an episode that has just been opened with these values."""
        refused = None
        for step in history:
            try:
                episode.play(step)
            except OutOfEnvelope as error:
                refused = str(error)
                break
        assessment = self.close(episode)
        return Played(
            dict(values),
            tuple(episode.history),
            assessment,
            episode.finish(),
            episode.chain.contract_calls,
            refused,
        )
