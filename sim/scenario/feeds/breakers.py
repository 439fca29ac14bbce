"""Layers that hold a price still, or give none, while something is wrong."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.scenario.base import NonNegativeInt, Seconds
from sim.scenario.feeds.base import FeedLayer

MAX_GRACE_S = 2_592_000
"""A month: the sequencer has been up for that long when a world opens."""


class PriceBand(FeedLayer):
    """A circuit breaker: a band around the mean of the last minutes, a limit state, and a halt.

    Defaults are those of limit-up limit-down in US equities: 5 % around the mean of 5 minutes, 15 s at an edge, a
    halt of 5 minutes. In a halt there is no price, so nobody borrows and nobody is liquidated; then the feed opens
    at whatever the price is.
    """

    needs_upkeep: ClassVar[bool] = True
    kind: Literal["price_band"]
    band_bps: Annotated[int, Field(gt=0, lt=10_000)] = 500
    window_s: Seconds = 300
    limit_s: NonNegativeInt = Field(default=15, description="how long a price may stand at an edge")
    halt_s: NonNegativeInt = 300


class SequencerGate(FeedLayer):
    """No price while the sequencer is down, and for a while after it is back.

    An hour of grace, as Chainlink tells consumers of its uptime feeds. When it is down: `block_space.outages`.
    """

    asks_sequencer: ClassVar[bool] = True
    kind: Literal["sequencer_gate"]
    grace_s: Annotated[int, Field(ge=0, lt=MAX_GRACE_S)] = Field(
        default=3_600, description="0: only an outage is a reason to refuse"
    )


class SmoothedFeed(FeedLayer):
    """The exponential moving average of a feed, stored whenever there is a new round below (crvUSD's oracles)."""

    needs_upkeep: ClassVar[bool] = True
    kind: Literal["smoothed"]
    time_constant_s: Seconds = Field(default=600, description="after it, a step has arrived but for 1/e")
