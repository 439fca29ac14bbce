"""Pictures of a run: prices, liquidations, health, losses, queues and block space."""

from collections.abc import Collection

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sim.metrics.liquidations import Liquidation
from sim.metrics.summary import Result
from sim.metrics.timeline import usd
from sim.report.drawing import (
    EXOGENOUS,
    GAIN,
    LOSS,
    MUTED,
    NEUTRAL,
    ORACLE,
    OUTSIDE,
    POOL,
    Axis,
    layout,
    line,
)
from sim.report.words import dollars
from sim.trace import Trace

GENERATIONS = ("#7b8794", "#f0b429", "#e8833a", "#cf4f2b", "#a1221f", "#5f0f1d")
HEALTH_STEP = 0.05
TIME_BINS = 160


def price_picture(trace: Trace, result: Result, asset: str) -> go.Figure:
    """Outside, exogenous, oracle and pool prices of one asset."""
    axis, series = Axis(result.series["time_s"]), result.series
    figure = go.Figure()
    figure.add_trace(line(axis, series[f"exogenous_usd.{asset}"], "exogenous (no impact)", EXOGENOUS, dash="dot"))
    for venue, model in trace.scenario.get("venues", {}).items():
        if model["base"] == asset and model.get("kind") != "split":
            figure.add_trace(line(axis, series[f"pool_usd.{venue}"], f"venue {venue}", POOL, width=1.3))
    figure.add_trace(line(axis, series[f"outside_usd.{asset}"], "outside market", OUTSIDE, width=2.2))
    if f"oracle_usd.{asset}" in series:
        figure.add_trace(line(axis, series[f"oracle_usd.{asset}"], "oracle", ORACLE, shape="hv"))
    figure.update_yaxes(title_text=f"USD per {asset}", tickformat=",.6~g")
    return layout(figure, axis, 360)


def generation_groups(table: list[Liquidation]) -> list[tuple[str, int, int]]:
    """At most six groups of generations: (name, lowest, highest)."""
    highest = max((row.generation for row in table), default=0)
    if highest < len(GENERATIONS):
        return [(f"wave {g}" + (" (the fall itself)" if g == 0 else ""), g, g) for g in range(highest + 1)]
    bounds = [0, 1, 2, 4, 10, 30, highest + 1]
    bounds = [bound for bound in bounds if bound <= highest] + [highest + 1]
    bounds = list(dict.fromkeys(bounds))
    return [
        (f"wave {low}" if high - low == 1 else f"waves {low}–{high - 1}", low, high - 1)
        for low, high in zip(bounds, bounds[1:], strict=False)
    ]


def waves_picture(result: Result) -> go.Figure:
    """What was liquidated over time, coloured by generation; below it the generations, if there are several."""
    axis = Axis(result.series["time_s"])
    highest = max((row.generation for row in result.rows), default=0)
    panels = 2 if highest else 1
    heights = [0.6, 0.4][:panels]
    figure = make_subplots(rows=panels, cols=1, shared_xaxes=True, vertical_spacing=0.07, row_heights=heights)
    for i, (name, low, high) in enumerate(generation_groups(result.rows)):
        rows = [row for row in result.rows if low <= row.generation <= high]
        figure.add_trace(_wave_bars(axis, rows, name, GENERATIONS[i] if highest else OUTSIDE), row=1, col=1)
        if highest:
            figure.add_trace(_wave_dots(axis, rows, name, GENERATIONS[i]), row=2, col=1)
    layout(figure, axis, 420 if highest else 240)
    figure.update_layout(barmode="stack", hovermode="closest", showlegend=bool(highest))
    figure.update_yaxes(title_text="USD liquidated", tickformat=",.3~s", row=1, col=1)
    if highest:
        figure.update_xaxes(title_text="", row=1, col=1)
        figure.update_yaxes(title_text="generation", range=[-0.6, highest + 0.6], tickformat="d", row=2, col=1)
        figure.update_yaxes(dtick=1 if highest <= 8 else None, row=2, col=1)
    return figure


