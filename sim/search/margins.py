"""How close an episode came to losses on its perpetual markets: margins spent, then stages of the waterfall."""

from sim.metrics.perps.deleveraging import deleveraged_base
from sim.metrics.perps.funds import fund_metrics
from sim.metrics.perps.losses import perp_losses
from sim.metrics.perps.margins import lowest_margin_ratio
from sim.metrics.perps.waterfall import waterfall
from sim.metrics.timeline import Timeline

HISTOGRAM_STEP = 0.05
MOST_RATIO = 3.0
"""Where the histogram of margin ratios ends."""


def lowest_margin(timeline: Timeline) -> float:
    """Lowest equity over maintenance margin at the start of any block, to the step of the histogram above 1."""
    below = lowest_margin_ratio(timeline)
    if below is not None:
        return below
    bins = [
        next((i for i, count in enumerate(record.histogram[market]) if count), len(record.histogram[market]))
        for record in timeline.trace.blocks
        for market in timeline.perps
        if market in record.histogram
    ]
    return min(HISTOGRAM_STEP * min(bins, default=0), MOST_RATIO) if bins else MOST_RATIO


def margin_spent(timeline: Timeline) -> float:
    """0 to 1 while margins shrink to maintenance, up to 2 while equity goes to the same below 0."""
    ratio = lowest_margin(timeline)
    if ratio >= 1:
        return (MOST_RATIO - ratio) / (MOST_RATIO - 1)
    return 1 + min((1 - ratio) / 2, 1.0)


def near_adl(timeline: Timeline) -> float:
    """Margin spent, then stages asked, the share of a fund that is gone, and what was deleveraged.

    Each comes with more weight than those before it, since the waterfall asks its stages in order; the last as a
    share of open interest.
    """
    asked = max((len(row.answers) for row in timeline.once(waterfall)), default=0)
    left = fund_metrics(timeline)["lowest_fund_share"]
    gone = 0.0 if left is None else 1 - left
    peak = max(timeline.once(perp_losses).peak_open_interest_base, 1)
    return margin_spent(timeline) + 2 * asked + 10 * gone + 100 * deleveraged_base(timeline) / peak


def near_perp_bad_debt(timeline: Timeline) -> float:
    """Margin spent, plus a hundred times the share of open interest that was lost."""
    lost = timeline.once(perp_losses)
    share = lost.bad_debt_base / lost.peak_open_interest_base if lost.peak_open_interest_base else 0.0
    return margin_spent(timeline) + 100 * share
