"""Who lost what: bad debt before insurance, what the funds paid, and what is left."""

from dataclasses import dataclass

from sim.metrics.perps.market import stage_kinds
from sim.metrics.timeline import Timeline
from sim.trace import AccountRecord, execution_role


@dataclass(frozen=True, slots=True)
class Losses:
    """Losses of the lending markets, in USD e8.

    Attributes
    ----------
    realised_base
        Debt written off, before insurance, at the prices that the market read.
    unrealised_base
        Final sum of max(debt - collateral, 0) over all accounts, and over all executions of what they still owe
        and hold, at the outside market's prices.
    insurance_drawn_base
        What the funds paid for lending markets, at the prices that these read.
    deficit_base
        Deficits still booked at the end, at the outside market's prices.
    peak_debt_base
        Largest total debt at the end of any block, or before the first, at the outside market's prices.
    """

    realised_base: int
    unrealised_base: int
    insurance_drawn_base: int
    deficit_base: int
    peak_debt_base: int

    @property
    def bad_debt_base(self) -> int:
        """Bad debt before insurance."""
        return self.realised_base + self.unrealised_base

    @property
    def residual_base(self) -> int:
        """Bad debt that no fund covered."""
        return max(0, self.bad_debt_base - self.insurance_drawn_base)


def losses(timeline: Timeline) -> Losses:
    """Losses of a run."""
    return Losses(
        realised_base=_realised_base(timeline),
        unrealised_base=_unrealised_base(timeline),
        insurance_drawn_base=_drawn_base(timeline),
        deficit_base=_final_deficit_base(timeline),
        peak_debt_base=max(debt_series_base(timeline)),
    )


def _realised_base(timeline: Timeline) -> int:
    total = 0
    for event in timeline.events("DeficitCreated"):
        asset = event.args["asset"]
        read = timeline.round_before(asset, (event.block, event.tx, event.log))
        total += timeline.value_up(asset, event.args["amount"], read.price_e8)
    return total


def _unrealised_base(timeline: Timeline) -> int:
    accounts = sum(
        shortfall_base(timeline, account)
        for accounts in timeline.trace.final_accounts.values()
        for account in accounts.values()
    )
    return accounts + sum(_execution_shortfall_base(timeline, market) for market in timeline.markets)


def _execution_shortfall_base(timeline: Timeline, market: str) -> int:
    """What the execution of a market owes beyond the value of all that it holds, rewards for keepers apart."""
    last, prices = timeline.records[-1], timeline.final_prices_e8
    owed = sum(
        timeline.value_up(asset, reserve.claims, prices[asset])
        for asset, reserve in last.reserves.get(market, {}).items()
    )
    if owed == 0:
        return 0
    kept = _incentives(timeline, market)
    held = sum(
        timeline.value_down(asset, amount - kept.get(asset, 0), prices[asset])
        for asset, amount in last.balances[execution_role(market)].items()
    )
    return max(0, owed - held)


def _incentives(timeline: Timeline, market: str) -> dict[str, int]:
    """Units that a Dutch auction keeps for rewards: its first balance and later penalties, less what it paid."""
    role = execution_role(market)
    if timeline.scenario["lending"][market].get("execution", {}).get("kind") != "dutch_auction":
        return {}
    kept = dict(timeline.records[0].balances[role])
    for name, amount, sign in (("IncentivesFunded", "amount", 1), ("KeeperRewarded", "paidAssets", -1)):
        for event in timeline.events(name):
            if event.emitter == role:
                kept[event.args["debtAsset"]] += sign * event.args[amount]
    return kept


def shortfall_base(timeline: Timeline, account: AccountRecord) -> int:
    """max(debt - collateral, 0) of an account at the final prices of the outside market (USD e8)."""
    prices = timeline.final_prices_e8
    debt = sum(timeline.value_up(asset, amount, prices[asset]) for asset, amount in account.debt.items())
    if debt == 0:
        return 0
    collateral = sum(
        timeline.value_down(asset, amount, prices[asset]) for asset, amount in account.supplied.items()
    )
    return max(0, debt - collateral)


def _drawn_base(timeline: Timeline) -> int:
    total = 0
    stages = stage_kinds(timeline)
    for event in timeline.events("DeficitDrawn"):
        if event.args["protocol"] in stages:
            continue
        asset = timeline.scenario["insurance"][event.emitter]["asset"]
        position = (event.block, event.tx, event.log)
        if asset in timeline.feeds:
            price_e8 = timeline.round_before(asset, position).price_e8
        else:
            price_e8 = timeline.record(event.block).outside_e8[asset]
        total += timeline.value_down(asset, event.args["drawn"], price_e8)
    return total


def _final_deficit_base(timeline: Timeline) -> int:
    prices = timeline.final_prices_e8
    return sum(
        timeline.value_up(asset, reserve.deficit, prices[asset])
        for reserves in timeline.records[-1].reserves.values()
        for asset, reserve in reserves.items()
    )


def debt_series_base(timeline: Timeline) -> list[int]:
    """Total debt before the run and after each block, at the outside market's prices of that block (USD e8)."""
    return [
        sum(
            timeline.value_down(asset, reserve.total_debt, record.outside_e8[asset])
            for reserves in record.reserves.values()
            for asset, reserve in reserves.items()
        )
        for record in timeline.records
    ]
