"""What all pictures share: few lines, quiet grids, one time axis, units on every axis."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

INK, MUTED, GRID = "#1f2933", "#616e7c", "#e8ebef"
OUTSIDE, EXOGENOUS, POOL, ORACLE = "#1d4e89", "#9aa5b1", "#d98e04", "#0f8b8d"
LOSS, GAIN, NEUTRAL = "#b42318", "#2f7d4f", "#7b8794"
FONT = "system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif"
MAX_POINTS = 1_500


class Axis:
    """The time axis: seconds since the start in the unit that suits the run's length."""

    def __init__(self, time_s: Sequence[int]) -> None:
        length = time_s[-1] if time_s else 0
        self.divisor, self.title = next(
            (divisor, title)
            for limit, divisor, title in (
                (259_200, 86_400, "days since the start"),
                (10_800, 3_600, "hours since the start"),
                (300, 60, "minutes since the start"),
                (-1, 1, "seconds since the start"),
            )
            if length > limit
        )
        self.values = [value / self.divisor for value in time_s]
        self.range = [0.0, self.values[-1] if self.values else 1.0]

    def at(self, time_s: float) -> float:
        """A time on the axis."""
        return time_s / self.divisor


def layout(figure: go.Figure, axis: Axis | None, height: int = 320) -> go.Figure:
    """Give a picture the look of all."""
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 64, "r": 24, "t": 12, "b": 44},
        font={"family": FONT, "size": 13, "color": INK},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hovermode="x unified",
        hoverlabel={"bgcolor": "#ffffff", "bordercolor": GRID, "font": {"size": 12}},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"color": MUTED}},
        bargap=0.02,
    )
    axes = {"gridcolor": GRID, "linecolor": GRID, "zeroline": False, "ticks": "", "tickfont": {"color": MUTED}}
    figure.update_xaxes(showgrid=False, **axes)
    figure.update_yaxes(title_font={"color": MUTED, "size": 12}, **axes)
    figure.update_xaxes(title_font={"color": MUTED, "size": 12})
    if axis is not None:
        figure.update_xaxes(title_text=axis.title, range=axis.range)
    return figure


def thin(x: Sequence[float], y: Sequence[Any], limit: int = MAX_POINTS) -> tuple[list, list]:
    """At most about `limit` points that keep the extremes: of each stretch the lowest and the highest."""
    if len(x) <= limit:
        return list(x), list(y)
    step = -(-2 * len(x) // limit)
    kept: set[int] = {0, len(x) - 1}
    for start in range(0, len(x), step):
        stretch = [i for i in range(start, min(start + step, len(x))) if y[i] is not None]
        if stretch:
            kept |= {min(stretch, key=y.__getitem__), max(stretch, key=y.__getitem__)}
    order = sorted(kept)
    return [x[i] for i in order], [y[i] for i in order]


def line(axis: Axis, values: Sequence, name: str, colour: str, **style: Any) -> go.Scatter:
    """A line over time; `style` is plotly's of lines."""
    x, y = thin(axis.values, values)
    style = {"color": colour, "width": 1.8, **style}
    return go.Scatter(x=x, y=y, name=name, mode="lines", line=style, hovertemplate="%{y:,.6~g}")