def _wave_bars(axis: Axis, rows: list[Liquidation], name: str, colour: str) -> go.Bar:
    bins = max(1, min(TIME_BINS, len(axis.values)))
    width = axis.range[1] / bins
    heights = [0.0] * bins
    for row in rows:
        heights[min(bins - 1, max(0, int(axis.at(row.time_s) / width)))] += usd(row.liquidated_base)
    filled = [j for j in range(bins) if heights[j]]
    return go.Bar(
        x=[(j + 0.5) * width for j in filled],
        y=[heights[j] for j in filled],
        width=width,
        name=name,
        legendgroup=name,
        marker={"color": colour, "line": {"width": 0}},
        hovertemplate="%{y:,.3~s} USD",
    )


def _wave_dots(axis: Axis, rows: list[Liquidation], name: str, colour: str) -> go.Scatter:
    largest = max((row.liquidated_base for row in rows), default=1) or 1
    return go.Scatter(
        x=[axis.at(row.time_s) for row in rows],
        y=[row.generation for row in rows],
        mode="markers",
        name=name,
        legendgroup=name,
        showlegend=False,
        marker={
            "color": colour,
            "size": [5 + 9 * (row.liquidated_base / largest) ** 0.5 for row in rows],
            "opacity": 0.75,
            "line": {"width": 0},
        },
        customdata=[[row.account, row.block, dollars(usd(row.liquidated_base))] for row in rows],
        hovertemplate="%{customdata[0]}<br>block %{customdata[1]}, %{customdata[2]} USD<extra></extra>",
    )


