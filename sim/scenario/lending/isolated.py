"""The isolated market: one collateral, one loan asset, an oracle of its own."""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import Bps, Model, NonNegativeInt, Tokens
from sim.scenario.lending.pair import PairMarket
from sim.scenario.lending.pool import Reserve
from sim.scenario.lending.rates import AdaptiveRates, Rates
from sim.units import BPS


class PreLiquidation(Model):
    """Liquidations before the limit, in small steps; every borrower opts in. Both quantities grow in a line."""

    pre_lltv_bps: Annotated[int, Field(gt=0, lt=10_000)] = Field(
        default=8_000, description="loan-to-value from which it is open; below the market's LLTV"
    )
    first_close_factor_bps: Bps = Field(default=500, description="share of a debt per call at pre_lltv_bps")
    last_close_factor_bps: Annotated[int, Field(ge=0, le=100_000)] = Field(
        default=2_500, description="at the LLTV"
    )
    first_bonus_bps: Bps = Field(default=100, description="at pre_lltv_bps")
    last_bonus_bps: Bps = Field(default=400, description="at the LLTV; at most 1 / LLTV - 1")


class IsolatedMarket(PairMarket):
    """One collateral against one loan asset, in the manner of Morpho Blue; both need a feed.

    The bonus follows from the LLTV: min(1.15, 1 / (1 - 0.3 (1 - LLTV))) - 1. There is no close factor, and bad
    debt falls on the suppliers at once.
    """

    kind: Literal["isolated"]
    lltv_bps: Annotated[int, Field(gt=0, lt=10_000)] = 8_600
    supply_tokens: Tokens = Field(
        default=0.0, description="of the loan asset, supplied by the passive supplier at the start"
    )
    fee_bps: Annotated[int, Field(ge=0, le=2_500)] = Field(default=0, description="of interest")
    rates: Rates | None = Field(default=AdaptiveRates(), description="None: no interest")
    max_collateral_age_s: NonNegativeInt = Field(default=0, description="0: age is not checked")
    max_debt_age_s: NonNegativeInt = Field(default=0, description="0: age is not checked")
    pre_liquidation: PreLiquidation | None = None

    @property
    def insurance(self) -> None:
        """No fund covers an isolated market."""
        return None

    @property
    def flash_fee_bps(self) -> int:
        """Flash loans are free."""
        return 0

    @property
    def sells_over_time(self) -> bool:
        """What is seized is paid for at once."""
        return False

    @cached_property
    def reserves(self) -> dict[str, Reserve]:
        """Both assets as reserves. Their bonus is 0 here: it follows from the LLTV, and the adapter tells it."""
        collateral = Reserve(
            ltv_bps=self.lltv_bps,
            liquidation_threshold_bps=self.lltv_bps,
            liquidation_bonus_bps=0,
            protocol_fee_bps=0,
            reserve_factor_bps=0,
            max_price_age_s=self.max_collateral_age_s,
            borrowable=False,
        )
        debt = Reserve(
            ltv_bps=0,
            liquidation_threshold_bps=0,
            liquidation_bonus_bps=0,
            protocol_fee_bps=0,
            reserve_factor_bps=self.fee_bps,
            max_price_age_s=self.max_debt_age_s,
            supply_tokens=self.supply_tokens,
        )
        return {self.collateral: collateral, self.debt: debt}

    def problems(self, where: str) -> Iterator[str]:
        """What is wrong beyond single fields; `where` is the market's path."""
        yield from super().problems(where)
        early = self.pre_liquidation
        if early is None:
            return
        at = f"{where}.pre_liquidation"
        if early.pre_lltv_bps >= self.lltv_bps:
            yield f"{at}.pre_lltv_bps is {early.pre_lltv_bps}, below lltv_bps {self.lltv_bps} expected"
        if early.first_close_factor_bps > early.last_close_factor_bps:
            yield (
                f"{at}.first_close_factor_bps is {early.first_close_factor_bps}, at most"
                f" last_close_factor_bps {early.last_close_factor_bps} expected"
            )
        if early.first_bonus_bps > early.last_bonus_bps:
            yield (
                f"{at}.first_bonus_bps is {early.first_bonus_bps}, at most"
                f" last_bonus_bps {early.last_bonus_bps} expected"
            )
        most = BPS * BPS // self.lltv_bps - BPS
        if early.last_bonus_bps > most:
            yield f"{at}.last_bonus_bps is {early.last_bonus_bps}, at most 1 / lltv_bps - 1 = {most} expected"
