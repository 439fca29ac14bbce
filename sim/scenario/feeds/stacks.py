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
    def signer_roles(self) -> tuple[str, ...]:
        """Roles of the accounts that sign reports of the source."""
        return tuple(f"signer-{self.path}-{i}" for i in range(self.model.signer_count))

    @property
    def steward_role(self) -> str:
        """Role of the account that updates the source's cap."""
        return f"steward-{self.path}"

    @property
    def has_steward(self) -> bool:
        """Whether there is a cap to update."""
        return self.model.has_steward

    @property
    def is_gated(self) -> bool:
        """Whether one of its layers asks whether the sequencer works."""
        return any(part.asks_sequencer for part in self.model.parts)

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
    """Every stack of a scenario, nested ones before those that they are nested in, and all before their readers.

    Raises
    ------
    ValueError
        If a feed would read itself.
    """
    found: dict[str, list[Stack]] = {}
    for asset in feeds:
        _add_stack(asset, feeds, found, ())
    return [stack for one in found.values() for stack in one]


def _add_stack(
    asset: str, feeds: Mapping[str, FeedSource], found: dict[str, list[Stack]], readers: tuple[str, ...]
) -> None:
    """Add an asset's stacks after those of the feeds that they read; `readers` wait for this one."""
    if asset in readers:
        raise ValueError(f"feeds.{asset} reads itself: {' reads '.join((*readers, asset))}")
    if asset in found or asset not in feeds:
        return
    outer = Stack(asset, asset, f"feeds.{asset}", feeds[asset])
    own = [*outer.nested(), outer]
    for stack in own:
        for part in stack.model.parts:
            for read in part.feeds_read:
                _add_stack(read, feeds, found, (*readers, asset))
    found[asset] = own


def warmup_s(all_stacks: Iterable[Stack]) -> int:
    """The longest history that any part of any feed needs."""
    return max((part.warmup_s for stack in all_stacks for part in stack.model.parts), default=0)
