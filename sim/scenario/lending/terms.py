"""Liquidation terms: how much of a debt may be repaid at once, at what bonus, and what may be left over."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import Bps, DefaultKind, Model, NonNegativeFloat


class TotalDebtCloseFactor(Model):
    """Aave V3.6: half of the total debt, all of it when deep under water or small, no dust left."""

    kind: Literal["total_debt_close_factor"] = "total_debt_close_factor"
    close_factor_bps: Annotated[int, Field(gt=0, le=10_000)] = 5_000
    full_close_health_bps: Bps = 9_500
    full_close_below_usd: NonNegativeFloat = 2_000.0
    min_leftover_usd: NonNegativeFloat = 1_000.0

    def bonus_range_bps(self, configured_bps: int) -> tuple[int, int]:
        """Lowest and highest bonus that a reserve with this configured one may ever pay."""
        return configured_bps, configured_bps

    @property
    def close_share_bps(self) -> int:
        """Share of the debt that a liquidation just below health 1 repays."""
        return self.close_factor_bps


Terms = Annotated[TotalDebtCloseFactor, DefaultKind("total_debt_close_factor")]
