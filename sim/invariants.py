"""Invariants: one identifier and one predicate each, checked by the engine after every block, by tests and search.

A predicate gets the state before and after a block, the block's decoded events in order, and `Totals`: what only
the world can know. It yields one line per breach, with what was observed and what is allowed. A standing breach of
a balance is reported in the block in which it appears.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sim.trace import AccountRecord, BlockRecord, Event, ReserveRecord, Violation
from sim.units import BPS, E8, UINT256_MAX, WAD, value_base_up

INV_SOLVENCY = "INV_SOLVENCY"
INV_CONSERVATION = "INV_CONSERVATION"
INV_INDEX_MONOTONE = "INV_INDEX_MONOTONE"
INV_FUND_NON_NEGATIVE = "INV_FUND_NON_NEGATIVE"
INV_NO_HARMFUL_LIQUIDATION = "INV_NO_HARMFUL_LIQUIDATION"
INV_CASH_MATCHES_BALANCE = "INV_CASH_MATCHES_BALANCE"
INV_K_NON_DECREASING = "INV_K_NON_DECREASING"
INV_SHARE_VALUE = "INV_SHARE_VALUE"
INV_PERP_CONSERVATION = "INV_PERP_CONSERVATION"
INV_PERP_ZERO_SUM = "INV_PERP_ZERO_SUM"

SOLVENCY_ROUNDING_UNITS = 2
"""Claims are rounded down and debt up, each once."""
LIQUIDATION_ROUNDING_UNITS = 3
"""Per side of a liquidation: the amount, the scaled balance and the treasury's fee are rounded once each."""
LIQUIDATION_ROUNDING_BASE = 8
"""Values are rounded to a base unit per reserve and side."""
UNKNOWN_DEBT_BASE = E8
SHARE_VALUE_ROUNDING_UNITS = 100
"""A balance at a rate is rounded down by a unit, which is worth many where a pool has run short of that coin."""


@dataclass(frozen=True, slots=True)
class LiquidationRule:
    """Of a reserve: highest liquidation threshold that any account may have, in bps; decimals of its token."""

    threshold_bps: int
    decimals: int


@dataclass(frozen=True, slots=True)
class ShareValue:
    """Of a StableSwap pool: its invariant (18 decimals), shares, and the rates of its coins in wad."""

    invariant: int
    shares: int
    rates_wad: tuple[int, int]


