"""Pictures of what the oracle saw and of what the market could take."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sim.metrics.summary import Result
from sim.report.drawing import INK, LOSS, NEUTRAL, ORACLE, OUTSIDE, POOL, Axis, layout, line

VENUES = (POOL, ORACLE, LOSS, NEUTRAL, INK)
"""Colours of venues, in their order."""


def oracle_picture(result: Result, asset: str, venues: list[str]) -> go.Figure:
    """Gap between an asset's oracle and the outside market, and the depth of the venues that trade it."""
    axis, series = Axis(result.series["time_s"]), result.series
    depths = {name: series.get(f"sell_depth_usd.{name}") for name in venues}
    outside = series.get(f"outside_sell_depth_usd.{asset}")
    panels = 2 if any(depths.values()) or outside else 1
    figure = make_subplots(rows=panels, cols=1, shared_xaxes=True, vertical_spacing=0.1)
    gaps = [
        None if oracle is None else 100 * (oracle / market - 1)
        for oracle, market in zip(series[f"oracle_usd.{asset}"], series[f"outside_usd.{asset}"], strict=True)
    ]
    figure.add_trace(line(axis, gaps, "oracle above the market", ORACLE, shape="hv"), row=1, col=1)
    if panels == 2:
        for i, (name, depth) in enumerate(depths.items()):
            shown = line(axis, depth, f"depth of {name}", VENUES[i % len(VENUES)])
            figure.add_trace(shown, row=2, col=1)
        if outside:
            figure.add_trace(line(axis, outside, "depth outside", OUTSIDE, dash="dot"), row=2, col=1)
    layout(figure, axis, 400 if panels == 2 else 240)
    figure.update_yaxes(title_text="percent", row=1, col=1)
    if panels == 2:
        figure.update_xaxes(title_text="", row=1, col=1)
        figure.update_yaxes(title_text="USD to −2 %", type="log", dtick=1, tickformat="~s", row=2, col=1)
    return figure
