"""Models of those whose capital an insurance fund is."""

from typing import Literal

from pydantic import Field

from sim.scenario.base import Bps, Gwei, Model, Name, NonNegativeInt, PositiveTokens


class FundStaker(Model):
    """Has a stake in an insurance fund from the start, and leaves when one of its bounds is crossed.

    Where the fund has a cooldown it asks to leave and waits; until it has redeemed, its stake bears losses as all
    others do. Its stake comes on top of `assets_tokens` of the fund.
    """

    kind: Literal["fund_staker"]
    fund: Name
    assets_tokens: PositiveTokens
    leave_below_bps: Bps | None = Field(
        default=9_500, description="worth of its stake over that at the start, below which it leaves; None: never"
    )
    leave_at_s: NonNegativeInt | None = None
    max_fee_gwei: Gwei = 200.0
