"""The cross-collateral pool and its reserves.

Field names follow the structs in `contracts/interfaces/`; a test holds the two together.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import Bps, Model, Name, NonNegativeInt, PositiveTokens, Tokens
from sim.scenario.lending.execution import Execution, Immediate
from sim.scenario.lending.losses import DeficitLosses, Losses
from sim.scenario.lending.prices import AND_FREEZE, INVALID_PRICE, PoolChoice
from sim.scenario.lending.rates import KinkedRates, Rates, SeparateRates
from sim.scenario.lending.requirements import Category, CorrelatedModes, Moving, Requirement
from sim.scenario.lending.terms import Terms, TotalDebtCloseFactor
from sim.units import BPS


class Reserve(Model):
    """One asset of a lending pool. Defaults are Aave V3's for WETH: LTV 80 %, LT 83 %, bonus 5 %."""

    ltv_bps: Bps = 8_000
    liquidation_threshold_bps: Bps = 8_300
    liquidation_bonus_bps: Annotated[int, Field(ge=0, le=10_000)] = 500
    protocol_fee_bps: Bps = 1_000
    reserve_factor_bps: Bps = 1_000
    max_price_age_s: NonNegativeInt = Field(default=0, description="0: age is not checked")
    borrowable: bool = True
    supply_cap_tokens: PositiveTokens | None = Field(default=None, description="None: no cap")
    borrow_cap_tokens: PositiveTokens | None = Field(default=None, description="None: no cap")
    rates: Rates = KinkedRates()
    supply_tokens: Tokens = Field(
        default=0.0, description="supplied by the passive supplier at the start, in whole tokens"
    )


class PoolMarket(Model):
    """A cross-collateral lending pool; each reserve reads the feed of its asset."""

    kind: Literal["pool"] = "pool"
    reserves: Annotated[dict[Name, Reserve], Field(min_length=1)]
    terms: Terms = TotalDebtCloseFactor()
    execution: Execution = Immediate()
    losses: Losses = DeficitLosses()
    requirements: tuple[Requirement, ...] = Field(
        default=(), description="rules on top of the reserves' figures, each on the one before it"
    )
    flash_fee_bps: Bps = 5
    invalid_price: PoolChoice = Field(default="revert", description=INVALID_PRICE + AND_FREEZE)
    insurance: Name | None = Field(default=None, description="the fund that covers deficits, or none")
    allow_toxic: bool = Field(
        default=False,
        description="accept a reserve with LT * (1 + bonus) above 1, which is otherwise refused",
    )

    @property
    def sells_over_time(self) -> bool:
        """Whether an execution takes over what is seized and owes its debt until it is sold."""
        return not isinstance(self.execution, Immediate)

    def bonus_range_bps(self, collateral: str) -> tuple[int, int]:
        """Lowest and highest bonus that a liquidation may pay on `collateral`."""
        configured = [self.reserves[collateral].liquidation_bonus_bps]
        configured += [bonus for rule in self.requirements for bonus in rule.bonuses_bps(collateral)]
        ranges = [self.terms.bonus_range_bps(bonus) for bonus in configured]
        return min(low for low, _ in ranges), max(high for _, high in ranges)

    def highest_threshold_bps(self, asset: str) -> int:
        """Highest liquidation threshold that an account may have in a reserve."""
        threshold_bps = self.reserves[asset].liquidation_threshold_bps
        for rule in self.requirements:
            threshold_bps = rule.highest_threshold_bps(asset, threshold_bps)
        return threshold_bps

    @property
    def moving(self) -> Moving | None:
        """The rule by which requirements move, if there is one."""
        return next((rule for rule in self.requirements if isinstance(rule, Moving)), None)

    @property
    def modes(self) -> CorrelatedModes | None:
        """The modes for correlated assets, if there are any."""
        return next((rule for rule in self.requirements if isinstance(rule, CorrelatedModes)), None)

    def chosen_category(self, asset: str) -> Category | None:
        """The first category with `asset` that a group of borrowers has chosen; None: none has."""
        found = (
            [] if self.modes is None else [self.modes.category_of(group, asset) for group in self.modes.chosen_by]
        )
        return next((category for category in found if category is not None), None)

    def named_assets(self, where: str) -> Iterator[tuple[str, str]]:
        """Paths that name an asset, with its name; `where` is the market's path."""
        for asset in self.reserves:
            yield f"{where}.reserves.{asset}", asset

    def problems(self, where: str) -> Iterator[str]:
        """What is wrong beyond single fields; `where` is the market's path."""
        for asset, reserve in self.reserves.items():
            at = f"{where}.reserves.{asset}"
            if reserve.ltv_bps > reserve.liquidation_threshold_bps:
                yield (
                    f"{at}.ltv_bps is {reserve.ltv_bps}, at most the liquidation threshold"
                    f" {reserve.liquidation_threshold_bps}"
                )
            if isinstance(reserve.rates, SeparateRates) and reserve.reserve_factor_bps != 10_000:
                yield (
                    f"{at}.reserve_factor_bps is {reserve.reserve_factor_bps}, 10000 expected with separate rates:"
                    " the treasury gets what suppliers do not"
                )
            yield from self._toxic(at, reserve.liquidation_threshold_bps, reserve.liquidation_bonus_bps)
        yield from self._rule_problems(where)

    def _rule_problems(self, where: str) -> Iterator[str]:
        kinds = [rule.kind for rule in self.requirements]
        for i, rule in enumerate(self.requirements):
            at = f"{where}.requirements.{i}"
            if rule.kind in kinds[:i]:
                yield f"{at}.kind is {rule.kind!r} for a second time, each kind at most once expected"
            for problem in rule.problems(self.reserves):
                yield f"{at}.{problem}"
            if isinstance(rule, CorrelatedModes):
                for name, one in rule.categories.items():
                    figures = one.liquidation_threshold_bps, one.liquidation_bonus_bps
                    yield from self._toxic(f"{at}.categories.{name}", *figures)

    def _toxic(self, at: str, threshold_bps: int, configured_bps: int) -> Iterator[str]:
        """LT (1 + bonus) above 1, for the most that the terms can pay where a bonus is configured."""
        _, bonus_bps = self.terms.bonus_range_bps(configured_bps)
        product = threshold_bps * (BPS + bonus_bps)
        if product > BPS**2 and not self.allow_toxic:
            named = "liquidation_bonus_bps" if bonus_bps == configured_bps else f"a bonus of up to {bonus_bps} bps"
            yield (
                f"{at}: liquidation_threshold_bps * (1 + {named}) is {product / BPS**2:.4f}, at most 1 unless the"
                " market's allow_toxic is set"
            )
