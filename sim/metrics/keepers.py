"""Keepers, rescues and the queue in front of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sim.metrics.liquidations import Liquidation
from sim.metrics.perps.market import quote_usd
from sim.metrics.timeline import Timeline, usd
from sim.metrics.waves import Row
from sim.units import BPS, WAD, fee_usd

KEEPER_KINDS = ("keeper", "perp_keeper", "deleverager")
LIQUIDATE = ("liquidate", "deleverage")
"""Intents of those who liquidate."""


def fees_usd(timeline: Timeline) -> dict[str, float]:
    """Fees paid per agent (USD), from the fee ledger at the native asset's price of each block."""
    paid: dict[str, float] = {}
    for item in timeline.trace.transactions:
        if item.fee_gwei:
            fee = fee_usd(item.gas, item.fee_gwei, timeline.native_price_usd(item.block))
            paid[item.agent] = paid.get(item.agent, 0.0) + fee
    return paid


def _credited_usd(timeline: Timeline, market: str, name: str) -> float:
    """Change of a keeper's equity at a perpetual market, quote at par."""
    ends = (timeline.trace.initial_positions, timeline.trace.final_positions)
    accounts = [end.get(market, {}).get(name) for end in ends]
    start, last = (0 if account is None else account.equity_quote for account in accounts)
    return quote_usd(timeline, market, last - start)


def keeper_profit_usd(timeline: Timeline) -> dict[str, float]:
    """Profit per keeper (USD): change of its balances at the outside market's final prices, minus its fees.

    Both ends are valued at the final prices, so a price move of the inventory it started with is not in it.
    Collateral that it holds as shares of a market is not in it either. What a keeper of a perpetual market has
    there, fees it was credited above all, is.
    """
    fees = fees_usd(timeline)
    prices = timeline.final_prices_e8
    start, end = timeline.records[0].balances, timeline.records[-1].balances
    profit = {}
    for name, agent in timeline.scenario.get("agents", {}).items():
        if agent["kind"] not in KEEPER_KINDS:
            continue
        change = _credited_usd(timeline, agent["market"], name) if agent["kind"] != "keeper" else 0.0
        for asset, price_e8 in prices.items():
            units = end.get(name, {}).get(asset, 0) - start.get(name, {}).get(asset, 0)
            change += units / 10 ** timeline.decimals[asset] * usd(price_e8)
        profit[name] = change - fees.get(name, 0.0)
    return profit


@dataclass(frozen=True, slots=True)
class Rescues:
    """Borrowers who tried to save themselves.

    Attributes
    ----------
    tried
        Borrowers who bid for a rescue, whether or not they got in.
    landed
        Those of them who landed one.
    too_late
        Those who were liquidated after their first bid and before a rescue landed, if one did.
    mean_wait_blocks
        Blocks from the first bid to the first rescue that landed, on average; None if none did.
    """

    tried: int
    landed: int
    too_late: int
    mean_wait_blocks: float | None


def rescues(timeline: Timeline) -> Rescues:
    """Rescues by borrower: congestion and low bids show as waiting, as coming too late, or as never landing."""
    trace = timeline.trace
    tried = {bid.sender: bid.block for bid in trace.first_bids if bid.intent == "rescue"}
    landed: dict[str, tuple[int, int]] = {}
    for item in trace.transactions:
        if item.intent == "rescue" and item.ok:
            landed.setdefault(item.sender, (item.block, item.index))
    never = (len(trace.blocks), 0)
    late = {
        event.args["user"]
        for event in trace.events
        if event.name == "Liquidation"
        and event.args["user"] in tried
        and (tried[event.args["user"]], -1) < (event.block, event.tx) < landed.get(event.args["user"], never)
    }
    waits = [block - tried[sender] for sender, (block, _) in landed.items()]
    return Rescues(len(tried), len(landed), len(late), sum(waits) / len(waits) if waits else None)


def reverted_liquidations(timeline: Timeline) -> int:
    """Liquidations that were included and reverted: races lost and state that had moved on."""
    return sum(item.intent in LIQUIDATE and not item.ok for item in timeline.trace.transactions)


def liquidations_series(timeline: Timeline, table: Sequence[Row]) -> list[int]:
    """Liquidations per block."""
    counts = Counter(row.block for row in table)
    return [counts.get(record.block, 0) for record in timeline.trace.blocks]


def backlog_series(timeline: Timeline) -> tuple[list[int], list[float]]:
    """Accounts below health 1 at the start of each block, and their debt (USD)."""
    accounts, debts = [], []
    for record in timeline.trace.blocks:
        waiting = [account for market in record.below_one.values() for account in market.values()]
        accounts.append(len(waiting))
        debts.append(usd(sum(account.debt_base for account in waiting)))
    return accounts, debts


def lowest_health(timeline: Timeline) -> float | None:
    """Lowest health factor that any account had at the start of a block; None if none was below 1."""
    healths = [
        account.health_wad
        for record in timeline.trace.blocks
        for market in record.below_one.values()
        for account in market.values()
    ]
    return min(healths) / WAD if healths else None


def bonus_usd(timeline: Timeline, table: list[Liquidation]) -> float:
    """What liquidated accounts paid above par (USD), at the prices read: seized minus repaid."""
    return usd(sum(row.collateral_base - row.debt_base for row in table))


def bonus_share(timeline: Timeline, market: str, asset: str) -> float:
    """Liquidation bonus of a reserve as a fraction."""
    return timeline.trace.market_rules[market][asset].bonus_bps / BPS
