"""Tables of a run for the terminal."""

from collections.abc import Iterable

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.metrics.summary import Result
from sim.report.story import story
from sim.report.words import (
    OUTCOME_WORDS,
    dollars,
    duration,
    figure,
    label,
    number,
    outcome_details,
)
from sim.trace import Trace

HEADLINE_METRICS = (
    "liquidations",
    "liquidated_accounts",
    "liquidated_usd",
    "waves",
    "induced_share",
    "amplification",
    "loop_gain_measured",
    "loop_gain_predicted",
    "branching_ratio",
    "bad_debt_usd",
    "insurance_drawn_usd",
    "residual_bad_debt_usd",
    "keeper_profit_usd",
    "fees_usd",
    "rescues_tried",
    "rescues_landed",
    "rescues_too_late",
    "mean_rescue_wait_blocks",
    "max_backlog_accounts",
    "lowest_health",
    "max_oracle_gap_bps",
    "max_oracle_latency_blocks",
    "oracle_updates_missed",
    "spurious_liquidations",
    "lowest_sell_depth_usd",
    "max_sold_fraction",
    "max_resume_gap_bps",
    "depth_ratio",
    "forced_sale_slippage_bps",
    "attacks",
    "attack_profit_usd",
    "manipulation_cost_usd",
    "manipulation_gain_usd",
    "max_spot_push_bps",
)
MAX_WAVES = 8


def run_view(trace: Trace, result: Result) -> RenderableType:
    """What `tailspin run` prints: headline, story, outcomes, waves and the metrics that matter most."""
    parts: list[RenderableType] = [_headline(trace), Text("\n".join(story(trace, result))), Text("")]
    parts.append(outcomes_table(result))
    if result.waves:
        parts.append(waves_table(result))
    parts.append(metrics_table(result, HEADLINE_METRICS))
    return Group(*parts)


def _headline(trace: Trace) -> Text:
    length_s = trace.blocks[-1].time_s if trace.blocks else 0
    text = Text(str(trace.scenario.get("name", "run")), style="bold")
    facts = (
        f"  {number(len(trace.blocks))} blocks, {duration(length_s)},"
        f" {number(len(trace.transactions))} transactions, seed {trace.seed}, {trace.chain}"
    )
    return text.append(facts, style="dim")


def _table(*columns: str, numeric: Iterable[int] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if i in set(numeric) else "left")
    return table


def outcomes_table(result: Result) -> RenderableType:
    """Typed outcomes with their figures."""
    if not result.outcomes:
        kind = f"; liquidations {result.liquidation_class}" if result.liquidation_class else ""
        return Text(f"No outcome{kind}\n", style="green")
    table = _table("Outcome", "Figures")
    for outcome in result.outcomes:
        name = Text(OUTCOME_WORDS.get(outcome.kind, outcome.kind), style="bold red")
        table.add_row(name, Text(outcome_details(outcome)))
    return table


def waves_table(result: Result) -> RenderableType:
    """The first waves; the rest in one line."""
    table = _table("Wave", "Liquidations", "Seized USD", "Blocks", numeric=(1, 2, 3))
    for wave in result.waves[:MAX_WAVES]:
        table.add_row(
            str(wave.generation),
            number(wave.liquidations),
            dollars(wave.liquidated_usd),
            f"{wave.first_block}–{wave.last_block}",
        )
    rest = result.waves[MAX_WAVES:]
    if rest:
        table.add_row(
            f"{rest[0].generation} and later",
            number(sum(wave.liquidations for wave in rest)),
            dollars(sum(wave.liquidated_usd for wave in rest)),
            f"{min(wave.first_block for wave in rest)}–{max(wave.last_block for wave in rest)}",
        )
    return table


def metrics_table(result: Result, names: Iterable[str] | None = None) -> RenderableType:
    """Metrics by name, all of them by default."""
    table = _table("Metric", "Value", numeric=(1,))
    for name in result.metrics if names is None else names:
        if name in result.metrics:
            table.add_row(label(name), figure(name, result.metrics[name]))
    return table
