"""What perpetual markets lost beyond the equity of those who lost it, and who bore that.

*Realised* is every loss beyond an account's equity, before insurance and counted once: where it left the account.
That is what funds paid (`DeficitPaid`), what was socialised (`LossSocialised`) and what was booked as bad debt
(`BadDebtBooked`) for an account, and what deleveraged winners and vaults gave up against the mark by closing at
its bankruptcy price. What covers booked bad debt later is not counted again; of a fill beyond the bankruptcy price
only the part up to it is, since the rest is the account's gain and not its loss.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sim.metrics.perps.closings import closings
from sim.metrics.perps.deleveraging import deleveragings
from sim.metrics.perps.market import notional_base, quote_base, value_quote
from sim.metrics.perps.waterfall import taken_loss_quote
from sim.metrics.timeline import Timeline, usd
from sim.trace import Event

Metric = float | int | None


@dataclass(frozen=True, slots=True)
class PerpLosses:
    """Losses of all perpetual markets of a run, USD e8 with quote at par.

    Attributes
    ----------
    deleveraged_base, vault_base, fund_base, socialised_base, booked_base
        Parts of what was realised, by who bore it; the last one nobody.
    fund_drawn_base
        What funds paid, for booked bad debt too.
    covered_base
        Booked bad debt that was covered later.
    unrealised_base
        Final sum of negative equities at the marks.
    peak_open_interest_base
        Largest open interest at the end of any block or before the first: the larger side of every instrument.
    """

    deleveraged_base: int
    vault_base: int
    fund_base: int
    fund_drawn_base: int
    socialised_base: int
    booked_base: int
    covered_base: int
    unrealised_base: int
    peak_open_interest_base: int

    @property
    def realised_base(self) -> int:
        """Losses beyond equity before insurance."""
        insured = self.deleveraged_base + self.vault_base + self.fund_base + self.socialised_base
        return insured + self.booked_base

    @property
    def bad_debt_base(self) -> int:
        """The same with what is not realised yet."""
        return self.realised_base + self.unrealised_base

    @property
    def residual_base(self) -> int:
        """What nobody bore or covered."""
        return max(0, self.booked_base - self.covered_base) + self.unrealised_base


def perp_losses(timeline: Timeline) -> PerpLosses:
    """Losses of a run. Read through `Timeline.once`."""
    return PerpLosses(
        deleveraged_base=_deleveraged_base(timeline),
        vault_base=_vault_base(timeline),
        fund_base=_base(timeline, filter(of_account, _market_events(timeline, "DeficitPaid"))),
        fund_drawn_base=_base(timeline, _market_events(timeline, "DeficitPaid")),
        socialised_base=_base(timeline, filter(of_account, _market_events(timeline, "LossSocialised"))),
        booked_base=_base(timeline, _market_events(timeline, "BadDebtBooked")),
        covered_base=_base(timeline, _market_events(timeline, "BadDebtCovered")),
        unrealised_base=_unrealised_base(timeline),
        peak_open_interest_base=max(open_interest_base(timeline), default=0),
    )


def of_account(event: Event) -> bool:
    """Whether a payment is for an account; the zero address stands for bad debt that was booked before."""
    owner = event.args["owner"]
    return not owner.startswith("0x") or bool(owner.strip("0x"))


def _market_events(timeline: Timeline, name: str) -> Iterator[Event]:
    return (event for event in timeline.events(name) if event.emitter in timeline.perps)


def _base(timeline: Timeline, events: Iterator[Event]) -> int:
    return sum(quote_base(timeline, event.emitter, event.args["amountQuote"]) for event in events)


def _deleveraged_base(timeline: Timeline) -> int:
    total = 0
    for event in timeline.once(deleveragings):
        for cut in event.haircuts:
            at_bankruptcy = value_quote(timeline, event.market, cut.size_wad, event.bankruptcy_e8)
            gap = at_bankruptcy - value_quote(timeline, event.market, cut.size_wad, cut.mark_e8)
            total += quote_base(timeline, event.market, max(0, min(cut.haircut_quote, gap)))
    return total


def _vault_base(timeline: Timeline) -> int:
    return sum(
        quote_base(timeline, closing.market, taken_loss_quote(timeline, closing.market, log))
        for closing in timeline.once(closings)
        for log in closing.named("PositionTaken")
    )


def _unrealised_base(timeline: Timeline) -> int:
    return sum(
        quote_base(timeline, market, max(0, -account.equity_quote))
        for market, accounts in timeline.trace.final_positions.items()
        for account in accounts.values()
    )


def open_interest_base(timeline: Timeline) -> list[int]:
    """Open interest before the run and after each block (USD e8): the larger side of every instrument."""
    return [
        sum(
            notional_base(max(one.long_wad, one.short_wad), one.mark_e8 or one.index_e8)
            for instruments in record.perps.values()
            for one in instruments.values()
        )
        for record in timeline.records
    ]


def loss_metrics(timeline: Timeline) -> dict[str, Metric]:
    """Losses in USD, and what was paid in funding and fees."""
    lost = timeline.once(perp_losses)

    def paid_usd(name: str, field: str) -> float:
        amounts = [
            quote_base(timeline, event.emitter, max(event.args[field], 0))
            for event in _market_events(timeline, name)
        ]
        return usd(sum(amounts))

    return {
        "perp_bad_debt_usd": usd(lost.bad_debt_base),
        "perp_realised_bad_debt_usd": usd(lost.realised_base),
        "perp_unrealised_bad_debt_usd": usd(lost.unrealised_base),
        "perp_residual_bad_debt_usd": usd(lost.residual_base),
        "perp_bad_debt_booked_usd": usd(lost.booked_base),
        "perp_bad_debt_covered_usd": usd(lost.covered_base),
        "perp_fund_paid_usd": usd(lost.fund_base),
        "perp_socialised_usd": usd(lost.socialised_base),
        "peak_open_interest_usd": usd(lost.peak_open_interest_base),
        "funding_paid_usd": paid_usd("FundingSettled", "paidQuote"),
        "trading_fees_usd": paid_usd("Traded", "feeQuote"),
        "liquidation_fees_usd": paid_usd("Liquidated", "feeQuote"),
    }
