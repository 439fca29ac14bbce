"""A feed that one account writes."""

from typing import ClassVar, Literal

from pydantic import Field

from sim.scenario.base import Bps, Gwei, NonNegativeInt, Seconds
from sim.scenario.feeds.base import FeedSource


class PushFeed(FeedSource):
    """A feed that a reporter updates when the price deviates or the heartbeat elapses.

    Defaults are Chainlink's for ETH/USD: 0.5 % and one hour, published one block later.
    """

    reported: ClassVar[bool] = True
    kind: Literal["push"] = "push"
    deviation_bps: Bps = 50
    heartbeat_s: Seconds = 3_600
    delay_blocks: NonNegativeInt = 1
    max_fee_gwei: Gwei | None = Field(
        default=None, description="the highest fee that the reporter pays; None: always what gets it in"
    )
