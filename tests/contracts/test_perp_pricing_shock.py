"""The same shock under both pricings, on a whole market: paths of prices, and who carries what."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isqrt

import pytest

from sim.units import E8, WAD
from tests.feeds import Source
from tests.lending import OWNER
from tests.perps import ALICE, BOB, CAROL, KEEPER, USD, PerpMarket, new_perp_market

BLOCK_S = 12
START_E8, END_E8 = 2_000 * E8, 1_600 * E8
FALL_BLOCKS = 10
DEPTH_WAD = 10**7 * WAD
"""Ten million dollars against 5,000 ETH: 100 ETH move the virtual price by 4 %."""
FACTOR_WAD = 2 * 10**8
"""Of the impact: 100 ETH at balance cost $8, so that what is left of a difference is the pricing's nature."""
LONG, SHORT = 100 * WAD, -60 * WAD


@dataclass
class Shock:
    """A market with one pricing, a long and a short on it, and an index that falls by a fifth in two minutes."""

    perps: PerpMarket
    source: Source
    pricing: object
    mark: object
    arbitrage: bool = False
    mids: list[int] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    liquidated_at: int | None = None
    paid_in: dict = field(default_factory=dict)

    @property
    def instrument(self) -> str:
        return self.perps.instruments["ETH"]

    def open(self) -> None:
        for account, usd in ((ALICE, 45_000), (BOB, 30_000), (CAROL, 1_000_000)):
            self.perps.pay_in(account, usd * USD)
        self.paid_in = {one: self.perps.cash(one) for one in (ALICE, BOB, CAROL, self.pricing.address)}
        self.mark.send(KEEPER, "poke", self.instrument)
        self.perps.trade(ALICE, "ETH", LONG)
        self.perps.trade(BOB, "ETH", SHORT)
        self.follow()

    def fall(self, blocks: int = 4 * FALL_BLOCKS) -> None:
        """Let the index fall linearly and then stand; liquidate ALICE in the first block that allows it."""
        for block in range(1, blocks + 1):
            self.perps.wait(BLOCK_S)
            done = min(block, FALL_BLOCKS)
            self.source.report(START_E8 - (START_E8 - END_E8) * done // FALL_BLOCKS)
            self.follow()
            if self.mark.read("due", self.instrument):
                self.mark.send(KEEPER, "poke", self.instrument)
            state = self.perps.state(ALICE)
            if self.liquidated_at is None and state.equityQuote < state.maintenanceQuote:
                self.perps.liquidate(ALICE, "ETH")
                self.liquidated_at = block
            self.mids.append(self.pricing.read("midE8", self.instrument))
            self.marks.append(self.mark.read("markE8", self.instrument))
            self.perps.require_conserved()

    def follow(self) -> None:
        """CAROL brings the virtual price to the index: base such that quote / base is the index."""
        if not self.arbitrage:
            return
        curve = self.pricing.read("curve", self.instrument)
        index_e8 = self.mark.read("indexE8", self.instrument)
        wanted = isqrt(curve.baseWad * curve.quoteWad * E8 // index_e8)
        if wanted != curve.reserveWad:
            self.perps.trade(CAROL, "ETH", curve.reserveWad - wanted)

    def profit(self, owner: str) -> int:
        """Return what an account has won, its position at the index, in whole dollars."""
        held = self.perps.position(owner, "ETH")
        worth = held.sizeWad * self.mark.read("indexE8", self.instrument) // 10**20 + held.entryQuote
        return round((self.perps.cash(owner) + worth - self.paid_in[owner]) / USD)

    @property
    def profits(self) -> dict[str, int]:
        """Return all of them; they sum to 0 but for rounding."""
        owners = {"long": ALICE, "short": BOB, "arbitrageur": CAROL, "maker": self.pricing.address}
        found = {name: self.profit(owner) for name, owner in owners.items()}
        assert abs(sum(found.values())) <= 2
        return found

    def leave(self) -> None:
        """Close all positions."""
        for owner in (ALICE, BOB, CAROL):
            if size := self.perps.size(owner, "ETH"):
                self.perps.trade(owner, "ETH", -size)
        self.perps.require_conserved()

    def kept(self) -> int:
        """Return what the maker has more than it brought, to the unit, once all have left."""
        assert self.perps.of("ETH").makerWad == 0
        return self.perps.cash(self.pricing) - self.paid_in[self.pricing.address]


INDICES = [START_E8 - (START_E8 - END_E8) * min(block, FALL_BLOCKS) // FALL_BLOCKS for block in range(1, 41)]


def build(revm, deploy, kind: str, arbitrage: bool = False) -> Shock:
    perps = new_perp_market(revm, deploy)
    source = Source(revm, deploy, OWNER)
    source.report(START_E8)
    pricing = deploy(revm, kind, 6, OWNER)
    pricing.send(OWNER, "setMarket", perps.market)
    instrument = perps.instruments["ETH"]
    if kind == "VirtualAmmPricing":
        pricing.send(OWNER, "openCurve", instrument, source.feed, 0, DEPTH_WAD)
    else:
        fields = (source.feed.address, 0, FACTOR_WAD // 2, FACTOR_WAD, 50, 0)
        pricing.send(OWNER, "setInstrument", instrument, fields)
    mark = deploy(revm, "MedianMark", OWNER)
    fields = (source.feed.address, 0, pricing.address, 900, 15, 1_800, 12, 500)
    mark.send(OWNER, "setInstrument", instrument, fields)
    perps.add("ETH", START_E8, pricing=pricing, mark=mark)
    perps.pay_in(pricing.address, 10_000_000 * USD, payer=OWNER)
    shock = Shock(perps, source, pricing, mark, arbitrage)
    shock.open()
    return shock


def test_at_the_index_the_price_falls_at_once_and_the_providers_carry_the_difference_of_both_sides(revm, deploy):
    """100 long and 60 short: nobody has to trade for the long to lose, and 40 of it is the maker's gain."""
    shock = build(revm, deploy, "OracleImpactPricing")
    shock.fall()
    assert shock.mids == pytest.approx(INDICES, rel=1e-4), "whatever is traded, a liquidation included"
    assert shock.marks == pytest.approx(
        [INDICES[0]] + [at + 8 * E8 for at in INDICES[1:10]] + [END_E8] * 30, rel=1e-4
    )
    assert shock.liquidated_at == 9
    profits = shock.profits
    assert profits["short"] == pytest.approx(60 * 400, abs=10)
    assert profits["maker"] == -profits["long"] - profits["short"] == pytest.approx(14_299, abs=5)
    shock.leave()
    assert shock.kept() // USD == pytest.approx(14_299, abs=30), "it is theirs to keep"


def test_on_a_virtual_curve_alone_nothing_falls_until_somebody_sells(revm, deploy):
    shock = build(revm, deploy, "VirtualAmmPricing")
    opened = shock.pricing.read("midE8", shock.instrument)
    assert opened / START_E8 == pytest.approx((5_000 / 4_960) ** 2, rel=1e-9)
    shock.fall()
    assert set(shock.mids) == set(shock.marks) == {opened}
    assert shock.liquidated_at is None
    shock.leave()
    assert 0 <= shock.kept() <= 4, "a unit of rounding a trade: the providers win and lose nothing"
    assert shock.profit(ALICE) == -shock.profit(BOB) == pytest.approx(-4_830, abs=100)
    assert shock.pricing.read("midE8", shock.instrument) == START_E8


def test_on_a_virtual_curve_with_arbitrage_the_maker_pays_for_the_fall_until_all_have_left(revm, deploy):
    """The arbitrageur sells it down to the index; the liquidation, sold into the curve, goes below for a block."""
    shock = build(revm, deploy, "VirtualAmmPricing", arbitrage=True)
    shock.fall()
    assert shock.liquidated_at == 9
    below = shock.mids[8] / INDICES[8]
    assert below == pytest.approx(0.9745, abs=1e-4), "2.5 % further, which the pricing at the index does not do"
    assert shock.mids[:8] + shock.mids[9:] == pytest.approx(INDICES[:8] + INDICES[9:], rel=1e-6)
    assert shock.marks[-1] / END_E8 == pytest.approx(1.0017, abs=1e-4), "the long mean is still above"
    profits = shock.profits
    assert profits["arbitrageur"] == pytest.approx(126_741, rel=1e-3)
    assert profits["maker"] == pytest.approx(-111_456, rel=1e-3), "at the index, for as long as it stands there"
    shock.leave()
    assert 0 <= shock.kept() <= 80
    assert shock.pricing.read("midE8", shock.instrument) == START_E8, "and the index is not asked"
