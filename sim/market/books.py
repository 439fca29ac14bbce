"""Order books around a mid that follows the exogenous price: what a trade pays, and where it leaves the price.

*Exponential*: with K = 100 * `depth_usd_per_pct`, selling dollars dU moves the log price by -dU / K. Selling
x whole tokens at price p therefore yields U = K ln(1 + x p / K) and leaves the price at p / (1 + x p / K); a
purchase is the same with x negative.

*Power*: tokens stand at density kappa |p - m|^gamma. Between the mid m and a price m (1 + d) there are
Q = kappa / (1 + gamma) |d m|^(1 + gamma) of them, worth m Q -/+ kappa / (gamma + 2) |d m|^(gamma + 2) to a seller
(below m) or buyer (above). kappa is such that the first percent takes `depth_usd_per_pct` / m tokens; in units of
these, W = (100 |d|)^(1 + gamma) with the sign of d, and everything bought from the mid costs
W + (1 + gamma) / (2 + gamma) |W| |d|. A trade starts at the W that the last one left.

The permanent share of a move (in log) stays, the rest fades with the refill's half-life. In the power book what
stays moves the mid, and a new book stands around it; that happens as time passes, so that within one instant
neither a split nor a round trip changes what trades pay.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from sim.scenario.outside import ExponentialDepth, OutsideDepth, PowerDepth
from sim.units import BPS

MAX_RISE = 1_000
"""A book reaches up to this multiple of its price (exponential) or mid (power), and is endless there. The bids of
a power book reach down to the inverse, and there are none below."""
_LOG_BOUND = 100.0


@dataclass(frozen=True, slots=True)
class BookFill:
    """A trade: dollars exchanged (never negative), the price after it, and the book's own note of its state."""

    value_usd: float
    price_after_usd: float
    state: float


class Book(ABC):
    """One asset's book at one moment. Prices are USD per whole token, `exogenous_usd` is the path's now."""

    @abstractmethod
    def price_usd(self, exogenous_usd: float) -> float:
        """Price now."""

    @abstractmethod
    def mid_usd(self, exogenous_usd: float) -> float:
        """Price that the book refills to."""

    @abstractmethod
    def fill(self, tokens: float, exogenous_usd: float) -> BookFill:
        """Return the fill of selling (positive) or buying (negative) an amount, without moving the book."""

    @abstractmethod
    def take(self, fill: BookFill) -> None:
        """Move the book by a fill that it has just given."""

    @abstractmethod
    def fade(self, seconds: float) -> None:
        """Let time pass: what is not permanent halves with every half-life."""

    @abstractmethod
    def tokens_to(self, change: float, exogenous_usd: float) -> float:
        """Return the whole tokens whose sale or purchase moves the price by `change` of itself."""


class ExponentialBook(Book):
    """The book that is equally deep at every price."""

    def __init__(self, depth: ExponentialDepth) -> None:
        self._depth = depth
        self._permanent_log = 0.0
        self._transient_log = 0.0

    def price_usd(self, exogenous_usd: float) -> float:
        """Price now."""
        displacement = self._permanent_log + self._transient_log
        return exogenous_usd * math.exp(displacement) if displacement else exogenous_usd

    def mid_usd(self, exogenous_usd: float) -> float:
        """Price that the book refills to."""
        return exogenous_usd * math.exp(self._permanent_log)

    def fill(self, tokens: float, exogenous_usd: float) -> BookFill:
        """Return the fill of selling (positive) or buying (negative) an amount, without moving the book."""
        price = self.price_usd(exogenous_usd)
        per_log_usd = 100 * self._depth.depth_usd_per_pct
        share = tokens * price / per_log_usd
        within = max(share, 1 / MAX_RISE - 1)
        move_log = -math.log1p(within)
        value_usd = abs(per_log_usd * move_log) + (within - share) * per_log_usd * MAX_RISE
        return BookFill(value_usd, price / (1 + within), move_log)

    def take(self, fill: BookFill) -> None:
        """Move the book by a fill that it has just given."""
        self._permanent_log += fill.state * self._depth.permanent_share_bps / BPS
        self._transient_log += fill.state * (BPS - self._depth.permanent_share_bps) / BPS

    def fade(self, seconds: float) -> None:
        """Let time pass: what is not permanent halves with every half-life."""
        if self._transient_log:
            self._transient_log *= 0.5 ** (seconds / self._depth.refill_half_life_s)

    def tokens_to(self, change: float, exogenous_usd: float) -> float:
        """Return the whole tokens whose sale or purchase moves the price by `change` of itself."""
        price = self.price_usd(exogenous_usd)
        return 100 * self._depth.depth_usd_per_pct / price * abs(1 / (1 + change) - 1)


