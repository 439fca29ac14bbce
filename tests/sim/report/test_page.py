"""The page: self-contained, escaped, and complete."""

import re
from html.parser import HTMLParser

import pytest
from rich.console import Console

from sim.metrics.summary import summarise
from sim.report.drawing import Axis, thin
from sim.report.page import render_page
from sim.report.pictures import GENERATIONS, generation_groups, loss_rows
from sim.report.save import RunInfo, manifest_document
from sim.report.story import story
from sim.report.tables import metrics_table, run_view
from sim.report.words import dollars, duration, figure, label
from sim.trace import Event
from tests.sim.metrics.test_waves import row
from tests.sim.metrics.traces import WETH, TraceBuilder
from tests.sim.report.runs import NASTY, sample_trace


def page(trace) -> str:
    result = summarise(trace)
    html = render_page(trace, result, manifest_document(trace, RunInfo(f"tailspin run {NASTY}"), []))
    library = re.search(r"<script>(?!Plotly\.newPlot).*?</script>", html, re.S)
    return html.replace(library.group(0), "<script></script>", 1)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen: list[tuple[str, dict]] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict]]:
    parser = Tags()
    parser.feed(html)
    return parser.seen


def test_nothing_is_fetched():
    for tag, attributes in tags(page(sample_trace())):
        assert tag not in ("link", "img", "iframe", "object")
        assert not {"src", "href"} & set(attributes), tag


def test_every_given_text_is_escaped():
    html = page(sample_trace(name=NASTY))
    assert NASTY not in html
    assert not [attributes for tag, attributes in tags(html) if tag == "b"]
    assert html.count("<script>") == html.count("</script>")


def test_names_of_parts_cannot_break_out_of_a_script():
    trace = sample_trace()
    record = trace.blocks[-1]
    trace.scenario["agents"][NASTY] = {"kind": "keeper"}
    object.__setattr__(record, "balances", {**record.balances, NASTY: {"USDC": 1}})
    html = page(trace)
    assert html.count("<script>") == html.count("</script>")


def test_every_picture_is_there():
    identifiers = [attrs.get("id") for tag, attrs in tags(page(sample_trace())) if attrs.get("class") == "plot"]
    assert identifiers == [
        f"plot-{name}" for name in ("price", "waves", "oracle", "health", "losses", "backlog", "space")
    ]


@pytest.mark.parametrize("blocks", [0, 1, 2])
def test_a_run_without_events_has_a_page(blocks):
    builder = TraceBuilder()
    for _ in range(blocks):
        builder.block()
    assert "No outcome" in page(builder.trace)


def test_the_story_has_the_figures():
    trace = sample_trace()
    words = " ".join(story(trace, summarise(trace)))
    assert "fell 7.0 %, from 100 to 93 USD" in words
    assert "2 liquidations of 2 accounts seized 1,930 USD of collateral in 2 waves" in words
    assert "a cascade" in words
    assert "Bad debt came to 300 USD; insurance paid 200 and 100 were left." in words
    assert "1 of 1 rescue landed" in words


def test_the_terminal_view_prints_without_markup():
    trace = sample_trace(name="[bold]name[/bold]")
    console = Console(width=120, file=None, record=True, quiet=False, force_terminal=False)
    with console.capture() as captured:
        console.print(run_view(trace, summarise(trace)))
        console.print(metrics_table(summarise(trace)))
    text = captured.get()
    assert "[bold]name[/bold]" in text
    assert "Cascade" in text and "Bad debt" in text and "300 USD" in text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"),
        (12.5, "12.50"),
        (9_999.0, "9,999"),
        (12_345.0, "12.35 k"),
        (-4.56e6, "−4.56 M"),
        (2e9, "2.00 bn"),
    ],
)
def test_dollars_are_short(value, expected):
    assert dollars(value) == expected


def test_metrics_are_shown_with_their_units():
    assert figure("bad_debt_usd", 1_234.5) == "1,234 USD"
    assert figure("induced_share", 0.2) == "20.0 %"
    assert figure("amplification", None) == "–"
    assert label("residual_bad_debt_usd") == "Residual bad debt"


@pytest.mark.parametrize(("seconds", "words"), [(60, "60 seconds"), (600, "10.0 minutes"), (10_800, "3.0 hours")])
def test_durations(seconds, words):
    assert duration(seconds) == words


def test_thinning_keeps_the_extremes():
    values = [0.0] * 10_000
    values[1_234], values[7_777] = -5.0, 9.0
    x, y = thin(range(10_000), values, 500)
    assert len(x) <= 502
    assert (min(y), max(y)) == (-5.0, 9.0)
    assert (x[0], x[-1]) == (0, 9_999)
    assert x == sorted(x)


@pytest.mark.parametrize("highest", [0, 1, 5, 6, 11, 40, 248])
def test_generations_fall_into_one_colour_each(highest):
    groups = generation_groups([row(generation=g) for g in range(highest + 1)])
    assert len(groups) <= len(GENERATIONS)
    assert [g for _, low, high in groups for g in range(low, high + 1)] == list(range(highest + 1))


def test_the_axis_is_in_the_unit_of_the_runs_length():
    assert Axis([12, 24]).title == "seconds since the start"
    assert Axis([0, 7_200]).title == "minutes since the start"
    assert Axis([0, 90_000]).values == [0.0, 25.0]


def test_what_an_execution_gives_back_is_told():
    trace = sample_trace()
    assert "the rest went back" not in " ".join(story(trace, summarise(trace)))
    last = trace.events[-1]
    returned = {"lotId": 1, "user": "a/0", "collateralAsset": "WETH", "amount": WETH}
    trace.events.append(Event(last.block, last.tx, last.log + 1, "execution-main", "CollateralReturned", returned))
    assert "the rest went back" in " ".join(story(trace, summarise(trace)))


def test_borrowers_lose_what_left_them_beyond_the_debt_that_it_repaid():
    result = summarise(sample_trace())
    rows = {name: value for name, value, _ in loss_rows(result)}
    assert rows["Lost by borrowers in liquidations"] == -result.metrics["borrower_loss_usd"] != 0
