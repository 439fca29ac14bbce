"""What the chain says, in the trace's words: addresses as roles, times since the scenario's start."""

from collections.abc import Mapping
from typing import Any

from sim.world.world import World

TIME_NAMES = frozenset(
    {"observedAt", "lastObservedAt", "updatedAt", "publishTime", "firstPublishTime", "lastPublishTime"}
    | {"atS", "lastAtS", "untilS", "sinceS", "nowS", "endsAtS", "markedAtS", "changedAtS", "lastChangedAtS"}
    | {"deadline", "blockTimestamp", "fromTimestamp", "untilTimestamp"}
)
"""Names under which events and errors carry absolute times, in seconds."""
LATEST_TIME_S = 2**40
"""What is beyond stands for no limit, and stays as it is."""


class Names:
    """Translates for one world."""

    def __init__(self, world: World) -> None:
        self._role = world.roles.role
        self._start_s = world.start_s
        self._decoder = world.artifacts.decoder

    def event_arguments(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments of a decoded event."""
        return {name: self._told(name, value) for name, value in args.items()}

    def revert(self, data: bytes) -> str:
        """Revert data as `Name(argument, argument)`."""
        name, values = self._decoder.error_parts(data)
        told = [
            self._told(field, value) for field, value in zip(self._decoder.error_names(data), values, strict=True)
        ]
        return f"{name}({', '.join(str(value) for value in told)})"

    def arguments(self, args: tuple) -> tuple:
        """Arguments of a call, at any depth, with addresses as roles."""
        return tuple(self._told("", value) for value in args)

    def _told(self, name: str, value: Any) -> Any:
        if isinstance(value, str):
            return self._role(value)
        if isinstance(value, list | tuple):
            return self.arguments(tuple(value))
        return value - self._start_s if name in TIME_NAMES and value < LATEST_TIME_S else value
