"""What adversaries spent on moving prices, and what they got for it.

An adversary is an agent that pushes a venue's price to use a market that believes it, of loans or of perpetuals.
Its accounts are its own and, where it attacks in one transaction, its contract's.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sim.metrics.keepers import fees_usd
from sim.metrics.timeline import Timeline, usd
from sim.perp_trace import account_owner
from sim.trace import AccountRecord, VenueTrade, adversary_role
from sim.units import BPS

ADVERSARIES = ("spot_attacker", "mean_attacker", "window_picker", "paper_profit_attacker")
"""Kinds of agents."""


@dataclass(frozen=True, slots=True)
class Manipulation:
    """All adversaries of a run together.

    Attributes
    ----------
    attacks
        Transactions that used a pushed price and went through.
    profit_usd
        Change of their balances, and what is left of their positions in markets where it is above their debt, both
        at the outside market's final prices (perpetuals: at their marks), less the fees that they paid.
    cost_usd
        What their trades on venues lost against the outside market's prices at the time, the venues' fees
        included, with fees and the price of flash loans.
    max_push_bps
        The largest distance of a venue's price from the outside market's that one of their trades left, of that.
    """

    attacks: int
    profit_usd: float
    cost_usd: float
    max_push_bps: int

    @property
    def gain_usd(self) -> float:
        """What markets gave them beyond what they left there: profit before cost."""
        return self.profit_usd + self.cost_usd


def manipulation(timeline: Timeline) -> Manipulation | None:
    """Attacks of a run; None where the scenario has no adversary."""
    names = adversaries(timeline)
    if not names:
        return None
    fees = fees_usd(timeline)
    paid = sum(fees.get(name, 0.0) for name in names)
    profit = sum(_wallet_usd(timeline, name) + _equity_usd(timeline, name) for name in names) - paid
    trades = list(_trades(timeline, names))
    cost = sum(_loss_usd(timeline, trade) for trade in trades) + _flash_fees_usd(timeline) + paid
    pushes = [_push_bps(timeline, trade) for trade in trades]
    done = {
        (item.block, item.agent)
        for item in timeline.trace.transactions
        if item.ok and item.intent == "attack" and item.agent in names
    }
    return Manipulation(len(done), profit, cost, max(pushes, default=0))


def attack_metrics(timeline: Timeline) -> dict[str, float | int]:
    """By name, where somebody attacks; nothing elsewhere."""
    found = manipulation(timeline)
    if found is None:
        return {}
    return {
        "attacks": found.attacks,
        "attack_profit_usd": found.profit_usd,
        "manipulation_cost_usd": found.cost_usd,
        "manipulation_gain_usd": found.gain_usd,
        "max_spot_push_bps": found.max_push_bps,
    }


def adversaries(timeline: Timeline) -> list[str]:
    """Agents that attack."""
    agents = timeline.scenario.get("agents", {})
    return [name for name, agent in agents.items() if agent["kind"] in ADVERSARIES]


def _wallet_usd(timeline: Timeline, name: str) -> float:
    start, end = timeline.records[0].balances, timeline.records[-1].balances
    change = 0.0
    for asset, price_e8 in timeline.final_prices_e8.items():
        units = end.get(name, {}).get(asset, 0) - start.get(name, {}).get(asset, 0)
        change += units / 10 ** timeline.decimals[asset] * usd(price_e8)
    return change


def _equity_usd(timeline: Timeline, name: str) -> float:
    """Positions with more collateral than debt; the others are abandoned."""
    lending = sum(
        max(_worth_usd(timeline, accounts[role]), 0.0)
        for accounts in timeline.trace.final_accounts.values()
        for role in (name, adversary_role(name))
        if role in accounts
    )
    perps = sum(
        max(account.equity_quote, 0) / 10 ** timeline.decimals[timeline.scenario["perps"][market]["quote"]]
        for market, accounts in timeline.trace.final_positions.items()
        for key, account in accounts.items()
        if account_owner(key) == name
    )
    return lending + perps


def _worth_usd(timeline: Timeline, account: AccountRecord) -> float:
    prices = timeline.final_prices_e8
    held = sum(timeline.value_down(asset, units, prices[asset]) for asset, units in account.supplied.items())
    owed = sum(timeline.value_up(asset, units, prices[asset]) for asset, units in account.debt.items())
    return usd(held - owed)


def _trades(timeline: Timeline, names: list[str]) -> Iterator[VenueTrade]:
    """Swaps in transactions of adversaries."""
    for trade in timeline.trace.trades:
        if timeline.transactions[trade.block, trade.tx].agent in names:
            yield trade


def _loss_usd(timeline: Timeline, trade: VenueTrade) -> float:
    """Value given less value received, at the outside market's prices just before the trade."""
    venue = timeline.venues[trade.venue]
    bought = venue["quote"] if trade.sold == venue["base"] else venue["base"]
    given, received = (
        units / 10 ** timeline.decimals[asset] * usd(timeline.outside_before_e8(asset, trade.position))
        for asset, units in ((trade.sold, trade.amount_in), (bought, trade.amount_out))
    )
    return given - received


def _push_bps(timeline: Timeline, trade: VenueTrade) -> int:
    venue = timeline.venues[trade.venue]
    base_e8, quote_e8 = (timeline.outside_before_e8(venue[side], trade.position) for side in ("base", "quote"))
    return abs(trade.after_e8 * quote_e8 - base_e8 * 10**8) * BPS // (base_e8 * 10**8)


def _flash_fees_usd(timeline: Timeline) -> float:
    total = 0.0
    for event in timeline.events("SpotPushed"):
        asset = event.args["loanAsset"]
        price_e8 = timeline.outside_before_e8(asset, (event.block, event.tx, event.log))
        total += event.args["flashFee"] / 10 ** timeline.decimals[asset] * usd(price_e8)
    return total
