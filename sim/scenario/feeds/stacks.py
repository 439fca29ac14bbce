"""Which contracts and accounts a feed becomes, and what they are called."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sim.scenario.feeds.base import FeedSource


@dataclass(frozen=True, slots=True)
class Stack:
    """A source with its layers.

    `path` names it: the asset, with `-` and a name for every feed that it is nested in. `field` is its place in
    the scenario.
    """

    path: str
    asset: str
    field: str
    model: FeedSource

    @property
    def role(self) -> str:
        """Role of the outermost contract: what is read."""
        return f"feed-{self.path}"

    @property
    def source_role(self) -> str:
        """Role of the source's contract."""
        return f"source-{self.path}" if self.model.through else self.role

    def layer_role(self, index: int) -> str:
        """Role of a layer's contract, counted from the innermost."""
        return self.role if index == len(self.model.through) - 1 else f"layer-{self.path}-{index}"

    @property
    def reporter_role(self) -> str:
        """Role of the account that reports to the source."""
        return f"reporter-{self.path}"

    @property
    def upkeep_role(self) -> str:
        """Role of the account that looks after its contracts."""
        return f"upkeep-{self.path}"

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles of its contracts, innermost first, without those of nested feeds."""
        return (self.source_role, *(self.layer_role(i) for i in range(len(self.model.through))))

    @property
    def needs_upkeep(self) -> bool:
        """Whether one of its contracts must be called from time to time."""
        return any(part.needs_upkeep for part in self.model.parts)

    def nested(self) -> Iterator["Stack"]:
        """Feeds inside of it, each before what it is inside of."""
        for i, part in enumerate(self.model.parts):
            field = self.field if i == 0 else f"{self.field}.through.{i - 1}"
            for name, model in part.nested().items():
                inner = Stack(self.nested_path(i, name), self.asset, f"{field}.{part.nested_field(name)}", model)
                yield from inner.nested()
                yield inner

    def nested_path(self, part: int, name: str) -> str:
        """Path of a feed inside of a part, counted from the source."""
        return f"{self.path}-{name}" if part == 0 else f"{self.path}-{part - 1}-{name}"

    def named_references(self) -> Iterator[tuple[str, str, str]]:
        """Names that must exist elsewhere: field, name given, and what it names."""
        for i, part in enumerate(self.model.parts):
            field = self.field if i == 0 else f"{self.field}.through.{i - 1}"
            for name, given, what in part.references():
                yield f"{field}.{name}", given, what


def stacks(feeds: Mapping[str, FeedSource]) -> list[Stack]:
    """Every stack of a scenario, nested ones before those that they are nested in."""
    found = []
    for asset, model in feeds.items():
        outer = Stack(asset, asset, f"feeds.{asset}", model)
        found += [*outer.nested(), outer]
    return found


def warmup_s(all_stacks: Iterable[Stack]) -> int:
    """The longest history that any part of any feed needs."""
    return max((part.warmup_s for stack in all_stacks for part in stack.model.parts), default=0)
