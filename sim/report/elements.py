"""Parts of a page: sections, tables and pictures as HTML; every text that is given is escaped."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

from sim.metrics.summary import Result
from sim.report.words import figure, label

PLOT_CONFIG = {"displayModeBar": False, "responsive": True}


def section(title: str, body: str, note: str = "") -> str:
    """A part of the page; `body` is HTML, the others are text."""
    note_html = f'<p class="note">{escape(note)}</p>' if note else ""
    return f"<section><h2>{escape(title)}</h2>{note_html}{body}</section>"


def plot(identifier: str, picture: go.Figure) -> str:
    """A picture; `identifier` is unique on the page, of letters, digits and dashes."""
    document = json.loads(picture.to_json())
    data, layout, config = (_script_json(part) for part in (document["data"], document["layout"], PLOT_CONFIG))
    return (
        f'<div class="plot" id="plot-{identifier}"></div>'
        f'<script>Plotly.newPlot("plot-{identifier}", {data}, {layout}, {config});</script>'
    )


def _script_json(value: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def table(head: Sequence[str], rows: Sequence[Sequence[str]], numeric: tuple[int, ...] = ()) -> str:
    """A table of texts; `numeric` columns stand on the right."""

    def row(cells: Sequence[str], tag: str) -> str:
        return "".join(
            f"<{tag}{' class=num' if i in numeric else ''}>{escape(cell)}</{tag}>" for i, cell in enumerate(cells)
        )

    body = "".join(f"<tr>{row(cells, 'td')}</tr>" for cells in rows)
    return f"<table><thead><tr>{row(head, 'th')}</tr></thead><tbody>{body}</tbody></table>"


def words_table(result: Result, meanings: Mapping[str, str]) -> str:
    """Figures with what they say."""
    rows = [(label(name), words, figure(name, result.metrics.get(name))) for name, words in meanings.items()]
    return table(("Figure", "What it says", "Value"), rows, numeric=(2,))
