"""What an episode came to, and how far it was from each outcome: what the search climbs on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import log1p

from sim.metrics.losses import Losses, losses
from sim.metrics.outcomes import Outcome, outcomes
from sim.metrics.summary import Metric, summarise
from sim.metrics.tables import liquidation_tables
from sim.metrics.timeline import Timeline
from sim.metrics.waves import Row, induced_base
from sim.search.margins import lowest_margin, margin_spent, near_adl, near_perp_bad_debt
from sim.search.objectives import OBJECTIVE, closeness_of, parse_bound
from sim.trace import Trace
from sim.units import WAD

HISTOGRAM_STEP = 0.05


@dataclass(frozen=True)
class Assessment:
    """Outcomes, and by outcome kind a closeness to it: larger is closer, comparable between episodes only.

    `closeness` also holds `lowest_health`, the negated lowest health that any borrower reached; with perpetual
    markets also `adl` and `lowest_margin`, the negated lowest equity over maintenance margin.
    """

    outcomes: tuple[Outcome, ...]
    closeness: dict[str, float]
    trace: Trace = field(repr=False, compare=False)

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """All metrics of the trace, computed when they are first asked for."""
        return summarise(self.trace).metrics

    def outcome(self, aim: str) -> Outcome | None:
        """The outcome that an aim asks for, or None."""
        bound = parse_bound(aim)
        if bound is None:
            return next((outcome for outcome in self.outcomes if outcome.kind == aim), None)
        return Outcome(OBJECTIVE, bound.details(self.metrics)) if bound.reached(self.metrics) else None

    def how_close(self, aim: str) -> float:
        """Closeness to an outcome or a bound; of the name of a metric, its value."""
        if aim in self.closeness:
            return self.closeness[aim]
        bound = parse_bound(aim)
        return closeness_of(aim, self.metrics) if bound is None else bound.closeness(self.metrics)


def assess(trace: Trace) -> Assessment:
    """Outcomes and closenesses of a finished trace."""
    timeline = Timeline(trace)
    tables, lost = timeline.once(liquidation_tables), timeline.once(losses)
    closeness = {
        "lowest_health": -_lowest_health(timeline),
        "bad_debt": _near_bad_debt(trace, lost),
        "cascade": _near_cascade(tables.merged),
        "toxic_liquidation": -min((row.health_before_wad / WAD for row in tables.lending), default=2.0),
        "keeper_stall": float(_longest_liquidatable(trace)),
        "fund_depleted": _most_drawn(trace),
    }
    if timeline.perps:
        closeness["bad_debt"] = max(closeness["bad_debt"], near_perp_bad_debt(timeline))
        closeness["cascade"] += margin_spent(timeline)
        closeness["fund_depleted"] += margin_spent(timeline)
        closeness["adl"] = near_adl(timeline)
        closeness["lowest_margin"] = -lowest_margin(timeline)
    return Assessment(tuple(outcomes(timeline)), closeness, trace)


def _lowest_health(timeline: Timeline) -> float:
    """Lowest health at the start of any block, to the step of the histogram above 1."""
    trace = timeline.trace
    below = [
        account.health_wad / WAD
        for record in trace.blocks
        for accounts in record.below_one.values()
        for account in accounts.values()
    ]
    if below:
        return min(below)
    bins = [
        next((i for i, count in enumerate(histogram) if count), len(histogram))
        for record in trace.blocks
        for market, histogram in record.histogram.items()
        if market not in timeline.perps
    ]
    return HISTOGRAM_STEP * min(bins, default=0)


def _near_bad_debt(trace: Trace, lost: Losses) -> float:
    """Largest debt over collateral of an account, plus a hundred times the share of debt that was lost."""
    ratios = [
        account.debt_base / account.collateral_base
        for record in trace.blocks
        for accounts in record.below_one.values()
        for account in accounts.values()
        if account.collateral_base
    ]
    share = lost.bad_debt_base / lost.peak_debt_base if lost.peak_debt_base else 0.0
    return max(ratios, default=0.0) + 100 * share


def _near_cascade(table: Sequence[Row]) -> float:
    """Induced share, generations and number of liquidations, the later ones with less weight."""
    total = sum(row.liquidated_base for row in table)
    if not total:
        return 0.0
    deepest = max(row.generation for row in table)
    return induced_base(table) / total + 0.5 * min(deepest, 2) + 0.1 * log1p(len(table))


def _longest_liquidatable(trace: Trace) -> int:
    """Blocks that the most patient account spent below health 1 or maintenance margin."""
    spent = Counter(
        (market, role)
        for record in trace.blocks
        for below in (record.below_one, record.below_maintenance)
        for market, accounts in below.items()
        for role in accounts
    )
    return max(spent.values(), default=0)


def _most_drawn(trace: Trace) -> float:
    """Largest share that any fund lost of its assets at the start."""
    start, last = trace.initial.funds, trace.blocks[-1].funds if trace.blocks else trace.initial.funds
    return max((1 - last[name] / assets for name, assets in start.items() if assets), default=0.0)
