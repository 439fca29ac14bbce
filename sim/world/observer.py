"""Reads: one batch per block, and borrowers only when something that moves their health has changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sim.protocols.base import AccountState, FeedAdapter, FeedState, LendingAdapter, ReserveState
from sim.protocols.lens import words
from sim.protocols.venue import VenueState
from sim.protocols.venues.split import SplitVenue
from sim.units import BPS, WAD, rescale_down
from sim.world.world import World

HISTOGRAM_BINS = 60
BIN_WAD = WAD // 20
NEAR_LIMIT_BPS = 10_200
FEED_FIELDS = 4


@dataclass(frozen=True, slots=True)
class ChainState:
    """One batched read of everything but the borrowers."""

    feeds: Mapping[str, FeedState]
    sources: Mapping[str, FeedState]
    venues: Mapping[str, VenueState]
    reserves: Mapping[str, Mapping[str, ReserveState]]
    balances: Mapping[str, Mapping[str, int]]


class StateReader:
    """Reads feeds, venues, reserves and tracked balances; calldata is encoded once."""

    def __init__(self, world: World, holders: list[str]) -> None:
        lens = world.artifacts["TestbedLens"]
        self.world = world
        self.holders = holders
        self.assets = list(world.tokens)
        self._read_feeds = [*world.feeds.values(), *world.sources.values()]
        tokens = [world.tokens[asset].address for asset in self.assets]
        self._feeds = lens.encode("feedWords", [feed.address for feed in self._read_feeds])
        self._balances = lens.encode("balanceWords", tokens, [world.address(role) for role in holders])

    def read(self) -> ChainState:
        """State after the latest block."""
        chain, lens = self.world.chain, self.world.lens
        flat = words(chain.call(lens, self._feeds))
        states = [
            _feed(feed, flat[i * FEED_FIELDS : (i + 1) * FEED_FIELDS]) for i, feed in enumerate(self._read_feeds)
        ]
        outermost = len(self.world.feeds)
        balances = words(chain.call(lens, self._balances))
        count = len(self.holders)
        return ChainState(
            feeds=dict(zip(self.world.feeds, states[:outermost], strict=True)),
            sources=dict(zip(self.world.sources, states[outermost:], strict=True)),
            venues=self._venues(),
            reserves={name: market.read_reserves() for name, market in self.world.lending.items()},
            balances={
                role: {asset: balances[k * count + j] for k, asset in enumerate(self.assets)}
                for j, role in enumerate(self.holders)
            },
        )

    def _venues(self) -> dict[str, VenueState]:
        """Every venue; one that sells over others comes after them and is put together of what they say."""
        states: dict[str, VenueState] = {}
        for name, venue in self.world.venues.items():
            if isinstance(venue, SplitVenue):
                states[name] = venue.combined([states[part.name] for part in venue.parts])
            else:
                states[name] = venue.read()
        return states


def _feed(feed: FeedAdapter, fields: list[int]) -> FeedState:
    round_id, answer, observed_at, updated_at = fields
    if answer == 0 or answer >= 1 << 255:
        return FeedState(round_id, 0, observed_at, updated_at, False)
    return FeedState(round_id, rescale_down(answer, feed.decimals, 8), observed_at, updated_at, True)


class Accounts:
    """The borrowers of one market, read again only when a price, an index or a balance of theirs changed.

    Where rules weigh collateral, all are read again when the rules' key changes: a haircut was set, a ramp moved
    by a bp. Without rules that costs nothing.

    Between reads a health factor can only fall by accrued interest. `growth` bounds that: it is the product,
    over blocks, of the largest growth of any debt index. An account is read again when its last health divided
    by the growth since then could be below the market's limit, which is 1 or, where accounts may be liquidated
    early, above. `at_risk` lists those below the limit, `below_one` those below 1, in the order of their creation;
    `reads` counts the times that anything was read again.
    `requirements_key` is the rules' key at the last refresh. While the market has no price of an asset, nobody's
    health is known: all stays as it was last read, and balances that changed meanwhile are read when it has one.
    """

    def __init__(self, market: LendingAdapter, addresses: list[str]) -> None:
        self.market = market
        self.states: dict[str, AccountState] = {}
        self.histogram = [0] * HISTOGRAM_BINS
        self.at_risk: tuple[str, ...] = ()
        self.below_one: tuple[str, ...] = ()
        self.reads = 0
        self._limit_wad = market.health_limit_wad
        self._near_wad = self._limit_wad * NEAR_LIMIT_BPS // BPS
        self._order = {address: i for i, address in enumerate(addresses)}
        self._below: set[str] = set()
        self._near: set[str] = set()
        self._growth = 1.0
        self._growth_at_read: dict[str, float] = {}
        self._full_read_growth = 1.0
        self._reserves: Mapping[str, ReserveState] = {}
        self._priced: tuple[int, ...] = ()
        self._missed: set[str] = set()
        self.requirements_key = b""

    def refresh(self, reserves: Mapping[str, ReserveState], changed: Iterable[str]) -> None:
        """Bring the table up to date, given fresh reserves and the addresses whose balances changed."""
        self._accrue(reserves)
        prices = tuple(state.price_e8 for state in reserves.values())
        if self.states and not all(prices):
            self._missed.update(changed)
            return
        before, self.requirements_key = self.requirements_key, self.market.requirements_key()
        moved = prices != self._priced or self.requirements_key != before
        if moved or self._growth > self._full_read_growth * 1.005:
            stale: list[str] = list(self._order)
            self._full_read_growth = self._growth
        else:
            dirty = {address for address in (*changed, *self._missed) if address in self._order}
            dirty.update(address for address in self._near if self._may_be_below(address))
            stale = sorted(dirty, key=self._order.__getitem__)
        self._priced = prices
        self._missed.clear()
        if stale:
            self._read(stale)

    def _accrue(self, reserves: Mapping[str, ReserveState]) -> None:
        factors = [
            state.borrow_index_ray / self._reserves[asset].borrow_index_ray
            for asset, state in reserves.items()
            if asset in self._reserves
        ]
        self._growth *= max(factors, default=1.0)
        self._reserves = reserves

    def _may_be_below(self, address: str) -> bool:
        health = self.states[address].health_wad / WAD
        return health * self._growth_at_read[address] / self._growth < 1.000_001 * self._limit_wad / WAD

    def _read(self, addresses: list[str]) -> None:
        self.reads += 1
        moved = False
        for address, state in zip(addresses, self.market.read_accounts(addresses), strict=True):
            old = self.states.get(address)
            if old is not None:
                self.histogram[_bin(old.health_wad)] -= 1
            self.histogram[_bin(state.health_wad)] += 1
            self.states[address] = state
            self._growth_at_read[address] = self._growth
            is_below = state.health_wad < self._limit_wad
            moved = moved or is_below != (address in self._below)
            (self._below.add if is_below else self._below.discard)(address)
            is_near = not is_below and state.health_wad < self._near_wad
            (self._near.add if is_near else self._near.discard)(address)
        if moved:
            self.at_risk = tuple(sorted(self._below, key=self._order.__getitem__))
        early = self._limit_wad > WAD
        self.below_one = tuple(filter(self._is_below_one, self.at_risk)) if early else self.at_risk

    def _is_below_one(self, address: str) -> bool:
        return self.states[address].health_wad < WAD


def _bin(health_wad: int) -> int:
    return min(health_wad // BIN_WAD, HISTOGRAM_BINS - 1)
