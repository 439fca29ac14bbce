"""The oracle reporter: publishes what it observed, when it moved or aged enough, and late."""

from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry, inclusion_bid
from sim.scenario.feeds.push import ReportedFeed
from sim.units import BPS
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World

REPORT_MARGIN = 1.2
"""Reporters bid this multiple of the lowest fee that would be included."""


@dataclass(frozen=True, slots=True)
class PriceObservation:
    """An outside price: seen in `block` at the absolute `timestamp_s`, to be submitted from `due_block` on."""

    price_e8: int
    block: int
    timestamp_s: int
    due_block: int


class OracleReporter(Agent):
    """Reports one asset's outside price, or what it takes for it, to a source by Chainlink's rule.

    A round is triggered by an observation that differs by more than the deviation threshold from the last one
    triggered (from the published answer if none is under way), or once the heartbeat has passed since that one. It
    is submitted `delay_blocks` after it was observed, or a number drawn from there to `delay_max_blocks`, with the
    price of its observation. So a long delay (Maker's hour) keeps many observations under way, and they come out
    in their order; what a fresher one has overtaken does not come out. One that a congested block, an outage or
    its own limit on fees kept out is submitted again with the next block's fee, until a fresher one is of age.
    """

    def __init__(self, name: str, model: ReportedFeed, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self.path = name.removeprefix("reporter-")
        self.asset = world.sources[self.path].asset
        self._address = world.address(name)
        self._under_way: deque[PriceObservation] = deque()

    def propose(self, observation: Observation) -> list[Action]:
        """Observe, then submit the freshest observation that has come of age."""
        published_s = observation.sources[self.path].observed_at_s
        while self._under_way and self._under_way[0].timestamp_s <= published_s:
            self._under_way.popleft()
        if self._triggers(observation):
            price_e8, block = self._seen_e8(observation), observation.block
            due_block = block + self._delay_blocks()
            self._under_way.append(PriceObservation(price_e8, block, observation.timestamp_s, due_block))
        while any(seen.due_block <= observation.block for seen in islice(self._under_way, 1, None)):
            self._under_way.popleft()
        if not self._under_way or self._under_way[0].due_block > observation.block:
            return []
        return [self._report(self._under_way[0], observation)]

    def _delay_blocks(self) -> int:
        least, most = self.model.delay_blocks, self.model.delay_max_blocks
        return least if most is None else int(self.rng.integers(least, most, endpoint=True))

    def _seen_e8(self, observation: Observation) -> int:
        return self.model.seen_e8(observation.outside_e8[self.asset], observation.time_s)

    def _triggers(self, observation: Observation) -> bool:
        feed = observation.sources[self.path]
        if self._under_way:
            reference_e8, since_s = self._under_way[-1].price_e8, self._under_way[-1].timestamp_s
        elif feed.valid:
            reference_e8, since_s = feed.price_e8, feed.updated_at_s
        else:
            return True
        moved = abs(self._seen_e8(observation) - reference_e8) * BPS
        aged = observation.timestamp_s - since_s >= self.model.heartbeat_s
        return moved > self.model.deviation_bps * reference_e8 or aged

    def _report(self, seen: PriceObservation, observation: Observation) -> Action:
        return Action(
            agent=self.name,
            sender=self._address,
            call=self.world.sources[self.path].push(seen.price_e8, seen.timestamp_s),
            intent="report",
            max_fee_gwei=inclusion_bid(observation, self.model.max_fee_gwei, REPORT_MARGIN),
            key=f"report/{self.path}",
            expires_block=expiry(self.world.scenario, observation.block),
            meta={"asset": self.asset, "observed_block": seen.block, "observed_at_s": seen.timestamp_s},
        )
