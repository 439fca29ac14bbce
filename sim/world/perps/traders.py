"""Who has a position at the start: a group of the scenario becomes a list of accounts in units."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sim.scenario.model import Scenario
from sim.scenario.perps import BookGroup, ExplicitTraders, Hedgers, PositionLadder, TraderGroup
from sim.scenario.perps.instruments import Instrument
from sim.scenario.seeds import rng_for
from sim.units import BPS, WAD_DECIMALS, amount_from_base_down, mul_div_up, quantise, value_base_up


@dataclass(frozen=True, slots=True)
class Trader:
    """An account to open: margin and notional in units of quote, sizes in wad (long above 0).

    `spot` stays in the owner's wallet; `entry_e8` is the price at which the positions are opened, None for that of
    the start.
    """

    role: str
    market: str
    margin_quote: int
    positions: Mapping[str, int]
    isolated: bool = False
    collateral: Mapping[str, int] = field(default_factory=dict)
    spot: Mapping[str, int] = field(default_factory=dict)
    entry_e8: int | None = None

    @property
    def slot(self) -> str | None:
        """The instrument of an isolated account; None of a cross account."""
        return next(iter(self.positions)) if self.isolated else None


def realise_traders(scenario: Scenario, prices_e8: Mapping[str, int]) -> list[Trader]:
    """Draw every group's accounts; each group has a random stream of its own."""
    traders: list[Trader] = []
    for name, group in scenario.traders.items():
        traders.extend(_Draw(scenario, name, group, prices_e8).accounts())
    return traders


