"""A feed that one account writes, and what all feeds with a reporter share."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

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
    delay_max_blocks: NonNegativeInt | None = Field(
        default=None,
        description="each report takes a number of blocks drawn evenly from `delay_blocks` to this many (rounds of"
        " several nodes take 1 to 4 on Ethereum); None: always `delay_blocks`",
    )
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

    @field_validator("delay_max_blocks")
    @classmethod
    def _not_below_the_least(cls, given: int | None, info: ValidationInfo) -> int | None:
        least = info.data.get("delay_blocks", 0)
        if given is not None and given < least:
            raise ValueError(f"at least delay_blocks, which is {least}, expected")
        return given


class PushFeed(ReportedFeed):
    """A feed that its reporter alone writes."""

    kind: Literal["push"] = "push"
