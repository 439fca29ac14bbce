"""What it costs to move the price of a constant-product pool, and what a mean makes of it. Floats, before fees.

With reserves x and y and a price that is to rise m-fold: capital y (√m - 1) buys x (1 - 1/√m), and once
arbitrage has brought the price back, y (√m + 1/√m - 2) of it is lost.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Literal

Mean = Literal["arithmetic", "geometric"]
STEP = 1.25
"""Ratio of the rises that a plan is chosen from."""


def capital(quote_reserve: float, multiple: float) -> float:
    """Quote that raises the price m-fold."""
    return quote_reserve * (sqrt(multiple) - 1)


def bought(base_reserve: float, multiple: float) -> float:
    """Base that it buys."""
    return base_reserve * (1 - 1 / sqrt(multiple))


def round_trip_loss(quote_reserve: float, multiple: float) -> float:
    """Quote that is lost to whoever brings the price back."""
    return quote_reserve * (sqrt(multiple) + 1 / sqrt(multiple) - 2)


def mean_multiple(multiple: float, share: float, mean: Mean) -> float:
    """How many times a mean rises, of which a share of the window was at m times the price."""
    share = min(share, 1.0)
    return multiple**share if mean == "geometric" else 1 + (multiple - 1) * share


@dataclass(frozen=True, slots=True)
class MeanPlan:
    """A push of a mean: rise of the price, blocks that it is held, and the profit expected (in quote)."""

    multiple: float
    hold_blocks: int
    profit: float


@dataclass(frozen=True, slots=True)
class MeanTarget:
    """What a push of a mean meets.

    Attributes
    ----------
    base_reserve, quote_reserve, fee
        Of the venue, in whole tokens and as a share.
    window_blocks
        Length of the mean; 0: the price itself.
    ltv
        Of the market, for what is bought.
    cash
        What the market can lend, in quote.
    """

    base_reserve: float
    quote_reserve: float
    fee: float
    window_blocks: float
    mean: Mean
    ltv: float
    cash: float

    def profit(self, multiple: float, hold_blocks: int) -> float:
        """Of holding a rise against arbitrage, then borrowing against all that was bought (in quote).

        A loan of B leaves collateral worth B / (M LTV) behind, where M is the rise of the mean.
        """
        raised = mean_multiple(multiple, hold_blocks / max(self.window_blocks, hold_blocks), self.mean)
        price = self.quote_reserve / self.base_reserve
        collateral = hold_blocks * bought(self.base_reserve, multiple) * price
        loan = min(self.cash, collateral * raised * self.ltv)
        paid = round_trip_loss(self.quote_reserve, multiple) + self.fee * capital(self.quote_reserve, multiple)
        return loan * (1 - 1 / (raised * self.ltv)) - hold_blocks * paid

    def best_plan(self, capital_: float, max_multiple: float, max_hold_blocks: int) -> MeanPlan:
        """The plan with the highest profit, of those that the capital pays for; it may be a loss."""
        best = MeanPlan(STEP, 1, float("-inf"))
        for hold in range(1, max_hold_blocks + 1):
            multiple = STEP
            while multiple <= max_multiple and hold * capital(self.quote_reserve, multiple) <= capital_:
                profit = self.profit(multiple, hold)
                if profit > best.profit:
                    best = MeanPlan(multiple, hold, profit)
                multiple *= STEP
        return best
