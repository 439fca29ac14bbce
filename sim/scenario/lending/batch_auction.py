"""The uniform-price batch auction as an execution of a pool."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import Bps, Model, Seconds


class BatchAuction(Model):
    """Bids are collected for a while, then one price clears them all; defaults are our own.

    The lowest price of round k is `reserve_bps` - k * `reserve_step_bps` of the oracle's price at its start.
    """

    kind: Literal["batch_auction"]
    window_s: Seconds = Field(
        default=180, description="how long a round collects bids; longer than the time of a block"
    )
    max_bids: Annotated[int, Field(gt=0, le=64)] = Field(
        default=32, description="most bids that a lot holds; each is for at least this part of it"
    )
    max_rounds: Annotated[int, Field(gt=0, le=65_535)] = Field(
        default=5, description="after as many rounds the debt left is lost"
    )
    reserve_bps: Bps = Field(default=9_000, description="lowest price of the first round over the oracle's")
    reserve_step_bps: Bps = Field(default=1_500, description="how much lower it is in every further round")
