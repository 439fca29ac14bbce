"""Liquidation terms: how much of a debt may be repaid at once, at what bonus, and what may be left over.

Parameters of `contracts/lending/terms/`, each composed with a bonus rule.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from sim.scenario.base import Bps, DefaultKind, Model, NonNegativeFloat
from sim.scenario.lending.bonus import Bonus, ConfiguredBonus, FermentedBonus, ToxicityGuard, VolatilityBonus

CloseFactor = Annotated[int, Field(gt=0, le=10_000)]
HealthBps = Annotated[int, Field(ge=10_000, le=100_000)]


class BonusTerms(Model):
    """What all terms share."""

    bonus: Bonus = ConfiguredBonus()
    fee_on_seized: bool = Field(
        default=False,
        description="protocol_fee_bps is a share of everything seized (Compound V2: 280), not of the bonus (Aave)",
    )

    def bonus_range_bps(self, configured_bps: int) -> tuple[int, int]:
        """Lowest and highest bonus that a reserve with this configured one may ever pay."""
        return self.bonus.range_bps(configured_bps)

    @property
    def innermost_bonus(self) -> Bonus:
        """The bonus rule, or the one that it wraps."""
        return self.bonus.inner if isinstance(self.bonus, ToxicityGuard) else self.bonus


class TotalDebtCloseFactor(BonusTerms):
    """Aave V3.6: half of the total debt, all of it when deep under water or small, no dust left."""

    kind: Literal["total_debt_close_factor"] = "total_debt_close_factor"
    close_factor_bps: CloseFactor = 5_000
    full_close_health_bps: Bps = 9_500
    full_close_below_usd: NonNegativeFloat = 2_000.0
    min_leftover_usd: NonNegativeFloat = 1_000.0


class ReserveCloseFactor(BonusTerms):
    """A share of the chosen reserve's debt, all of it at and below a health factor, anything left over.

    Aave V3.0; Compound V2 with a full-close health of 0, which never applies.
    """

    kind: Literal["reserve_close_factor"]
    close_factor_bps: CloseFactor = 5_000
    full_close_health_bps: Bps = 9_500


class TargetHealth(BonusTerms):
    """Aave V4: what lifts the account to the target, all of it where dust would be left, no dust left."""

    kind: Literal["target_health"]
    target_health_bps: HealthBps = Field(default=10_500, description="health factor to reach: 10500 is 1.05")
    dust_usd: NonNegativeFloat = 1_000.0


class WholePosition(BonusTerms):
    """No close factor: all of a reserve's debt, as far as the collateral reaches (Euler V2, Morpho Blue)."""

    kind: Literal["whole_position"]


Terms = Annotated[
    TotalDebtCloseFactor | ReserveCloseFactor | TargetHealth | WholePosition,
    Field(discriminator="kind"),
    DefaultKind("total_debt_close_factor"),
]


UPKEEP: dict[type[Model], str] = {FermentedBonus: "marker", VolatilityBonus: "sampler"}
"""Bonus rules that somebody has to look after, and what that somebody is called."""


def upkeep_of(name: str, market: Any) -> tuple[str, Bonus] | None:
    """Return the role of who looks after a market's bonus, and the rule; None where nobody has to."""
    terms = getattr(market, "terms", None)
    rule = terms.innermost_bonus if isinstance(terms, BonusTerms) else None
    return (f"{UPKEEP[type(rule)]}-{name}", rule) if type(rule) in UPKEEP else None
