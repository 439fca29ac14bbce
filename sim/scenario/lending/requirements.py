"""Risk rules: what collateral counts for where that depends on more than its reserve.

A market applies them in the order given: each stands on the one before it. Every kind offers bounds for agents
and invariants (`highest_threshold_bps`, `bonuses_bps`), what must exist elsewhere (`named_assets`,
`named_groups`), and `problems`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from sim.scenario.base import Bps, Model, Name, NonNegativeInt, PositiveFloat, Seconds

Named = Iterator[tuple[str, str]]
"""Paths below the rule, and the names given there."""


class RiskRule(Model):
    """Base of the rules; a market applies them in order, each on the result of the former."""

    def highest_threshold_bps(self, asset: str, threshold_bps: int) -> int:
        """Highest liquidation threshold of any account, where it is `threshold_bps` without the rule."""
        return threshold_bps

    def bonuses_bps(self, asset: str) -> Iterable[int]:
        """Bonuses that the rule may put in place of the reserve's."""
        return ()

    def named_assets(self) -> Named:
        """Assets that must be reserves of the market."""
        yield from ()

    def named_groups(self) -> Named:
        """Groups of borrowers of the market."""
        yield from ()

    def problems(self, reserves: Mapping[str, Any]) -> Iterator[str]:
        """What is wrong beyond single fields, as a path below the rule and a complaint."""
        yield from ()


class Category(Model):
    """Figures for assets whose prices move together; fields of the struct `Category`.

    Defaults are Aave V3's for staked ether.
    """

    ltv_bps: Bps = 9_300
    liquidation_threshold_bps: Annotated[int, Field(gt=0, le=10_000)] = 9_500
    liquidation_bonus_bps: Annotated[int, Field(ge=0, le=10_000)] = 100
    assets: Annotated[tuple[Name, ...], Field(min_length=1)]


class CorrelatedModes(RiskRule):
    """Modes for correlated assets (Aave's eMode): who has chosen a category borrows only its assets."""

    kind: Literal["correlated_modes"]
    categories: Annotated[dict[Name, Category], Field(min_length=1)]
    chosen_by: dict[Name, Name] = Field(
        default={}, description="groups of borrowers, and the category that all of the group have chosen"
    )

    def category_of(self, group: str, asset: str) -> Category | None:
        """Category that weighs an asset for a group; None: the reserve's figures do."""
        category = self.categories.get(self.chosen_by.get(group, ""))
        return category if category is not None and asset in category.assets else None

    def highest_threshold_bps(self, asset: str, threshold_bps: int) -> int:
        """The category's, if an asset that is collateral has one above."""
        found = [c.liquidation_threshold_bps for c in self.categories.values() if asset in c.assets]
        return max(threshold_bps, *found) if threshold_bps and found else threshold_bps

    def bonuses_bps(self, asset: str) -> Iterable[int]:
        """Those of the categories that it is in."""
        return [c.liquidation_bonus_bps for c in self.categories.values() if asset in c.assets]

    def named_assets(self) -> Named:
        """Assets of the categories."""
        for name, category in self.categories.items():
            for i, asset in enumerate(category.assets):
                yield f"categories.{name}.assets.{i}", asset

    def named_groups(self) -> Named:
        """Who has chosen."""
        for group in self.chosen_by:
            yield f"chosen_by.{group}", group

    def problems(self, reserves: Mapping[str, Any]) -> Iterator[str]:
        """Unknown categories, LTV above threshold."""
        for group, name in self.chosen_by.items():
            if name not in self.categories:
                yield f"chosen_by.{group} is {name!r}, one of {sorted(self.categories)} expected"
        for name, category in self.categories.items():
            if category.ltv_bps > category.liquidation_threshold_bps:
                yield (
                    f"categories.{name}.ltv_bps is {category.ltv_bps}, at most the liquidation threshold"
                    f" {category.liquidation_threshold_bps}"
                )


class Isolation(RiskRule):
    """Isolated collateral (Aave V3): nothing else counts beside it, and all debt against it has a ceiling.

    A borrower that holds an isolated asset at the start has entered it.
    """

    kind: Literal["isolation"]
    ceilings_usd: Annotated[dict[Name, PositiveFloat], Field(min_length=1)]
    borrowable: tuple[Name, ...] = Field(default=(), description="assets that isolated collateral may secure")

    def named_assets(self) -> Named:
        """Isolated assets, and what may be borrowed against them."""
        for asset in self.ceilings_usd:
            yield f"ceilings_usd.{asset}", asset
        for i, asset in enumerate(self.borrowable):
            yield f"borrowable.{i}", asset


