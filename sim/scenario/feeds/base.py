"""What every feed of a scenario is: a source, with layers around it, innermost first."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

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
    """

    needs_upkeep: ClassVar[bool] = False
    kind: str

    @property
    def warmup_s(self) -> int:
        """History that it needs before it can answer; the world opens that much before the scenario's start."""
        return 0

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
    def venue_read(self) -> str | None:
        """The venue whose trades are its prices; None where the price comes from elsewhere or from several."""
        return None
