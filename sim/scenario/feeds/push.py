"""A feed that one account writes, and what all feeds with a reporter share."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.scenario.base import Bps, Gwei, Model, NonNegativeInt, Seconds
from sim.scenario.feeds.base import FeedSource
from sim.units import BPS


class Print(Model):
    """A price on the one market that a reporter looks at, away from all others for a while."""

    at_s: NonNegativeInt
    change_bps: Annotated[int, Field(gt=-10_000, le=1_000_000)] = Field(description="from the price elsewhere")
    for_s: Seconds

    def lasts(self, time_s: int) -> bool:
        """Whether it is to be seen at a time of the scenario."""
        return self.at_s <= time_s < self.at_s + self.for_s


class ReportedFeed(FeedSource):
    """A feed that a reporter updates when the price deviates or the heartbeat elapses.

    Defaults are Chainlink's for ETH/USD: 0.5 % and one hour, published one block later.
    """

    reported: ClassVar[bool] = True
    deviation_bps: Bps = 50
    heartbeat_s: Seconds = 3_600
    delay_blocks: NonNegativeInt = 1
    max_fee_gwei: Gwei | None = Field(
        default=None, description="the highest fee that the reporter pays; None: always what gets it in"
    )
    prints: tuple[Print, ...] = Field(
        default=(), description="prices that only this reporter sees, because of where it looks"
    )

    def seen_e8(self, outside_e8: int, time_s: int) -> int:
        """What the reporter sees where the price elsewhere is `outside_e8` (USD, eight decimals; at least 1)."""
        for one in self.prints:
            if one.lasts(time_s):
                outside_e8 = outside_e8 * (BPS + one.change_bps) // BPS
        return max(outside_e8, 1)


class PushFeed(ReportedFeed):
    """A feed that its reporter alone writes."""

    kind: Literal["push"] = "push"
