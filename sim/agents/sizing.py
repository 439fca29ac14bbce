"""Sizes of trades against a constant-product pool, in exact integers.

With reserves x (of what is sold) and y, γ = 1 − fee and an input q, a sale brings γqy / (x + γq); its marginal
price is γxy / (x + γq)². Every size below is the floor of a root of a linear or quadratic equation in these.
Prices are fractions (numerator, denominator) of units of one token per unit of the other.
"""

from dataclasses import dataclass
from math import isqrt, sqrt
from typing import TYPE_CHECKING

from sim.agents.venue_view import Price, VenueView
from sim.reference.constant_product import PoolRevertError, amount_in_up, amount_out_down
from sim.units import BPS
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.agents.outside import OutsideLeg

HALVINGS = 40
"""Of the trade that a book without impact would allow: to a millionth of a millionth of it."""


@dataclass(slots=True)
class PoolView(VenueView):
    """A constant-product pool's reserves as observed, moved by what its reader means to trade within the block.

    Attributes
    ----------
    fee_bps
        Of the input.
    """

    base: str
    quote: str
    reserves: dict[str, int]
    fee_bps: int

    def amount_out(self, sell: str, amount: int) -> int:
        """Units received for `amount` units of `sell`; 0 where the pool would revert."""
        try:
            return amount_out_down(amount, self.reserves[sell], self.reserves[self.other(sell)], self.fee_bps)
        except PoolRevertError:
            return 0

    def amount_in(self, sell: str, amount_out: int) -> int:
        """Units of `sell` for exactly `amount_out` units of the other asset, below its reserve."""
        return amount_in_up(amount_out, self.reserves[sell], self.reserves[self.other(sell)], self.fee_bps)

    def sell(self, sell: str, amount: int) -> int:
        """Sell and move the reserves; return the units received."""
        out = self.amount_out(sell, amount)
        if out:
            self.reserves[sell] += amount
            self.reserves[self.other(sell)] -= out
        return out

    def sale_to_price(self, sell: str, price: Price) -> int:
        """Largest amount whose last unit still brings `price`, the fee paid."""
        return arbitrage_sale(price, None, self.reserves[sell], self.reserves[self.other(sell)], self.fee_bps)

    def largest_sale_at(self, sell: str, price: Price) -> int:
        """Largest amount that brings `price` on average, the fee paid."""
        return largest_sale_at(price, self.reserves[sell], self.reserves[self.other(sell)], self.fee_bps)

    def most_profitable_repayment(self, collateral: str, repaid: int, seized: int, flash_fee_bps: int) -> int:
        """The repayment that maximises a flash liquidation's profit, 0 if none pays."""
        x, y = self.reserves[collateral], self.reserves[self.other(collateral)]
        return most_profitable_repayment(repaid, seized, x, y, self.fee_bps, flash_fee_bps)

    def best_proceeds(self, sell: str, most: float, rate: float, cost: float) -> float:
        """The highest proceeds(rate * r) - cost * r for r up to `most`; -1 in an empty pool."""
        x, y = self.reserves[sell], self.reserves[self.other(sell)]
        if not x or not y:
            return -1.0
        rate *= 1 - self.fee_bps / BPS
        repaid = min(most, max((sqrt(rate * x * y / cost) - x) / rate, 0.0))
        return rate * repaid * y / (x + rate * repaid) - cost * repaid

    def arbitrage(self, leg: "OutsideLeg", observation: Observation) -> tuple[str, int] | None:
        """Sell the base asset where it is dear here, the quote asset where it is cheap, in closed form."""
        x, y = self.reserves[self.base], self.reserves[self.quote]
        if not x or not y:
            return None
        if not leg.has_closed_form:
            return self._arbitrage_by_halving(leg, observation)
        sizes = leg.price(observation), leg.depth(observation), x, y, self.fee_bps
        sold = arbitrage_sale(*sizes)
        if sold:
            return self.base, sold
        bought = arbitrage_purchase(*sizes)
        return (self.quote, self.amount_in(self.quote, bought)) if bought else None

    def _arbitrage_by_halving(self, leg: "OutsideLeg", observation: Observation) -> tuple[str, int] | None:
        """The same against any book: the largest trade that still pays at the price that it leaves outside."""
        sizes = None, self.reserves[self.base], self.reserves[self.quote], self.fee_bps
        found = {}
        for size, sells_outside in ((arbitrage_sale, False), (arbitrage_purchase, True)):
            low, high = 0, size(leg.price(observation), *sizes)
            for _ in range(HALVINGS if high else 0):
                middle = -(-(low + high) // 2)
                pays = size(leg.price_after(middle, sells_outside, observation), *sizes) >= middle
                low, high = (middle, high) if pays else (low, middle - 1)
            found[sells_outside] = low
        if found[False]:
            return self.base, found[False]
        return (self.quote, self.amount_in(self.quote, found[True])) if found[True] else None


def most_profitable_repayment(
    repaid: int, seized: int, reserve_in: int, reserve_out: int, fee_bps: int, flash_fee_bps: int
) -> int:
    """Return the repayment that maximises a flash liquidation's profit, 0 if none pays.

    `repaid` units of debt seize `seized` units of collateral, in proportion for other sizes. With k =
    seized/repaid, φ the loan's fee and r the repayment, profit γkry/(x + γkr) − r(1 + φ) is concave with its
    maximum where x + γkr = √(γkxy/(1 + φ)). Where the oracle's price is the pool's and φ = 0, k·y/x is 1 + bonus;
    the profit is then zero at kr/x = ((1 + b)(1 − f) − 1)/(1 − f), the largest sale that pays.
    """
    keep = BPS - fee_bps
    root = isqrt(keep * seized * reserve_in * reserve_out // (repaid * (BPS + flash_fee_bps)))
    return max(root - reserve_in, 0) * BPS * repaid // (keep * seized)


def largest_sale_at(price: Price, reserve_in: int, reserve_out: int, fee_bps: int) -> int:
    """Return the largest input whose average price is at least `price` (output units per input unit), 0 if none.

    γy/(x + γq) ≥ p, so q ≤ y/p − x/γ.
    """
    numerator, denominator = price
    keep = BPS - fee_bps
    return max((keep * reserve_out * denominator - BPS * reserve_in * numerator) // (keep * numerator), 0)


def arbitrage_sale(price: Price, depth: int | None, base_reserve: int, quote_reserve: int, fee_bps: int) -> int:
    """Return the base units to sell in the pool and buy outside so that both marginal prices meet, 0 if none pays.

    Parameters
    ----------
    price
        Outside, in quote units per base unit.
    depth
        K of the outside book in quote units (one unit of log price takes K); buying q there ends at the price
        p / (1 − qp/K). None: the outside price does not move.

    With γxy(1 − qp/K) = p(x + γq)², a quadratic in q; without depth x + γq = √(γxy/p).
    """
    p, one = price
    x, y, keep = base_reserve, quote_reserve, BPS - fee_bps
    if depth is None:
        return max(isqrt(keep * BPS * x * y * one // p) - BPS * x, 0) // keep
    a = p * depth * keep**2
    b = 2 * p * depth * x * BPS * keep + keep * BPS * x * y * p
    c = keep * BPS * x * y * depth * one - p * depth * (x * BPS) ** 2
    if c <= 0:
        return 0
    return (isqrt(b * b + 4 * a * c) - b) // (2 * a)


def arbitrage_purchase(
    price: Price, depth: int | None, base_reserve: int, quote_reserve: int, fee_bps: int
) -> int:
    """Return the base units to buy in the pool and sell outside so that both marginal prices meet, 0 if none pays.

    Parameters as in `arbitrage_sale`; selling d outside ends at p / (1 + dp/K). The pool's marginal cost of d
    units is xy/(γ(x − d)²), so xy(1 + dp/K) = γp(x − d)²; without depth x − d = √(xy/(γp)).
    """
    p, one = price
    x, y, keep = base_reserve, quote_reserve, BPS - fee_bps
    if depth is None:
        return max(x - 1 - isqrt(BPS * x * y * one // (keep * p)), 0)
    a = keep * p * depth
    b = 2 * keep * p * depth * x + BPS * x * y * p
    c = keep * p * depth * x * x - BPS * x * y * depth * one
    if c <= 0:
        return 0
    return max((b - isqrt(b * b - 4 * a * c) - 1) // (2 * a), 0)
