"""The market of soft liquidation: collateral in bands of price, sold and bought back as the price moves."""

from collections.abc import Iterator
from functools import cached_property
from math import sqrt
from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import Bps, Name, NonNegativeInt, Tokens
from sim.scenario.lending.losses import Losses, SocialisedLosses
from sim.scenario.lending.pair import PairMarket
from sim.scenario.lending.pool import Reserve
from sim.scenario.lending.rates import Rates
from sim.units import BPS

LEAST_BANDS, MOST_BANDS = 4, 50


class SoftLiquidationMarket(PairMarket):
    """One collateral against one borrowed asset, in bands in the manner of LLAMMA; both need a feed.

    Every loan takes `bands` bands, the lowest in price that carry its debt. Defaults are those of the wstETH/USDC
    market of LlamaLend. The feed should be slow and smooth: with jumps the bands sell at the cube of the price.

    Borrowers of a pool with liquidation threshold LT owe the same here with `health_threshold_bps` LT.
    """

    kind: Literal["soft_liquidation"]
    amplification: Annotated[int, Field(ge=2, le=10_000)] = Field(
        default=83, description="A: a band is 1/A of its price wide"
    )
    bands: Annotated[int, Field(ge=LEAST_BANDS, le=MOST_BANDS)] = Field(default=10, description="of every loan")
    loan_discount_bps: Annotated[int, Field(ge=0, lt=10_000)] = Field(
        default=1_400, description="a new loan is at most what its bands convert to, less this"
    )
    liquidation_discount_bps: Annotated[int, Field(ge=0, lt=10_000)] = Field(
        default=1_100, description="hard liquidation begins where that, less this, does not cover the debt"
    )
    liquidation_bonus_bps: Bps = Field(
        default=200, description="least gain of a hard liquidator where what is left is worth less than the debt"
    )
    health_threshold_bps: Annotated[int, Field(gt=0, le=10_000)] | None = Field(
        default=None,
        description="a borrower drawn with health h owes this share of its collateral by h; None: `threshold_bps`",
    )
    fee_bps: Annotated[int, Field(ge=0, le=5_000)] = Field(default=140, description="least fee of the bands")
    admin_fee_bps: Bps = Field(default=0, description="share of that fee which does not stay in the bands")
    supply_tokens: Tokens = Field(
        default=0.0, description="of the borrowed asset, supplied by the passive supplier at the start"
    )
    reserve_factor_bps: Bps = Field(default=0, description="share of interest that goes to the owner")
    yearly_rate_bps: Annotated[int, Field(ge=0, le=100_000)] = Field(
        default=0, description="interest where there are no `rates`"
    )
    rates: Rates | None = None
    losses: Losses = SocialisedLosses()
    insurance: Name | None = Field(default=None, description="the fund that covers losses first, or none")
    max_price_age_s: NonNegativeInt = Field(default=0, description="0: age is not checked")

    @property
    def conversion(self) -> float:
        """What a loan's bands convert to over its collateral at the upper edge of the first.

        sqrt(r) A (1 - r^N) / N with r = (A - 1) / A: a band sells at the geometric mean of its edges.
        """
        ratio = 1 - 1 / self.amplification
        return sqrt(ratio) * self.amplification * (1 - ratio**self.bands) / self.bands

    @property
    def threshold_bps(self) -> int:
        """Loan-to-value at which a loan in the highest bands is liquidated hard."""
        return int(self.conversion * (BPS - self.liquidation_discount_bps))

    @property
    def flash_fee_bps(self) -> int:
        """A liquidator needs no loan."""
        return 0

    @property
    def sells_over_time(self) -> bool:
        """What is seized is paid for at once."""
        return False

    def bonus_range_bps(self, collateral: str) -> tuple[int, int]:
        """Lowest and highest bonus: a liquidator gets all that is left, whatever of the debt is still to pay."""
        return 0, 100 * BPS

    @cached_property
    def reserves(self) -> dict[str, Reserve]:
        """Both assets as reserves, with what a loan in the highest bands may borrow as LTV."""
        collateral = Reserve(
            ltv_bps=int(self.conversion * (BPS - self.loan_discount_bps)),
            liquidation_threshold_bps=self.health_threshold_bps or self.threshold_bps,
            liquidation_bonus_bps=self.liquidation_bonus_bps,
            protocol_fee_bps=0,
            reserve_factor_bps=0,
            max_price_age_s=self.max_price_age_s,
            borrowable=False,
        )
        debt = Reserve(
            ltv_bps=0,
            liquidation_threshold_bps=0,
            liquidation_bonus_bps=0,
            protocol_fee_bps=0,
            reserve_factor_bps=self.reserve_factor_bps,
            max_price_age_s=self.max_price_age_s,
            supply_tokens=self.supply_tokens,
        )
        return {self.collateral: collateral, self.debt: debt}

    def problems(self, where: str) -> Iterator[str]:
        """What is wrong beyond single fields; `where` is the market's path."""
        yield from super().problems(where)
        if self.liquidation_discount_bps > self.loan_discount_bps:
            yield (
                f"{where}.liquidation_discount_bps is {self.liquidation_discount_bps}, at most"
                f" loan_discount_bps {self.loan_discount_bps} expected"
            )
