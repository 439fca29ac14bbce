"""A feed that anybody brings signed prices to."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from sim.scenario.base import Bps, NonNegativeInt, Seconds
from sim.scenario.feeds.base import FeedLayer
from sim.scenario.feeds.push import ReportedFeed


class PullFeed(ReportedFeed):
    """A feed of prices that signers publish every block and anybody brings on chain.

    Its own reporter does as with a push feed; `delay_blocks` is its own, not that of others who submit. Windows:
    RedStone's reports are at most 180 s old and 60 s ahead, GMX's 300 s, Pyth's up to 15 minutes where consumers
    allow it.
    """

    gives_confidence: ClassVar[bool] = True
    kind: Literal["pull"]
    signers: Annotated[int, Field(ge=1, le=31)] = 5
    threshold: Annotated[int, Field(ge=1, le=31)] = Field(default=3, description="signers that a round needs")
    max_age_s: Seconds = Field(default=180, description="oldest report that is accepted")
    max_ahead_s: NonNegativeInt = 60
    require_increasing: bool = Field(
        default=True, description="False: whoever submits picks any price of the window, again and again"
    )
    confidence_bps: Bps = Field(default=5, description="half-width of the interval that signers state")
    max_confidence_bps: Bps = Field(default=100, description="widest interval that is accepted")

    @property
    def signer_count(self) -> int:
        """All of them."""
        return self.signers

    @model_validator(mode="after")
    def _can_be_reported(self) -> "PullFeed":
        if self.threshold > self.signers:
            raise ValueError(
                f"threshold is {self.threshold}, at most the number of signers {self.signers} expected"
            )
        if self.confidence_bps > self.max_confidence_bps:
            raise ValueError(
                f"confidence_bps is {self.confidence_bps}, at most max_confidence_bps {self.max_confidence_bps}"
                " expected: no report would be accepted"
            )
        return self


class ConfidenceFeed(FeedLayer):
    """One end of a pull source's confidence interval: low for what is collateral, high for what is owed."""

    reads_confidence: ClassVar[bool] = True
    kind: Literal["confidence"]
    side: Literal["low", "high"] = "low"
    multiplier: Annotated[float, Field(gt=0, le=6)] = Field(default=1.0, description="of the stated half-width")
