"""What every feed of a scenario is: a source, with layers around it, innermost first."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from sim.scenario.base import Gwei, Model

if TYPE_CHECKING:
    from sim.scenario.feeds import AnyLayer

Reference = tuple[str, str, Literal["asset", "venue", "feed"]]
"""A field, the name that it gives, and what must exist under that name."""


class FeedPart(Model):
    """A source or a layer.

    Attributes
    ----------
    needs_upkeep
        Whether somebody must call it from time to time.
    gives_confidence, reads_confidence
        Whether it says how sure it is, and whether the feed below it must.
    asks_sequencer
        Whether it depends on the sequencer's uptime.
    """

    needs_upkeep: ClassVar[bool] = False
    gives_confidence: ClassVar[bool] = False
    reads_confidence: ClassVar[bool] = False
    asks_sequencer: ClassVar[bool] = False
    kind: str

    @property
    def warmup_s(self) -> int:
        """History that it needs before it can answer; the world opens that much before the scenario's start."""
        return 0

    @property
    def feeds_read(self) -> tuple[str, ...]:
        """Assets whose own feeds it reads; they are deployed before it."""
        return ()

    def nested(self) -> Mapping[str, "FeedSource"]:
        """Feeds inside of it, by the name that they add to the path."""
        return {}

    def nested_field(self, name: str) -> str:
        """Where a nested feed stands below this part."""
        return f"sources.{name}"

    def references(self) -> Iterator[Reference]:
        """Names that must exist elsewhere in the scenario, without those of nested feeds."""
        return iter(())


class FeedLayer(FeedPart):
    """A feed that stands on the one before it in a list `through`, and has its decimals."""


class FeedSource(FeedPart):
    """Where a price comes from.

    Attributes
    ----------
    reported
        Whether an account of its own reports to it.
    """

    reported: ClassVar[bool] = False
    decimals: Annotated[int, Field(ge=0, le=18)] = 8
    through: "tuple[AnyLayer, ...]" = Field(
        default=(), description="layers around it, innermost first; the last one is what markets read"
    )
    upkeep_max_fee_gwei: Gwei | None = Field(
        default=None, description="the highest fee paid for upkeep; None: always what gets it in"
    )

    @property
    def parts(self) -> tuple[FeedPart, ...]:
        """The source and its layers, innermost first."""
        return (self, *self.through)

    @property
    def signer_count(self) -> int:
        """How many accounts sign what is reported."""
        return 0

    @property
    def has_steward(self) -> bool:
        """Whether an account of its own changes its parameters."""
        return False

    @property
    def venue_read(self) -> str | None:
        """The venue whose trades are its prices; None where the price comes from elsewhere or from several."""
        return None

    @model_validator(mode="after")
    def _confidence_is_given(self) -> "FeedSource":
        for i, (below, layer) in enumerate(pairwise(self.parts)):
            if layer.reads_confidence and not below.gives_confidence:
                raise ValueError(
                    f"through.{i}.kind is {layer.kind!r}, which stands on the confidence of the part below it:"
                    f" directly on a source of kind 'pull' expected, not on {below.kind!r}"
                )
        return self
