"""Models of who sells whatever the price."""

from typing import Literal

from pydantic import Field

from sim.scenario.base import Bps, Gwei, Model, Name, NonNegativeInt, PositiveTokens, Seconds


class Seller(Model):
    """Sells an asset that it holds from the start, evenly over a time: who must get out, at any price.

    A sale that would bring `max_slippage_bps` less than the venue quoted when it was decided reverts; what was not
    sold is sold with the next.
    """

    kind: Literal["seller"]
    venue: Name
    asset: Name
    tokens: PositiveTokens
    at_s: NonNegativeInt = Field(default=0, description="since the start")
    over_s: Seconds = Field(default=3_600, description="from the first sale to the last")
    max_slippage_bps: Bps = 500
    max_fee_gwei: Gwei = 200.0