def health_picture(trace: Trace, markets: Collection[str], who: str, figure_name: str) -> go.Figure:
    """Accounts of some markets by health factor, or by another figure that ends at 1, over time.

    The open last bin is left out.
    """
    axis = Axis([record.time_s for record in trace.blocks])
    step = max(1, -(-len(trace.blocks) // 320))
    tables = [
        [counts for market, counts in record.histogram.items() if market in markets]
        for record in trace.blocks[::step]
    ]
    bins = max((len(counts) for table in tables for counts in table), default=60)
    columns = [[sum(counts[i] for counts in table if i < len(counts)) for i in range(bins)] for table in tables]
    highest = max((i for column in columns for i, count in enumerate(column[:-1]) if count), default=bins - 1)
    rows = min(bins - 1, max(24, highest + 2))
    lowest = min(16, min((i for column in columns for i, count in enumerate(column) if count), default=0))
    most = max((max(column[:rows]) for column in columns), default=1) or 1
    figure = go.Figure(
        go.Heatmap(
            x=axis.values[::step],
            y=[(i + 0.5) * HEALTH_STEP for i in range(rows)],
            z=[[column[i] or None for column in columns] for i in range(rows)],
            zmin=0,
            zmax=most,
            colorscale=[[0, "#eef4fb"], [0.15, "#b9d2ec"], [0.5, "#4f86c0"], [1, "#123a6b"]],
            colorbar={
                "title": {"text": who, "side": "right", "font": {"size": 12, "color": MUTED}},
                "tickfont": {"color": MUTED},
                "thickness": 10,
                "outlinewidth": 0,
            },
            hovertemplate=f"{figure_name} %{{y:.2f}}: %{{z}} {who}<extra></extra>",
        )
    )
    figure.add_hline(y=1.0, line={"color": LOSS, "width": 1.2, "dash": "dash"})
    figure.add_annotation(
        x=1,
        xref="paper",
        y=1.0,
        text="liquidatable below 1",
        showarrow=False,
        yshift=-10,
        xanchor="right",
        font={"color": LOSS, "size": 11},
    )
    layout(figure, axis, 340)
    figure.update_layout(hovermode="closest")
    figure.update_yaxes(title_text=figure_name, showgrid=False, range=[lowest * HEALTH_STEP, rows * HEALTH_STEP])
    return figure


def loss_rows(result: Result) -> list[tuple[str, float, str]]:
    """Who lost and who gained: name, USD, colour; whoever did neither is left out."""
    metrics = result.metrics
    rows = [
        ("Bad debt, written off", -metrics["realised_bad_debt_usd"], LOSS),
        ("Bad debt, still open", -metrics["unrealised_bad_debt_usd"], LOSS),
        ("Paid by insurance", -metrics["insurance_drawn_usd"], "#c97b63"),
        ("Lost by borrowers in liquidations", -metrics["borrower_loss_usd"], "#c97b63"),
        ("Fees for block space", -metrics["fees_usd"], NEUTRAL),
    ]
    rows += [(name, profit, GAIN if profit >= 0 else LOSS) for name, profit in result.keeper_profit_usd.items()]
    return [row for row in rows if row[1]]


def losses_picture(result: Result) -> go.Figure:
    """Who lost and who gained, in USD."""
    rows = loss_rows(result)[::-1]
    figure = go.Figure(
        go.Bar(
            x=[value for _, value, _ in rows],
            y=[name for name, _, _ in rows],
            orientation="h",
            marker={"color": [colour for _, _, colour in rows], "line": {"width": 0}},
            text=[dollars(value) for _, value, _ in rows],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:,.2f} USD<extra></extra>",
        )
    )
    layout(figure, None, 100 + 30 * len(rows))
    figure.update_xaxes(title_text="USD (losses to the left, gains to the right)")
    figure.update_layout(hovermode="closest", bargap=0.35, margin={"l": 210, "r": 70, "t": 12, "b": 44})
    low, high = min((v for _, v, _ in rows), default=0), max((v for _, v, _ in rows), default=0)
    pad = 0.18 * ((high - low) or 1.0)
    figure.update_xaxes(tickformat=",.3~s", range=[low - pad, high + pad])
    figure.update_xaxes(zeroline=True, zerolinecolor=MUTED, showgrid=True)
    figure.update_yaxes(showgrid=False)
    return figure


def backlog_picture(result: Result) -> go.Figure:
    """Debt waiting to be liquidated, and deficit booked so far."""
    axis = Axis(result.series["time_s"])
    figure = go.Figure()
    waiting = line(axis, result.series["backlog_debt_usd"], "debt below health 1", "#e8833a", width=1.4)
    waiting.update(fill="tozeroy", fillcolor="rgba(232,131,58,0.18)")
    figure.add_trace(waiting)
    if any(result.series["deficit_usd"]):
        figure.add_trace(line(axis, result.series["deficit_usd"], "deficit booked", LOSS, shape="hv"))
    figure.update_yaxes(title_text="USD", tickformat=",.3~s", rangemode="tozero")
    return layout(figure, axis, 260)


def block_space_picture(result: Result) -> go.Figure:
    """Fees, and pending transactions where any had to wait."""
    axis, series = Axis(result.series["time_s"]), result.series
    panels = 2 if any(series["pending_transactions"]) else 1
    rows = {"rows": panels, "row_heights": [0.62, 0.38][:panels]}
    figure = make_subplots(**rows, cols=1, shared_xaxes=True, vertical_spacing=0.09)
    figure.add_trace(line(axis, series["inclusion_fee_gwei"], "fee for inclusion", POOL, width=3), row=1, col=1)
    if any(series["base_fee_gwei"]):
        figure.add_trace(line(axis, series["base_fee_gwei"], "base fee", OUTSIDE, width=1.3), row=1, col=1)
    layout(figure, axis, 340 if panels == 2 else 240)
    figure.update_yaxes(title_text="gwei", rangemode="tozero", row=1, col=1)
    if panels == 2:
        pending = line(axis, series["pending_transactions"], "pending", NEUTRAL, width=1.2, shape="hv")
        pending.update(fill="tozeroy", fillcolor="rgba(123,135,148,0.2)")
        figure.add_trace(pending, row=2, col=1)
        figure.update_xaxes(title_text="", row=1, col=1)
        figure.update_yaxes(title_text="transactions", rangemode="tozero", row=2, col=1)
    return figure