class Bracket(Model):
    """What the part of a position above a floor counts for; fields of the struct `Bracket`."""

    floor_usd: PositiveFloat
    ltv_bps: Bps
    liquidation_threshold_bps: Bps


class SizeTiers(RiskRule):
    """Requirements that grow with a position's value, in marginal brackets; a bracket never raises a figure."""

    kind: Literal["size_tiers"]
    brackets: Annotated[dict[Name, Annotated[tuple[Bracket, ...], Field(min_length=1)]], Field(min_length=1)]

    def named_assets(self) -> Named:
        """Assets with brackets."""
        for asset in self.brackets:
            yield f"brackets.{asset}", asset

    def problems(self, reserves: Mapping[str, Any]) -> Iterator[str]:
        """Floors that do not rise, figures that do, LTV above threshold."""
        for asset, brackets in self.brackets.items():
            for i, one in enumerate(brackets):
                at = f"brackets.{asset}.{i}"
                if one.ltv_bps > one.liquidation_threshold_bps:
                    yield (
                        f"{at}.ltv_bps is {one.ltv_bps}, at most the liquidation threshold"
                        f" {one.liquidation_threshold_bps}"
                    )
                former = brackets[i - 1] if i else None
                if former is not None and one.floor_usd <= former.floor_usd:
                    yield f"{at}.floor_usd is {one.floor_usd}, above {former.floor_usd} expected"
                for name in ("ltv_bps", "liquidation_threshold_bps"):
                    if former is not None and getattr(one, name) > getattr(former, name):
                        yield f"{at}.{name} is {getattr(one, name)}, at most {getattr(former, name)} expected"


class EwmaVolatility(Model):
    """Exponentially weighted variance of a feed's log returns; fields of the struct `SamplingParams`.

    The decay is RiskMetrics' for daily returns, 0.94 [recalled, not read again], here per interval.
    """

    decay: Annotated[float, Field(ge=0, lt=1)] = 0.94
    interval_s: Seconds = 600
    initial_volatility_bps: Annotated[int, Field(ge=0, le=1_000_000)] = 6_000


class Moving(RiskRule):
    """Haircuts on LTV and threshold: by measured volatility inside a slew limit, or as a steward sets them.

    haircut = multiplier · σ · √horizon, between floor and cap. A higher one counts at once for new borrowing and
    by a ramp for thresholds; a lower one at once for both. Somebody has to poke: an agent of kind `steward`.
    """

    kind: Literal["moving"]
    assets: tuple[Name, ...] = Field(default=(), description="whose requirements move; none: all collateral")
    volatility: EwmaVolatility | None = Field(
        default=EwmaVolatility(), description="null: haircuts move by a steward's changes alone"
    )
    multiplier_bps: Annotated[int, Field(ge=0, le=1_000_000)] = 20_000
    horizon_s: Seconds = 86_400
    floor_bps: Bps = 0
    cap_bps: Bps = 2_000
    max_step_bps: Annotated[int, Field(gt=0, le=10_000)] = 100
    min_interval_s: NonNegativeInt = 3_600
    ramp_s: Annotated[int, Field(ge=0, le=31_536_000)] = 3_600

    def followed(self, reserves: Mapping[str, Any]) -> tuple[str, ...]:
        """Assets whose requirements move."""
        return self.assets or tuple(a for a, reserve in reserves.items() if reserve.liquidation_threshold_bps)

    def named_assets(self) -> Named:
        """Assets whose requirements move."""
        for i, asset in enumerate(self.assets):
            yield f"assets.{i}", asset

    def problems(self, reserves: Mapping[str, Any]) -> Iterator[str]:
        """A floor above the cap."""
        if self.floor_bps > self.cap_bps:
            yield f"floor_bps is {self.floor_bps}, at most cap_bps {self.cap_bps}"


Requirement = Annotated[CorrelatedModes | Isolation | SizeTiers | Moving, Field(discriminator="kind")]
