"""How long the liquidations of a run took until all was well again."""

from sim.metrics.timeline import Timeline
from sim.trace import AccountRecord
from sim.units import WAD


def recovery_blocks(timeline: Timeline) -> int | None:
    """Blocks from the first liquidation until no account could be liquidated and no claim is open, to the end.

    That is one below health 1, or below maintenance margin on a perpetual market. 0 where the block of the first
    liquidation leaves all well. None without a liquidation, and where the last block leaves such an account, with
    debt or with a position, or collateral that an execution has yet to sell.
    """
    first = min((event.block for name in STARTS for event in timeline.events(name)), default=None)
    if first is None or not _well_at_the_end(timeline):
        return None
    unwell = [block for block in range(first, len(timeline.trace.blocks) - 1) if not _well_after(timeline, block)]
    return unwell[-1] + 1 - first if unwell else 0


STARTS = ("Liquidation", "BandsTraded", "Liquidated")
"""Events with which collateral leaves a borrower (soft liquidation knows the second only) or a position closes."""


def _well_after(timeline: Timeline, block: int) -> bool:
    """Whether nothing is left to do after a block that is not the last."""
    after = timeline.record(block + 1)
    waiting = any(after.below_one.values()) or any(after.below_maintenance.values())
    return not waiting and not _claims_open(timeline, block)


def _well_at_the_end(timeline: Timeline) -> bool:
    waiting = any(
        _below_one(account) for accounts in timeline.trace.final_accounts.values() for account in accounts.values()
    )
    waiting = waiting or any(
        account.equity_quote < account.maintenance_quote
        for accounts in timeline.trace.final_positions.values()
        for account in accounts.values()
    )
    return not waiting and not _claims_open(timeline, len(timeline.trace.blocks) - 1)


def _below_one(account: AccountRecord) -> bool:
    return account.health_wad < WAD and bool(account.debt)


def _claims_open(timeline: Timeline, block: int) -> bool:
    """Whether an execution owes a market for collateral that it took over."""
    return any(
        reserve.claims for reserves in timeline.record(block).reserves.values() for reserve in reserves.values()
    )
