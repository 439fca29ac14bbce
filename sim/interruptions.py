"""What keeps agents from being heard: feeds that are stopped or late, keepers that are down."""

from dataclasses import dataclass, replace

from sim.world.action import Action

FEED_INTENTS = ("report", "upkeep")
"""What stands still while a feed is stopped."""


@dataclass(slots=True)
class _Lag:
    """Reports of one asset that are under way: by what is called, the block in which they come in."""

    blocks: int
    until_block: int
    due: dict[bytes, tuple[int, Action]]


class Interruptions:
    """What stops or delays the actions of agents, until a block each."""

    def __init__(self) -> None:
        self._stopped: dict[str, int] = {}
        self._silent: dict[str, int] = {}
        self._lags: dict[str, _Lag] = {}

    def stop_feed(self, asset: str, until_block: int) -> None:
        """Hold back reports of `asset`, and the upkeep of its feed."""
        self._stopped[asset] = until_block

    def lag_feed(self, asset: str, lag_blocks: int, until_block: int) -> None:
        """Let reports of `asset` come in `lag_blocks` after they were sent.

        What is still under way at the end is lost: reporters send what is new then.
        """
        self._lags[asset] = _Lag(lag_blocks, until_block, {})

    def silence(self, kind: str, until_block: int) -> None:
        """Have agents of a kind propose nothing."""
        self._silent[kind] = until_block

    def is_silent(self, kind: str | None, block: int) -> bool:
        """Whether agents of a kind are silent in a block."""
        return block < self._silent.get(kind, 0)

    def arrivals(self, block: int) -> list[Action]:
        """Late reports that come in in a block."""
        arrived = []
        for lag in self._lags.values():
            if block < lag.until_block:
                arrived += [action for due, action in lag.due.values() if due == block]
        return arrived

    def admits(self, action: Action, block: int) -> bool:
        """Whether an action reaches the pending set now."""
        if action.intent not in FEED_INTENTS:
            return True
        asset = action.meta["asset"]
        if block < self._stopped.get(asset, 0):
            return False
        lag = self._lags.get(asset)
        if lag is None or block >= lag.until_block or action.intent != "report":
            return True
        lag.due.setdefault(action.call.data, (block + lag.blocks, _postponed(action, lag.blocks)))
        return False


def _postponed(action: Action, blocks: int) -> Action:
    if action.expires_block is None:
        return action
    return replace(action, expires_block=action.expires_block + blocks)