@dataclass(frozen=True, slots=True)
class PerpBooks:
    """Of a perpetual market, in units of quote: what it has, holds and owes to all; sizes in sum by instrument."""

    balance: int
    held: int
    bad_debt: int
    owed: int
    net_wad: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Totals:
    """What predicates need beyond the block records; what is left out is not checked.

    Attributes
    ----------
    token_totals
        By asset: total supply, and the sum of the balances of all known holders (units).
    pool_balances
        By market and asset: token balance of the market's contract (units).
    fund_draws
        By fund and market: units drawn so far, and the cap.
    rules
        By market and asset.
    accounts_before
        By market and role: accounts liquidated in the block, at its start.
    other_venues
        Venues that are no constant-product pools.
    share_values
        By StableSwap pool whose rates answer: before and after the block.
    perp_books
        By perpetual market in which anything happened.
    """

    token_totals: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    pool_balances: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    fund_draws: Mapping[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    rules: Mapping[str, Mapping[str, LiquidationRule]] = field(default_factory=dict)
    accounts_before: Mapping[tuple[str, str], AccountRecord] = field(default_factory=dict)
    other_venues: frozenset[str] = frozenset()
    share_values: Mapping[str, tuple[ShareValue, ShareValue]] = field(default_factory=dict)
    perp_books: Mapping[str, PerpBooks] = field(default_factory=dict)


Predicate = Callable[[BlockRecord, BlockRecord, Sequence[Event], Totals], Iterator[str]]


def _reserves(current: BlockRecord) -> Iterator[tuple[str, str, ReserveRecord]]:
    for market, reserves in current.reserves.items():
        for asset, reserve in reserves.items():
            yield market, asset, reserve


def _shortfall(reserve: ReserveRecord) -> int:
    return reserve.total_supplied - (reserve.cash + reserve.total_debt + reserve.deficit + reserve.claims)


def solvency(
    previous: BlockRecord, current: BlockRecord, events: Sequence[Event], totals: Totals
) -> Iterator[str]:
    """Claims on a reserve are at most its cash, debt, booked deficit and what an execution owes it."""
    for market, asset, reserve in _reserves(current):
        before = previous.reserves.get(market, {}).get(asset)
        standing = before is not None and _shortfall(before) > SOLVENCY_ROUNDING_UNITS
        if _shortfall(reserve) > SOLVENCY_ROUNDING_UNITS and not standing:
            backing = reserve.cash + reserve.total_debt + reserve.deficit + reserve.claims
            yield (
                f"{market}.{asset}: claims {reserve.total_supplied}, at most {backing} + {SOLVENCY_ROUNDING_UNITS}"
            )


def conservation(
    previous: BlockRecord, current: BlockRecord, events: Sequence[Event], totals: Totals
) -> Iterator[str]:
    """The balances of all holders of a token add up to its supply."""
    for asset, (supply, held) in totals.token_totals.items():
        if supply != held:
            yield f"{asset}: holders have {held}, total supply is {supply}"


def index_monotone(
    previous: BlockRecord, current: BlockRecord, events: Sequence[Event], totals: Totals
) -> Iterator[str]:
    """Liquidity and borrow indexes never fall, but for a loss that suppliers take."""
    socialised = {(e.emitter, e.args.get("asset")) for e in events if e.name == "LossSocialised"}
    for market, asset, reserve in _reserves(current):
        before = previous.reserves.get(market, {}).get(asset)
        if before is None:
            continue
        for name in ("liquidity_index_ray", "borrow_index_ray"):
            old, new = getattr(before, name), getattr(reserve, name)
            taken = name == "liquidity_index_ray" and (market, asset) in socialised
            if new < old and not taken:
                yield f"{market}.{asset}.{name}: {new}, at least {old}"


def fund_non_negative(
    previous: BlockRecord, current: BlockRecord, events: Sequence[Event], totals: Totals
) -> Iterator[str]:
    """A fund never holds less than nothing and never pays more than asked, than it has, or than a cap."""
    for fund, assets in current.funds.items():
        if assets < 0:
            yield f"{fund}: assets {assets}, at least 0"
    for event in events:
        if event.name == "DeficitDrawn":
            limit = min(event.args["requested"], event.args["assetsBefore"])
            if event.args["drawn"] > limit:
                yield f"{event.emitter}: drew {event.args['drawn']}, at most {limit}"
    for fund, draws in totals.fund_draws.items():
        for market, (drawn, cap) in draws.items():
            if drawn > cap:
                yield f"{fund}: {market} drew {drawn} in all, at most its cap {cap}"


def no_harmful_liquidation(
    previous: BlockRecord, current: BlockRecord, events: Sequence[Event], totals: Totals
) -> Iterator[str]:
    """At the prices read, liquidating an account with HF > LT * (1 + bonus) does not lower its health.

    With 1 + bonus = seized / repaid by value, HF' - HF = r (HF - LT (1 + b)) / (D - r), so it rises; what rounding
    may take is bounded by a few units of either token, over the debt left.
    """
    repaid_base: dict[tuple[str, str], int] = {}
    for event in events:
        if event.name != "Liquidation" or event.emitter not in totals.rules:
            continue
        args, rules = event.args, totals.rules[event.emitter]
        collateral, debt = rules[args["collateralAsset"]], rules[args["debtAsset"]]
        key = (event.emitter, args["user"])
        repaid = value_base_up(args["repaidAssets"], debt.decimals, args["debtPriceBase"])
        repaid_base[key] = repaid_base.get(key, 0) + repaid
        before, after = args["healthBeforeWad"], args["healthAfterWad"]
        seized = value_base_up(args["seizedAssets"], collateral.decimals, args["collateralPriceBase"])
        if after == UINT256_MAX or before * BPS * repaid <= collateral.threshold_bps * seized * WAD:
            continue
        account = totals.accounts_before.get(key)
        debt_left = account.debt_base - repaid_base[key] if account is not None else UNKNOWN_DEBT_BASE
        rounding_base = LIQUIDATION_ROUNDING_BASE + LIQUIDATION_ROUNDING_UNITS * (
            value_base_up(1, collateral.decimals, args["collateralPriceBase"])
            + value_base_up(1, debt.decimals, args["debtPriceBase"])
        )
        limit = before - WAD * rounding_base // max(debt_left, 1)
        if after < limit:
            yield f"{event.emitter}: {args['user']} fell from health {before} to {after}, at least {limit}"


def cash_matches_balance(
    previous: BlockRecord, current: BlockRecord, events: Sequence[Event], totals: Totals
) -> Iterator[str]:
    """A market holds at least the tokens that it books as cash; donations are above it."""
    for market, balances in totals.pool_balances.items():
        for asset, reserve in current.reserves.get(market, {}).items():
            if balances[asset] < reserve.cash:
                yield f"{market}.{asset}: holds {balances[asset]}, at least the booked cash {reserve.cash}"


def k_non_decreasing(
    previous: BlockRecord, current: BlockRecord, events: Sequence[Event], totals: Totals
) -> Iterator[str]:
    """A constant-product pool's product of reserves falls in no swap; only a withdrawal of liquidity lowers it."""
    reserves = {name: venue.reserves for name, venue in previous.venues.items() if name not in totals.other_venues}
    synced: dict[str, tuple[int, int]] = {}
    for event in events:
        venue = event.emitter
        if venue not in reserves:
            continue
        if event.name == "Sync":
            yield from _k_fell(venue, reserves, synced.pop(venue, reserves[venue]))
            synced[venue] = (event.args["reserve0"], event.args["reserve1"])
        elif event.name in ("Swap", "Mint"):
            yield from _k_fell(venue, reserves, synced.pop(venue, reserves[venue]))
        elif event.name == "Burn":
            reserves[venue] = synced.pop(venue, reserves[venue])
    for venue, state in current.venues.items():
        if venue in reserves:
            yield from _k_fell(venue, reserves, synced.pop(venue, state.reserves))
            yield from _k_fell(venue, reserves, state.reserves)


def _k_fell(venue: str, reserves: dict[str, tuple[int, int]], new: tuple[int, int]) -> Iterator[str]:
    old = reserves[venue]
    if new[0] * new[1] < old[0] * old[1]:
        yield f"{venue}: reserves {new} multiply to less than {old}"
    reserves[venue] = new


def share_value(
    previous: BlockRecord, current: BlockRecord, events: Sequence[Event], totals: Totals
) -> Iterator[str]:
    """A StableSwap pool's invariant per share falls in no trade, deposit or withdrawal; only a rate lowers it."""
    for venue, (before, after) in totals.share_values.items():
        if any(now < then for now, then in zip(after.rates_wad, before.rates_wad, strict=True)):
            continue
        if (after.invariant + SHARE_VALUE_ROUNDING_UNITS) * before.shares < before.invariant * after.shares:
            yield (
                f"{venue}: {after.shares} shares stand for an invariant of {after.invariant},"
                f" {before.shares} of them for {before.invariant} before"
            )


def perp_conservation(
    previous: BlockRecord, current: BlockRecord, events: Sequence[Event], totals: Totals
) -> Iterator[str]:
    """What a perpetual market holds, and the losses that nobody bears yet, are what it owes, to the unit."""
    for market, books in totals.perp_books.items():
        if books.held + books.bad_debt != books.owed:
            yield f"{market}: holds {books.held} with bad debt of {books.bad_debt}, owes {books.owed}"
        if books.balance < books.held:
            yield f"{market}: has {books.balance} tokens, at least the booked {books.held}"


def perp_zero_sum(
    previous: BlockRecord, current: BlockRecord, events: Sequence[Event], totals: Totals
) -> Iterator[str]:
    """The sizes of all positions in an instrument add up to nothing."""
    for market, books in totals.perp_books.items():
        for instrument, net_wad in books.net_wad.items():
            if net_wad:
                yield f"{market}.{instrument}: sizes add up to {net_wad}, 0 expected"


PREDICATES: dict[str, Predicate] = {
    INV_SOLVENCY: solvency,
    INV_CONSERVATION: conservation,
    INV_INDEX_MONOTONE: index_monotone,
    INV_FUND_NON_NEGATIVE: fund_non_negative,
    INV_NO_HARMFUL_LIQUIDATION: no_harmful_liquidation,
    INV_CASH_MATCHES_BALANCE: cash_matches_balance,
    INV_K_NON_DECREASING: k_non_decreasing,
    INV_SHARE_VALUE: share_value,
    INV_PERP_CONSERVATION: perp_conservation,
    INV_PERP_ZERO_SUM: perp_zero_sum,
}


def check(
    previous: BlockRecord, current: BlockRecord, events: Sequence[Event], totals: Totals | None = None
) -> list[Violation]:
    """All breaches of a block. `events` are those of the block, in order."""
    totals = Totals() if totals is None else totals
    return [
        Violation(current.block, identifier, detail)
        for identifier, predicate in PREDICATES.items()
        for detail in predicate(previous, current, events, totals)
    ]
