"""The absorbing backstop as an execution of a pool, with Compound III's parameters."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import Bps, Model, NonNegativeFloat


class Backstop(Model):
    """Takes over accounts and sells their collateral at a discount to the oracle's price.

    The discount is storefront factor * (1 - liquidation factor); 50 % of it is Compound III's for USDC. Nothing is
    sold while the capital is at its target; Compound III's target is five million dollars.
    """

    kind: Literal["backstop"]
    liquidation_factor_bps: Annotated[int, Field(gt=0, le=10_000)] | None = Field(
        default=None,
        description="what collateral counts for on absorption; None: par less the reserve's liquidation bonus",
    )
    storefront_factor_bps: Bps = Field(default=5_000, description="share of the penalty that buyers get")
    capital_usd: NonNegativeFloat = Field(
        default=0.0, description="own capital at first, per asset that can be borrowed"
    )
    target_capital_usd: NonNegativeFloat = Field(
        default=0.0, description="capital per asset above which nothing is sold; 0: everything is always for sale"
    )
    sale_rate_usd_per_s: NonNegativeFloat = Field(
        default=0.0, description="most that sales of one collateral bring per second; 0: no limit"
    )
    sale_burst_usd: NonNegativeFloat = Field(
        default=1_000_000.0, description="most of it that may be saved up for one purchase"
    )
