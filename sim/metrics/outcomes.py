"""Typed outcomes of a run, as they are defined."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sim.metrics.liquidations import Liquidation
from sim.metrics.losses import Losses, losses
from sim.metrics.perps.deleveraging import deleveraged_base, deleveraging_metrics, deleveragings
from sim.metrics.perps.funds import DEPLETED_PERCENT
from sim.metrics.perps.losses import PerpLosses, perp_losses
from sim.metrics.perps.margins import DEFAULT_STALL_BLOCKS, perp_stalls
from sim.metrics.tables import liquidation_tables
from sim.metrics.timeline import Timeline, usd
from sim.metrics.waves import Row, induced_base, liquidation_class, waves
from sim.trace import AccountRecord
from sim.units import BPS, E8

OutcomeKind = Literal[
    "cascade", "bad_debt", "toxic_liquidation", "keeper_stall", "fund_depleted", "adl", "invariant"
]

MIN_BAD_DEBT_BASE = 100 * E8
MIN_BAD_DEBT_BPS = 1
MIN_STALLED_DEBT_BASE = 1_000 * E8


@dataclass(frozen=True, slots=True)
class Outcome:
    """Something that went wrong, with the figures that show it (units in their names)."""

    kind: OutcomeKind
    details: Mapping[str, Any] = field(default_factory=dict)


def outcomes(timeline: Timeline) -> list[Outcome]:
    """All outcomes of a run in a fixed order, at most one of each kind."""
    tables = timeline.once(liquidation_tables)
    found = (
        _cascade(tables.merged),
        _bad_debt(timeline.once(losses), timeline.once(perp_losses)),
        _toxic_liquidation(tables.lending),
        _keeper_stall(timeline),
        _fund_depleted(timeline),
        _adl(timeline),
        _invariant(timeline),
    )
    return [outcome for outcome in found if outcome is not None]


def _cascade(table: Sequence[Row]) -> Outcome | None:
    if liquidation_class(table) != "cascade":
        return None
    total = sum(row.liquidated_base for row in table)
    return Outcome(
        "cascade",
        {
            "waves": len(waves(table)),
            "liquidations": len(table),
            "liquidated_usd": usd(total),
            "induced_share": induced_base(table) / total if total else 0.0,
        },
    )


def _bad_debt(lost: Losses, perps: PerpLosses) -> Outcome | None:
    """Bad debt of at least 100 USD and of 1 bp of peak debt, to which open interest counts at its own peak."""
    loss = lost.bad_debt_base + perps.bad_debt_base
    peak = lost.peak_debt_base + perps.peak_open_interest_base
    if loss < MIN_BAD_DEBT_BASE or loss * BPS < peak * MIN_BAD_DEBT_BPS:
        return None
    return Outcome(
        "bad_debt",
        {
            "bad_debt_usd": usd(loss),
            "realised_usd": usd(lost.realised_base + perps.realised_base),
            "unrealised_usd": usd(lost.unrealised_base + perps.unrealised_base),
            "share_of_peak_debt": loss / peak if peak else None,
        },
    )


def _toxic_liquidation(table: list[Liquidation]) -> Outcome | None:
    toxic = [row for row in table if row.toxic]
    if not toxic:
        return None
    first = toxic[0]
    return Outcome(
        "toxic_liquidation",
        {"liquidations": len(toxic), "first_block": first.block, "first_account": first.account},
    )


@dataclass(frozen=True, slots=True)
class Stall:
    """An account that nobody liquidated: from its first block below 1, for how many blocks, owing how much."""

    market: str
    account: str
    first_block: int
    blocks: int
    debt_usd: float


def stalls(timeline: Timeline) -> list[Stall]:
    """Every stretch in which an account could have been liquidated for `stall_blocks` blocks and was not.

    A stretch counts block starts at which health is below 1 at valid prices with at least 1,000 USD of debt and
    something left to seize: debt without collateral is bad debt, which no keeper can end. A liquidation of the
    account in a block ends it, and so does a price that the market would refuse.
    """
    params = timeline.scenario.get("outcomes", {})
    needed = params.get("stall_blocks", DEFAULT_STALL_BLOCKS)
    liquidated = {(e.block, e.emitter, e.args["user"]) for e in timeline.events("Liquidation")}
    running: dict[tuple[str, str], tuple[int, int]] = {}
    found: dict[tuple[str, str, int], Stall] = {}
    for record in timeline.trace.blocks:
        still: dict[tuple[str, str], tuple[int, int]] = {}
        for market, accounts in record.below_one.items():
            for role, account in accounts.items():
                if (record.block, market, role) in liquidated or not _counts(timeline, record.block, account):
                    continue
                first, blocks = running.get((market, role), (record.block, 0))
                still[market, role] = (first, blocks + 1)
                if blocks + 1 >= needed:
                    debt = usd(account.debt_base)
                    found[market, role, first] = Stall(market, role, first, blocks + 1, debt)
        running = still
    return list(found.values())


def _counts(timeline: Timeline, block: int, account: AccountRecord) -> bool:
    if account.debt_base < MIN_STALLED_DEBT_BASE or not account.supplied:
        return False
    feeds = timeline.record(block - 1).feeds
    return all(feeds[asset].valid for asset in (*account.supplied, *account.debt))


def _keeper_stall(timeline: Timeline) -> Outcome | None:
    found = [*stalls(timeline), *perp_stalls(timeline)]
    if not found:
        return None
    longest = max(found, key=lambda stall: stall.blocks)
    owed = {"debt_usd": longest.debt_usd} if isinstance(longest, Stall) else {"notional_usd": longest.notional_usd}
    return Outcome(
        "keeper_stall",
        {
            "accounts": len({(stall.market, stall.account) for stall in found}),
            "longest_blocks": longest.blocks,
            "longest_account": longest.account,
            "first_block": longest.first_block,
            **owed,
        },
    )


def _fund_depleted(timeline: Timeline) -> Outcome | None:
    funds = list(dict.fromkeys((*_nearly_empty(timeline), *_cut_short(timeline))))
    if not funds:
        return None
    last = timeline.records[-1].funds
    return Outcome("fund_depleted", {"funds": funds, "assets_left": {name: last[name] for name in funds}})


def _nearly_empty(timeline: Timeline) -> Iterator[str]:
    """Funds that fell below 1 % of their start, in any block."""
    for name, start in timeline.records[0].funds.items():
        if any(record.funds[name] * 100 < start * DEPLETED_PERCENT for record in timeline.trace.blocks):
            yield name


def _cut_short(timeline: Timeline) -> Iterator[str]:
    """Funds with a draw that their assets, and not the cap, cut short."""
    for event in timeline.events("DeficitDrawn"):
        args = event.args
        if args["drawn"] < args["requested"] and args["drawn"] == args["assetsBefore"] and args["capLeft"] > 0:
            yield event.emitter


def _adl(timeline: Timeline) -> Outcome | None:
    """Deleveraged notional above 0."""
    events = timeline.once(deleveragings)
    notional = deleveraged_base(timeline)
    if not notional:
        return None
    figures = deleveraging_metrics(timeline)
    return Outcome(
        "adl",
        {
            "deleveraged_usd": usd(notional),
            "events": figures["adl_events"],
            "accounts": figures["adl_accounts"],
            "first_block": events[0].position[0],
            "first_account": events[0].bankrupt,
            "needed_usd": figures["adl_needed_usd"],
            "taken_usd": figures["adl_taken_usd"],
            "beyond_equal_usd": figures["adl_beyond_equal_usd"],
            "largest_haircut_share": figures["adl_largest_haircut_share"],
        },
    )


def _invariant(timeline: Timeline) -> Outcome | None:
    violations = timeline.trace.violations
    if not violations:
        return None
    first = violations[0]
    return Outcome(
        "invariant",
        {
            "violations": len(violations),
            "invariants": sorted({violation.invariant for violation in violations}),
            "first_block": first.block,
            "first_detail": first.detail,
        },
    )
