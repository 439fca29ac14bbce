"""A perpetual market with real pricing, mark and stages: they fit each other, and the books balance."""

from __future__ import annotations

import pytest

from sim.units import E8, WAD
from tests.deployed import Deployed
from tests.lending import OWNER, REPORTER
from tests.perps import ALICE, BOB, CROSS, KEEPER, USD, PerpMarket, new_perp_market

ETH = WAD
KINDS = ["OracleImpactPricing", "VirtualAmmPricing"]
MAX_AGE_S = 3_600
IMPACT = (5 * 10**10, 10**11, 50, 0)
"""A million dollars of imbalance at balance cost $ 100,000: shallow, so that impact shows."""
WINDOWS = (900, 15, 1_800, 5, 500)
"""Windows of perp-curie, records 5 s apart, premium within 5 %."""
TIERS = [(0, 200, 0), (500_000 * USD, 500, 15_000 * USD)]


class Venue:
    """ETH with a real feed at $ 2,000, priced by one kind of pricing and marked by the median."""

    def __init__(self, chain, deploy, kind: str) -> None:
        perps = self.perps = new_perp_market(chain, deploy)
        self.eth = perps.instruments["ETH"]
        self.price_e8 = 2_000 * E8
        self.feed: Deployed = deploy(chain, "PriceFeed", 8, "ETH / USD", REPORTER)
        self.report()
        pricing: Deployed = deploy(chain, kind, 6, OWNER)
        mark: Deployed = deploy(chain, "MedianMark", OWNER)
        pricing.send(OWNER, "setMarket", perps.market)
        if kind == "OracleImpactPricing":
            pricing.send(OWNER, "setInstrument", self.eth, (self.feed.address, MAX_AGE_S, *IMPACT))
        else:
            pricing.send(OWNER, "openCurve", self.eth, self.feed, MAX_AGE_S, 5_000_000 * WAD)
        mark.send(OWNER, "setInstrument", self.eth, (self.feed.address, MAX_AGE_S, pricing.address, *WINDOWS))
        mark.send(KEEPER, "poke", self.eth)
        self.pricing, self.mark = pricing, mark
        perps.add(
            "ETH",
            0,
            tiers=TIERS,
            pricing=pricing,
            mark=mark,
            tradingFeeBps=5,
            makerFeeShareBps=5_000,
            liquidationFeeBps=100,
            fundShareBps=5_000,
            closeMinBps=2_000,
            minNotionalQuote=USD,
            fundingIntervalS=28_800,
            fundingGapS=86_400,
        )
        perps.pay_in(pricing.address, 2_000_000 * USD, payer=OWNER)

    def report(self) -> None:
        """Report the index."""
        self.feed.send(REPORTER, "pushRound", self.price_e8, self.perps.chain.timestamp_s)

    def move(self, price_e8: int, wait_s: int = 60) -> None:
        """Let time pass and report another index, and record it."""
        self.perps.wait(wait_s)
        self.price_e8 = price_e8
        self.report()
        if self.mark.read("due", self.eth):
            self.mark.send(KEEPER, "poke", self.eth)

    def arbitrage_wad(self) -> int:
        """Return about the size that brings the mid of a virtual curve of $ 5 million to the index."""
        mid = self.pricing.read("midE8", self.eth)
        return (self.price_e8 - mid) * 2_500_000 * E8 * WAD // self.price_e8**2


@pytest.fixture(params=KINDS)
def venue(request, revm, deploy):
    return Venue(revm, deploy, request.param)


def close_all(perps: PerpMarket, accounts: list[str]) -> None:
    """Close every position in the book."""
    for account in accounts:
        if size := perps.size(account, "ETH"):
            perps.trade(account, "ETH", -size)


def test_a_round_trip_costs_impact_and_fees_and_leaves_nothing_behind(venue):
    perps = venue.perps
    for account in (ALICE, BOB):
        perps.pay_in(account, 50_000 * USD)
    before = perps.state(venue.pricing).equityQuote
    perps.trade(ALICE, "ETH", 20 * ETH)
    assert perps.of("ETH").makerWad == -20 * ETH == -venue.pricing.read("netWad", venue.eth)
    perps.trade(BOB, "ETH", -5 * ETH)
    close_all(perps, [ALICE, BOB])
    assert perps.cash(ALICE) + perps.cash(BOB) < 100_000 * USD
    assert perps.state(venue.pricing).equityQuote > before
    assert perps.position(venue.pricing, "ETH").entryQuote == 0
    perps.require_conserved()


def test_a_fall_is_liquidated_at_the_mark_and_self_dealing_still_gains_nothing(venue):
    perps = venue.perps
    perps.pay_in(ALICE, 3_000 * USD)
    perps.pay_in(BOB, 3_000 * USD)
    perps.trade(ALICE, "ETH", 20 * ETH)
    perps.trade(BOB, "ETH", -20 * ETH)
    venue.move(1_930 * E8)
    for _ in range(40):
        if perps.state(ALICE).equityQuote < perps.state(ALICE).maintenanceQuote:
            break
        venue.move(1_880 * E8, wait_s=120)
        # Whoever trades for a virtual curve brings it to the index.
        if venue.pricing.read("midE8", venue.eth) > 1_890 * E8:
            perps.pay_in(KEEPER, 50_000 * USD)
            perps.trade(KEEPER, "ETH", -10 * ETH)
    event = perps.liquidate(ALICE, "ETH")
    assert event["bookWad"] + event["stagesWad"] > 0
    assert event["markE8"] < 1_950 * E8
    perps.require_conserved()
    both = perps.state(ALICE).equityQuote + perps.state(BOB).equityQuote
    assert both <= 6_000 * USD or perps.size(KEEPER, "ETH")


def test_an_index_that_grows_stale_stops_trades_but_not_deposits_and_settlement(venue):
    perps = venue.perps
    perps.pay_in(ALICE, 10_000 * USD)
    perps.trade(ALICE, "ETH", ETH)
    perps.wait(MAX_AGE_S + 1)
    assert perps.trade_error(ALICE, "ETH", -ETH).startswith("StaleIndex(")
    assert perps.liquidate_error(ALICE, "ETH").startswith("StaleIndex(")
    perps.pay_in(ALICE, USD)
    perps.market.send(BOB, "settle", ALICE, CROSS)
    venue.move(2_000 * E8)
    perps.trade(ALICE, "ETH", -ETH)
    perps.require_conserved()