class PowerBook(Book):
    """The book whose depth grows with the distance from its mid, as a power of it.

    Its state: the mid's log displacement from the path, the price's displacement d from the mid when time last
    passed, and W since then (`_net`).
    """

    def __init__(self, depth: PowerDepth) -> None:
        self._depth = depth
        self._permanent_log = 0.0
        self._start = 0.0
        self._net = 0.0
        self._lowest, self._highest = self._net_at(1 / MAX_RISE - 1), self._net_at(MAX_RISE - 1)

    @classmethod
    def at(cls, depth: PowerDepth, displacement: float) -> "PowerBook":
        """Return a book whose price is displaced by this share of its mid; its path is the mid."""
        book = cls(depth)
        book._start = displacement
        book._net = book._net_at(displacement)
        return book

    def price_usd(self, exogenous_usd: float) -> float:
        """Price now."""
        return self.mid_usd(exogenous_usd) * (1 + self._displacement(self._net))

    def mid_usd(self, exogenous_usd: float) -> float:
        """Price that the book refills to."""
        return exogenous_usd * math.exp(self._permanent_log)

    def fill(self, tokens: float, exogenous_usd: float) -> BookFill:
        """Return the fill of selling (positive) or buying (negative) an amount, without moving the book.

        A sale gets nothing for what the bids cannot take; a purchase pays the bound of `MAX_RISE` for what lies
        beyond it.
        """
        mid, depth_usd = self.mid_usd(exogenous_usd), self._depth.depth_usd_per_pct
        wanted = self._net - tokens * mid / depth_usd
        net = min(max(wanted, self._lowest), self._highest)
        beyond = max(wanted - net, 0.0) * MAX_RISE
        value_usd = depth_usd * (abs(self._cost(self._net) - self._cost(net)) + beyond)
        return BookFill(value_usd, mid * (1 + self._displacement(net)), net)

    def take(self, fill: BookFill) -> None:
        """Move the book by a fill that it has just given."""
        self._net = fill.state

    def fade(self, seconds: float) -> None:
        """Let time pass: what is not permanent halves with every half-life."""
        if not self._net or not seconds:
            return
        log = math.log1p(self._displacement(self._net))
        stays = (log - math.log1p(self._start)) * self._depth.permanent_share_bps / BPS
        self._permanent_log = min(max(self._permanent_log + stays, -_LOG_BOUND), _LOG_BOUND)
        self._start = math.expm1(log - stays) * 0.5 ** (seconds / self._depth.refill_half_life_s)
        self._net = self._net_at(self._start)

    def tokens_to(self, change: float, exogenous_usd: float) -> float:
        """Return the whole tokens whose sale or purchase moves the price by `change` of itself."""
        displacement = self._displacement(self._net)
        target = self._net_at(displacement + change * (1 + displacement))
        return abs(target - self._net) * self._depth.depth_usd_per_pct / self.mid_usd(exogenous_usd)

    def _net_at(self, displacement: float) -> float:
        return math.copysign((100 * abs(displacement)) ** (1 + self._depth.gamma), displacement)

    def _displacement(self, net: float) -> float:
        return math.copysign(abs(net) ** (1 / (1 + self._depth.gamma)) / 100, net)

    def _cost(self, net: float) -> float:
        """Cost of everything bought from the mid, or minus what selling it brought, in units of the depth."""
        share = (1 + self._depth.gamma) / (2 + self._depth.gamma)
        return net + share * abs(net) * abs(self._displacement(net))


def build_book(depth: OutsideDepth) -> Book:
    """Return an undisturbed book."""
    return PowerBook(depth) if isinstance(depth, PowerDepth) else ExponentialBook(depth)
