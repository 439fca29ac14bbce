"""The uniform-price batch auction as an execution of a pool."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import Bps, Model, Seconds

DEFAULT_WINDOW_S = 180
DEFAULT_WINDOW_BLOCKS = 3


class BatchAuction(Model):
    """Bids are collected for a while, then one price clears them all; defaults are our own.

    The lowest price of round k is `reserve_bps` - k * `reserve_step_bps` of the oracle's price at its start.
    """

    kind: Literal["batch_auction"]
    window_s: Seconds | None = Field(
        default=None,
        description="how long a round collects bids, longer than a block; None: 180 s, or three blocks if longer",
    )
    max_bids: Annotated[int, Field(gt=0, le=64)] = Field(
        default=32, description="most bids that a lot holds; each is for at least this part of it"
    )
    max_rounds: Annotated[int, Field(gt=0, le=65_535)] = Field(
        default=5, description="after as many rounds the debt left is lost"
    )
    reserve_bps: Bps = Field(default=9_000, description="lowest price of the first round over the oracle's")
    reserve_step_bps: Bps = Field(default=1_500, description="how much lower it is in every further round")

    def window_for_s(self, block_time_s: int) -> int:
        """How long a round collects bids where a block takes `block_time_s` seconds."""
        return self.window_s or max(DEFAULT_WINDOW_S, DEFAULT_WINDOW_BLOCKS * block_time_s)