def maintenance_quote(instrument: Instrument, notional_quote: int, quote_decimals: int) -> int:
    """Maintenance margin of a notional, rounded up: each bracket's rate on the part that lies in it."""
    floors = [quantise(tier.floor_tokens, quote_decimals) for tier in instrument.tiers]
    ends = [*floors[1:], max(notional_quote, floors[-1])]
    owed = 0
    for tier, floor, end in zip(instrument.tiers, floors, ends, strict=True):
        owed += max(min(notional_quote, end) - floor, 0) * tier.maintenance_bps
    return -(-owed // BPS)


def initial_quote(instrument: Instrument, notional_quote: int, quote_decimals: int) -> int:
    """Initial margin of a notional, rounded up."""
    maintenance = maintenance_quote(instrument, notional_quote, quote_decimals)
    return mul_div_up(maintenance, BPS, instrument.maintenance_share_bps)


ENTRY_LEVELS = 9
"""Prices at which positions of a group with a spread of entries are opened."""


class _Draw:
    """One group being drawn."""

    def __init__(self, scenario: Scenario, name: str, group: TraderGroup, prices_e8: Mapping[str, int]) -> None:
        self.scenario = scenario
        self.name = name
        self.group = group
        self.prices_e8 = prices_e8
        self.market = scenario.perps[group.market]
        self.decimals = scenario.assets[self.market.quote].decimals
        self.rng = rng_for(scenario.seed, f"traders/{name}")

    def accounts(self) -> list[Trader]:
        """All accounts of the group."""
        group = self.group
        if isinstance(group, BookGroup):
            return self._book(group)
        if isinstance(group, PositionLadder):
            return self._ladder(group)
        if isinstance(group, Hedgers):
            return self._hedgers(group)
        return self._explicit(group)

    def _quote(self, tokens: float) -> int:
        return quantise(tokens, self.decimals)

    def _size_wad(self, instrument: str, notional_quote: int) -> int:
        """Size in wad of a notional in quote, which counts as a US dollar."""
        value_e8 = notional_quote * 10**8 // 10**self.decimals
        return amount_from_base_down(value_e8, WAD_DECIMALS, self.prices_e8[instrument])

    def _notional_quote(self, instrument: str, size_wad: int) -> int:
        value_e8 = value_base_up(abs(size_wad), WAD_DECIMALS, self.prices_e8[instrument])
        return mul_div_up(value_e8, 10**self.decimals, 10**8)

    def _margin_quote(self, instrument: str, notional_quote: int, leverage: float) -> int:
        """The margin of a leverage, and no less than initial margin."""
        least = initial_quote(self.market.instruments[instrument], notional_quote, self.decimals)
        return max(int(notional_quote / leverage), least)

    def _parts(self, count: int, sigma: float) -> np.ndarray:
        """Lognormal shares of a whole, `count` in sum."""
        sizes = self.rng.lognormal(0.0, sigma, count)
        return sizes * (count / sizes.sum())

    def _book(self, group: BookGroup) -> list[Trader]:
        parts = self._parts(group.count, group.notional_sigma)
        leverages = group.leverage_median * np.exp(group.leverage_sigma * self.rng.standard_normal(group.count))
        isolated = self.rng.permutation(group.count) < group.count * group.isolated_share_bps / BPS
        sides = self._sides(parts, group.long_share_bps / BPS)
        entries = self._entries_e8(group)
        traders = []
        for i in range(group.count):
            notional = self._quote(group.notional_tokens * float(parts[i]))
            leverage = min(float(leverages[i]), group.leverage_max)
            margin = self._margin_quote(group.instrument, notional, leverage)
            size = int(sides[i]) * self._size_wad(group.instrument, notional)
            gain = self._gain_quote(group.instrument, size, entries[i])
            least = initial_quote(self.market.instruments[group.instrument], notional, self.decimals)
            traders.append(
                self._trader(
                    i,
                    max(margin - gain, least),
                    {group.instrument: size},
                    isolated=bool(isolated[i]),
                    entry_e8=entries[i],
                )
            )
        return traders

    def _entries_e8(self, group: BookGroup) -> list[int | None]:
        """One of `ENTRY_LEVELS` prices about that of the start for each; None where there is no spread."""
        if not group.entry_spread_bps:
            return [None] * group.count
        start, most = self.prices_e8[group.instrument], ENTRY_LEVELS // 2
        levels = self.rng.integers(-most, most + 1, group.count)
        return [start + start * group.entry_spread_bps * int(level) // (BPS * most) for level in levels]

    def _gain_quote(self, instrument: str, size_wad: int, entry_e8: int | None) -> int:
        """Profit at the price of the start, rounded down."""
        if entry_e8 is None:
            return 0
        gain_e8 = size_wad * (self.prices_e8[instrument] - entry_e8) // 10**WAD_DECIMALS
        return gain_e8 * 10**self.decimals // 10**8

    @staticmethod
    def _sides(parts: np.ndarray, long_share: float) -> list[int]:
        """1 or -1 for each: the largest first, each on the side that is further below its share."""
        sides = [0] * len(parts)
        missing = {1: long_share * parts.sum(), -1: (1 - long_share) * parts.sum()}
        for i in sorted(range(len(parts)), key=lambda i: -parts[i]):
            side = 1 if missing[1] >= missing[-1] else -1
            sides[i] = side
            missing[side] -= parts[i]
        return sides

    def _ladder(self, group: PositionLadder) -> list[Trader]:
        """Rung k can be liquidated beyond a move m of 1 - (1 - start)(1 - spacing)^k: margin N m + M(N(1 ± m))."""
        instrument = self.market.instruments[group.instrument]
        notional = self._quote(group.notional_tokens)
        side = 1 if group.side == "long" else -1
        traders = []
        for k in range(group.count):
            kept = (BPS - group.start_bps) * (BPS - group.spacing_bps) ** k
            moved = notional - notional * kept // BPS ** (k + 1)
            margin = moved + maintenance_quote(instrument, notional - side * moved, self.decimals)
            positions = {group.instrument: side * self._size_wad(group.instrument, notional)}
            traders.append(self._trader(k, margin, positions, isolated=group.isolated))
        return traders

    def _hedgers(self, group: Hedgers) -> list[Trader]:
        parts = self._parts(group.count, group.spot_sigma)
        decimals = self.scenario.assets[group.instrument].decimals
        traders = []
        for i in range(group.count):
            size = quantise(group.spot_tokens * float(parts[i]), WAD_DECIMALS)
            notional = self._notional_quote(group.instrument, size)
            margin = self._margin_quote(group.instrument, notional, group.leverage)
            spot = {group.instrument: size * 10**decimals // 10**WAD_DECIMALS}
            traders.append(self._trader(i, margin, {group.instrument: -size}, spot=spot))
        return traders

    def _explicit(self, group: ExplicitTraders) -> list[Trader]:
        def units(amounts: Mapping[str, float]) -> dict[str, int]:
            assets = self.scenario.assets
            return {asset: quantise(tokens, assets[asset].decimals) for asset, tokens in amounts.items()}

        return [
            self._trader(
                i,
                self._quote(account.margin_tokens),
                {asset: quantise(tokens, WAD_DECIMALS) for asset, tokens in account.positions.items()},
                isolated=account.isolated,
                collateral=units(account.collateral_tokens),
                spot=units(account.spot_tokens),
            )
            for i, account in enumerate(group.accounts)
        ]

    def _trader(self, number: int, margin: int, positions: Mapping[str, int], **others: object) -> Trader:
        return Trader(f"{self.name}/{number}", self.group.market, margin, positions, **others)
