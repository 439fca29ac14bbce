"""Who gained and who lost in a perpetual market; together they come to nothing but rounding."""

from dataclasses import dataclass

from sim.metrics.perps.losses import of_account
from sim.metrics.perps.market import instruments, pricing_role, quote_usd, stage_kinds
from sim.metrics.timeline import Timeline
from sim.perp_trace import PerpAccountRecord, account_owner
from sim.units import bps_mul_down

MAKER = "maker"
FEES = "fees"
FUND = "fund"
UNPAID = "bad debt"
DONORS = "donors"


@dataclass(frozen=True, slots=True)
class Gain:
    """What a group of a market gained, in quote: change of equity without collateral, less net deposits.

    `group` is a group of traders, `maker`, the role of a stage or of another account; `fees` are those that the
    market and its insurance fund keep, `fund` what funds paid in, `bad debt` what nobody paid (below 0).
    """

    market: str
    group: str
    quote: int


def gains(timeline: Timeline, market: str) -> list[Gain]:
    """All groups with accounts, in order of appearance, then what is no account's.

    Funding that is due counts as paid. The sum is 0 but for rounding, of funding and of values.
    """
    makers = {pricing_role(timeline, market, name) for name in instruments(timeline, market)}
    found: dict[str, int] = {}

    def add(account: str, amount: int) -> None:
        owner = account_owner(account)
        group = MAKER if owner in makers else owner.partition("/")[0]
        found[group] = found.get(group, 0) + amount

    trace = timeline.trace
    for sign, accounts in ((-1, trace.initial_positions), (1, trace.final_positions)):
        for name, record in accounts.get(market, {}).items():
            add(name, sign * _own_quote(record))
    for name, sign in (("Deposited", -1), ("Withdrawn", 1)):
        for event in timeline.events(name):
            if event.emitter == market:
                add(event.args["owner"], sign * event.args["amountQuote"])
    return [Gain(market, group, amount) for group, amount in (found | _others(timeline, market)).items()]


def _own_quote(record: PerpAccountRecord) -> int:
    return record.equity_quote - record.collateral_quote


def _others(timeline: Timeline, market: str) -> dict[str, int]:
    def amounts(name: str, booked_before: bool = False) -> int:
        return sum(
            event.args["amountQuote"]
            for event in timeline.events(name)
            if event.emitter == market and not (booked_before and of_account(event))
        )

    paid, booked, covered = amounts("DeficitPaid"), amounts("BadDebtBooked"), amounts("BadDebtCovered")
    donated = covered - amounts("DeficitPaid", True) - amounts("LossSocialised", True)
    return {FEES: _fees_quote(timeline, market), FUND: -paid, UNPAID: covered - booked, DONORS: -donated}


def _fees_quote(timeline: Timeline, market: str) -> int:
    """What the market keeps of fees: of trades all but the maker's share, of liquidations the fund's share."""
    total = 0
    for event in timeline.events("Traded"):
        if event.emitter == market:
            model = instruments(timeline, market)[event.args["instrument"]]
            fee = event.args["feeQuote"]
            total += fee - bps_mul_down(fee, model.get("maker_fee_share_bps", 0))
    for event in timeline.events("Liquidated"):
        if event.emitter == market:
            model = instruments(timeline, market)[event.args["instrument"]]
            total += bps_mul_down(event.args["feeQuote"], model.get("fund_share_bps", 0))
    return total


def gain_metrics(timeline: Timeline) -> dict[str, float]:
    """What makers and backstop vaults gained, and by how much all gains and losses of all markets miss 0."""
    found = {market: gains(timeline, market) for market in timeline.perps}
    vaults = {role for role, kind in stage_kinds(timeline).items() if kind == "backstop"}

    def total_usd(groups: set[str]) -> float:
        return sum(
            quote_usd(timeline, market, one.quote)
            for market, rows in found.items()
            for one in rows
            if one.group in groups
        )

    return {
        "maker_gain_usd": total_usd({MAKER}),
        "backstop_gain_usd": total_usd(vaults),
        "perp_zero_sum_gap_usd": sum(
            quote_usd(timeline, market, abs(sum(one.quote for one in rows))) for market, rows in found.items()
        ),
    }
