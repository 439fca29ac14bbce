"""Pictures of a perpetual market: its prices, who closed what, funds, and what winners gave up."""

from collections.abc import Mapping

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sim.metrics.perps.summary import PerpResult
from sim.metrics.perps.waterfall import WaterfallRow
from sim.metrics.summary import Result
from sim.metrics.timeline import usd
from sim.report.drawing import EXOGENOUS, GAIN, INK, LOSS, NEUTRAL, ORACLE, OUTSIDE, POOL, Axis, layout, line

TIME_BINS = 160
PARTS: Mapping[str, tuple[str, str]] = {
    "book_base": ("in the book", NEUTRAL),
    "backstop_base": ("taken over by a vault", OUTSIDE),
    "deleveraged_base": ("deleveraged", LOSS),
}
"""What closes a position, by the field of a row: its name and its colour."""
FUND_COLOURS = (OUTSIDE, POOL, ORACLE, INK)
MAX_BARS = 60


def perp_picture(result: Result, market: str, instrument: str) -> go.Figure:
    """Mark, index, mid and exogenous price of an instrument; below, what liquidations closed, by who took it."""
    axis, series, key = Axis(result.series["time_s"]), result.series, f"{market}.{instrument}"
    rows = [row for row in result.perps.waterfall if (row.market, row.instrument) == (market, instrument)]
    panels = 2 if rows else 1
    heights = [0.62, 0.38][:panels]
    figure = make_subplots(rows=panels, cols=1, shared_xaxes=True, vertical_spacing=0.07, row_heights=heights)
    lines = (
        (series[f"exogenous_usd.{instrument}"], "exogenous (no impact)", EXOGENOUS, {"dash": "dot"}),
        (series[f"mid_usd.{key}"], "mid of the pricing", POOL, {"width": 1.3}),
        (series[f"index_usd.{key}"], "index", ORACLE, {"shape": "hv"}),
        (series[f"mark_usd.{key}"], "mark", INK, {"width": 2.2}),
    )
    for values, name, colour, style in lines:
        figure.add_trace(line(axis, values, name, colour, **style), row=1, col=1)
    for field, (name, colour) in PARTS.items():
        if any(getattr(row, field) for row in rows):
            figure.add_trace(_bars(axis, result, rows, field, name, colour), row=2, col=1)
    layout(figure, axis, 470 if rows else 320)
    figure.update_layout(barmode="stack")
    figure.update_yaxes(title_text=f"USD per {instrument}", tickformat=",.6~g", row=1, col=1)
    if rows:
        figure.update_xaxes(title_text="", row=1, col=1)
        figure.update_yaxes(title_text="USD closed", tickformat=",.3~s", row=2, col=1)
    return figure


def _bars(axis: Axis, result: Result, rows: list[WaterfallRow], field: str, name: str, colour: str) -> go.Bar:
    bins = max(1, min(TIME_BINS, len(axis.values)))
    width = axis.range[1] / bins
    heights = [0.0] * bins
    for row in rows:
        time_s = result.series["time_s"][row.position[0]]
        heights[min(bins - 1, int(axis.at(time_s) / width))] += usd(getattr(row, field))
    filled = [j for j in range(bins) if heights[j]]
    return go.Bar(
        x=[(j + 0.5) * width for j in filled],
        y=[heights[j] for j in filled],
        width=width,
        name=name,
        marker={"color": colour, "line": {"width": 0}},
        hovertemplate="%{y:,.3~s} USD",
    )


def funds_picture(result: Result) -> go.Figure:
    """Assets of every insurance fund."""
    axis = Axis(result.series["time_s"])
    figure = go.Figure()
    for i, path in enumerate(result.perps.funds):
        values = result.series[f"fund_tokens.{path.fund}"]
        colour = FUND_COLOURS[i % len(FUND_COLOURS)]
        figure.add_trace(line(axis, values, f"{path.fund} ({path.asset})", colour, shape="hv"))
    layout(figure, axis, 240)
    figure.update_layout(showlegend=True)
    figure.update_yaxes(title_text="tokens", tickformat=",.3~s", rangemode="tozero")
    return figure


def shares_given_up(perps: PerpResult) -> tuple[dict[str, float], float | None]:
    """What each winner gave up of its profit in percent, over all events, largest first; and the equal share.

    A winner's profit is the largest that it had before an event. The equal share is what all would have given up
    had it been taken of all in proportion.
    """
    cut: dict[str, int] = {}
    profit: dict[str, int] = {}
    for event in perps.deleveragings:
        for account, before in event.profits_quote.items():
            name = f"{account} · {event.instrument}"
            profit[name] = max(profit.get(name, 0), before)
            cut[name] = cut.get(name, 0) + event.cuts_quote.get(account, 0)
    shares = {name: 100 * cut[name] / profit[name] for name in profit}
    total = sum(profit.values())
    equal = 100 * sum(cut.values()) / total if total else None
    return dict(sorted(shares.items(), key=lambda item: -item[1])), equal


def haircuts_picture(perps: PerpResult) -> go.Figure:
    """What winners gave up of their profits, the largest first, against an equal share of all."""
    shares, equal = shares_given_up(perps)
    shown = list(shares.items())[:MAX_BARS]
    figure = go.Figure(
        go.Bar(
            x=list(range(1, len(shown) + 1)),
            y=[share for _, share in shown],
            customdata=[name for name, _ in shown],
            marker={"color": LOSS, "line": {"width": 0}},
            name="given up",
            hovertemplate="%{customdata}: %{y:.1f} %<extra></extra>",
        )
    )
    if equal is not None:
        figure.add_hline(
            y=equal,
            line={"color": GAIN, "width": 1.8, "dash": "dash"},
            annotation={"text": f"{equal:.1f} % if shared equally", "font": {"color": GAIN}, "yanchor": "bottom"},
        )
    layout(figure, None, 260)
    figure.update_layout(hovermode="closest", showlegend=False, bargap=0.2)
    figure.update_xaxes(title_text="winners, the one that gave up most first", dtick=max(1, len(shown) // 12))
    figure.update_yaxes(title_text="percent of profit", rangemode="tozero")
    return figure
