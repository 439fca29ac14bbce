"""Layers that refuse an answer."""

from typing import Literal

from pydantic import Field

from sim.scenario.base import Seconds
from sim.scenario.feeds.base import FeedLayer


class StalenessGuard(FeedLayer):
    """Refuses an answer that reached the chain too long ago.

    One hour and a margin of ten minutes: the heartbeat of Chainlink's ETH/USD, as its consumers are told to check.
    """

    kind: Literal["staleness_guard"]
    max_age_s: Seconds = Field(default=4_200, description="oldest answer that passes")
