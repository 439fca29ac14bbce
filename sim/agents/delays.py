"""Time between a decision and its submission."""

from collections import deque
from collections.abc import Iterable

from sim.world.action import Action


class Delays:
    """Actions that were decided on and are submitted `blocks` later.

    A key is in it until then, so that nothing is decided on twice.
    """

    def __init__(self, blocks: int) -> None:
        self.blocks = blocks
        self._queue: deque[tuple[int, Action]] = deque()
        self._until: dict[str, int] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._until

    def begin(self, block: int) -> None:
        """Forget what was submitted before `block`."""
        self._until = {key: until for key, until in self._until.items() if until >= block}

    def hold(self, actions: Iterable[Action], block: int) -> None:
        """Take in what was decided in `block`."""
        for action in actions:
            self._until[action.key] = block + self.blocks
            self._queue.append((block + self.blocks, action))

    def release(self, block: int) -> list[Action]:
        """Give out what is to be submitted by `block`, in the order of the decisions."""
        released = []
        while self._queue and self._queue[0][0] <= block:
            released.append(self._queue.popleft()[1])
        return released
