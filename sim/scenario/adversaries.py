"""Models of who attacks: agents that move a price in order to use a market that believes it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sim.scenario.base import Bps, Gwei, Model, Name, NonNegativeInt, PositiveInt

if TYPE_CHECKING:
    from sim.scenario.model import Scenario

PushBps = Annotated[int, Field(gt=0, le=10_000_000)]
"""A rise of a price."""
Usd = Annotated[float, Field(ge=0, le=1e15)]


class Adversary(Model):
    """What all attackers have: a lending market to use, and the venue whose price they push.

    An adversary acts only on an expected profit above `min_profit_usd`, or with `unprofitable_too` in any case, so
    that a design that holds shows what the attack costs.
    """

    market: Name
    venue: Name
    not_before_s: NonNegativeInt = Field(default=0, description="since the start")
    min_profit_usd: float = 100.0
    max_fee_gwei: Gwei = 500.0
    unprofitable_too: bool = False

    def problems(self, scenario: "Scenario") -> Iterator[str]:
        """What is wrong beyond single fields, as a path below the agent and a complaint."""
        market, venue = scenario.lending[self.market], scenario.venues[self.venue]
        if market.kind != "pool":
            yield f"market is {self.market!r} of kind {market.kind!r}, 'pool' expected"
            return
        for asset in (venue.base, venue.quote):
            if asset not in market.reserves:
                yield f"venue is {self.venue!r}, whose asset {asset!r} is no reserve of the market {self.market!r}"


class SpotAttacker(Adversary):
    """Pushes a venue's price, uses the market and lets go, in one transaction with borrowed money (`ISpotPush`).

    Looks at pushes both ways, to borrow and to liquidate, by simulation on the chain, and takes the best.
    """

    kind: Literal["spot_attacker"]
    lender: Name | None = Field(default=None, description="the pool that lends the money; None: the market itself")
    own_usd: Usd = Field(default=0.0, description="own money, in the venue's quote asset: bears a forced loss")
    max_push_bps: PushBps = Field(default=290_000, description="the largest rise that is tried")
    forced_push_bps: PushBps = Field(default=30_000, description="the rise of a forced attack")
    attacks: PositiveInt = Field(default=1, description="after so many it stops")
    bid_share_bps: Bps = 5_000

    def problems(self, scenario: "Scenario") -> Iterator[str]:
        """Also of the lender."""
        yield from super().problems(scenario)
        lender = scenario.lending.get(self.lender or self.market)
        if lender is None or lender.kind != "pool":
            pools = sorted(name for name, market in scenario.lending.items() if market.kind == "pool")
            yield f"lender is {self.lender!r}, one of {pools} expected"


class MeanAttacker(Adversary):
    """Pushes a venue's price with its own money and holds it over blocks, until a mean has moved; then borrows.

    Every block it buys back what arbitrage sold against it. Collateral is what it bought. Its pushes are sized in
    closed form, for a constant-product pool.
    """

    kind: Literal["mean_attacker"]
    capital_usd: Usd = Field(default=50_000_000.0, description="own money, in the venue's quote asset")
    max_hold_blocks: PositiveInt = Field(default=50, description="the longest hold that it considers")
    max_push_bps: PushBps = Field(default=10_000_000, description="the largest rise that it considers")
    forced_push_bps: PushBps = Field(default=10_000, description="the rise of a forced attack")
    forced_hold_blocks: PositiveInt = Field(default=5, description="the hold of a forced attack")

    def problems(self, scenario: "Scenario") -> Iterator[str]:
        """Also of the kind of venue."""
        yield from super().problems(scenario)
        kind = scenario.venues[self.venue].kind
        if kind != "constant_product":
            yield f"venue is {self.venue!r} of kind {kind!r}, 'constant_product' expected"


class WindowPicker(Adversary):
    """Brings the signed price of the window that suits it best, and uses it in the same block.

    It borrows: buys the venue's base asset, whose feed takes signed prices from anybody, where it has just become
    cheap, and borrows the quote asset at the highest price; loans are used again. Or it liquidates: at the lowest,
    and sells on the venue. It never offers a report that the feed would refuse.
    """

    kind: Literal["window_picker"]
    uses: Literal["borrowing", "liquidation"] = "borrowing"
    capital_usd: Usd = Field(default=1_000_000.0, description="own money, in the venue's quote asset")

    def problems(self, scenario: "Scenario") -> Iterator[str]:
        """Also of the feed."""
        yield from super().problems(scenario)
        base = scenario.venues[self.venue].base
        kind = scenario.feeds[base].kind if base in scenario.feeds else None
        if kind != "pull":
            yield f"venue is {self.venue!r}, whose base {base!r} has a feed of kind {kind!r}, 'pull' expected"
