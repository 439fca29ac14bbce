"""A venue as an agent sees it within one block, whatever its kind."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from sim.units import BPS
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.agents.outside import OutsideLeg

Price = tuple[int, int]
"""Units of one token per unit of the other, as numerator and denominator."""


class VenueView(ABC):
    """Quotes and sizes on one venue, after what its reader means to sell there before.

    Attributes
    ----------
    base, quote
        Assets.
    reserves
        Units by asset.
    """

    base: str
    quote: str
    reserves: dict[str, int]

    def other(self, asset: str) -> str:
        """The asset on the other side."""
        return self.quote if asset == self.base else self.base

    def trades(self, sell: str, buy: str) -> bool:
        """Whether `sell` can be sold for `buy`."""
        return {sell, buy} == {self.base, self.quote}

    @abstractmethod
    def amount_out(self, sell: str, amount: int) -> int:
        """Units received for `amount` units of `sell`; 0 where the venue would revert."""

    @abstractmethod
    def sell(self, sell: str, amount: int) -> int:
        """Mean to sell: later quotes come after it. Returns the units received."""

    @abstractmethod
    def sale_to_price(self, sell: str, price: Price) -> int:
        """Largest amount whose last unit still brings `price`, the fee paid; 0 if the first does not."""

    @abstractmethod
    def largest_sale_at(self, sell: str, price: Price) -> int:
        """Largest amount that brings `price` on average, the fee paid; 0 if none does."""

    @abstractmethod
    def best_proceeds(self, sell: str, most: float, rate: float, cost: float) -> float:
        """At least the highest proceeds(rate * r) - cost * r for r up to `most`, as an estimate in floats."""

    @abstractmethod
    def arbitrage(self, leg: "OutsideLeg", observation: Observation) -> tuple[str, int] | None:
        """What to sell here, and how much of it, so that both marginal prices meet; None where they do."""

    def most_profitable_repayment(self, collateral: str, repaid: int, seized: int, flash_fee_bps: int) -> int:
        """The repayment that maximises a flash liquidation's profit, 0 if none pays.

        `repaid` units of debt seize `seized` units of collateral, in proportion for other sizes; the last unit
        sold brings what it cost, the loan's fee included.
        """
        price = repaid * (BPS + flash_fee_bps), seized * BPS
        return self.sale_to_price(collateral, price) * repaid // seized
