"""One self-contained HTML page of a run, which opens offline."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from plotly.offline import get_plotlyjs

from sim.metrics.summary import Result, main_asset, main_debt
from sim.metrics.timeline import Timeline
from sim.report.elements import plot, section, table, words_table
from sim.report.market_pictures import oracle_picture
from sim.report.perps import perp_sections
from sim.report.pictures import (
    backlog_picture,
    block_space_picture,
    health_picture,
    loss_rows,
    losses_picture,
    price_picture,
    waves_picture,
)
from sim.report.story import liquidated_label, story
from sim.report.words import (
    LOOP_WORDS,
    ORACLE_WORDS,
    OUTCOME_WORDS,
    dollars,
    duration,
    figure,
    label,
    number,
    outcome_details,
)
from sim.trace import Trace
from sim.units import BPS

TEMPLATE = Path(__file__).with_name("page.html")
MAX_WAVE_ROWS = 12
MOVED_BPS = 100
"""A debt asset is shown where its highest price is this far above its lowest."""


def render_page(trace: Trace, result: Result, manifest: Mapping[str, Any]) -> str:
    """The page as HTML.

    Parameters
    ----------
    manifest
        The run's manifest: scenario, seed, chain, digest, versions, and the command that reproduces it.
    """
    name = str(trace.scenario.get("name", "run"))
    sections = [
        section("Outcomes", _outcome_table(result)),
        *_pictures(trace, result),
        section("Waves", _wave_table(result)) if len(result.waves) > 1 else "",
        section("Metrics", _metric_table(result)),
        section("Parameters", _parameters(trace.scenario)),
        section("How this was made", _provenance(manifest)),
    ]
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=escape(f"{name} – Tailspin"),
        name=escape(name),
        summary=escape(str(trace.scenario.get("summary", ""))),
        badges=_badges(result),
        story="".join(f"<p>{escape(sentence)}</p>" for sentence in story(trace, result)),
        facts=_facts(trace, manifest),
        cards=_cards(result),
        command=escape(str(manifest.get("command", ""))),
        sections="\n".join(sections),
        plotly=get_plotlyjs(),
    )


def _pictures(trace: Trace, result: Result) -> Iterator[str]:
    if not trace.blocks:
        return
    for identifier, asset, note in _pictured(trace, result):
        yield section(f"Price of {asset}", plot(identifier, price_picture(trace, result, asset)), note)
    yield from perp_sections(trace, result)
    if result.rows:
        yield section("Liquidations", plot("waves", waves_picture(result)), _wave_note(result))
        yield section("How strongly the loop fed itself", words_table(result, LOOP_WORDS))
    if f"oracle_usd.{asset}" in result.series:
        traded = [
            name
            for name, venue in trace.scenario.get("venues", {}).items()
            if venue["base"] == asset and venue.get("kind") != "split"
        ]
        yield section(
            "Oracle and depth",
            plot("oracle", oracle_picture(result, asset, traded)) + words_table(result, ORACLE_WORDS),
            "Oracle and venues as of the end of each block, against the outside market during it. Depth is what"
            " can be sold until the price has fallen by 2 %.",
        )
    lending, perps = trace.scenario.get("lending", {}), trace.scenario.get("perps", {})
    if lending or not perps:
        yield section(
            "Health of all borrowers",
            plot("health", health_picture(trace, lending, "borrowers", "health factor")),
            "How many borrowers stand at which health factor. Those at 3 and above, or without debt, are left"
            " out.",
        )
    if perps:
        yield section(
            "Margin of all traders",
            plot("margins", health_picture(trace, perps, "accounts", "equity over maintenance")),
            "How many accounts stand at which equity over maintenance margin. Those at 3 and above are left out.",
        )
    if loss_rows(result):
        yield section("Who lost, who gained", plot("losses", losses_picture(result)))
    if result.metrics["max_backlog_accounts"]:
        yield section("Waiting for a keeper", plot("backlog", backlog_picture(result)))
    yield section("Block space", plot("space", block_space_picture(result)))


def _pictured(trace: Trace, result: Result) -> Iterator[tuple[str, str, str]]:
    """Identifiers, assets and notes of prices: of what the run is about, and of the debt where it moved."""
    asset = main_asset(Timeline(trace), result.rows)
    if asset is None:
        return
    yield (
        "price",
        asset,
        "At the end of each block. The exogenous price is the path without anything that the run did to the"
        " market. The lowest price in the text above is that of any trade, also within a block.",
    )
    debt = main_debt(result.liquidations, asset)
    read = [record.feeds[debt].price_e8 for record in trace.blocks] if debt is not None else []
    if max(read, default=0) * BPS > min(read, default=0) * (BPS + MOVED_BPS):
        yield "price-debt", debt, f"What was owed against {asset}: as it rises, debt grows."


def _wave_note(result: Result) -> str:
    if len(result.waves) == 1:
        return "One wave: each would have been liquidated at the exogenous price, or has no forced sale behind it."
    return (
        "Wave 0 would have been liquidated at the exogenous price, or has no forced sale behind it. Every later"
        " one was caused by the forced sales of the one before."
    )


def _badges(result: Result) -> str:
    words = [(OUTCOME_WORDS.get(outcome.kind, outcome.kind), "bad") for outcome in result.outcomes]
    if result.liquidation_class in ("clustered", "isolated"):
        words.append((f"{result.liquidation_class} liquidations", "mild"))
    if not result.outcomes:
        words.insert(0, ("No outcome", "good"))
    return "".join(f'<span class="badge {tone}">{escape(word)}</span>' for word, tone in words)


def _facts(trace: Trace, manifest: Mapping[str, Any]) -> str:
    length_s = trace.blocks[-1].time_s if trace.blocks else 0
    facts = [
        f"{number(len(trace.blocks))} blocks",
        duration(length_s),
        f"{number(len(trace.transactions))} transactions",
        f"{number(trace.contract_calls)} contract calls",
        f"seed {manifest.get('seed')}",
        f"on {manifest.get('chain')}",
    ]
    return " · ".join(escape(fact) for fact in facts)


def _cards(result: Result) -> str:
    metrics = result.metrics
    gain = metrics["loop_gain_measured"]
    cards = [
        (liquidated_label(result), dollars(metrics["liquidated_usd"]), "USD"),
        ("Liquidations", number(metrics["liquidations"]), ""),
        ("Waves", number(metrics["waves"]), ""),
        ("Amplification", figure("amplification", metrics["amplification"]), ""),
        ("Bad debt", dollars(metrics["bad_debt_usd"]), "USD"),
        ("Insurance paid", dollars(metrics["insurance_drawn_usd"]), "USD"),
        ("Keeper profit", dollars(metrics["keeper_profit_usd"]), "USD"),
        ("Loop gain", figure("loop_gain_measured", gain), ""),
    ]
    if metrics["adl_usd"]:
        cards.append(("Deleveraged", dollars(metrics["adl_usd"]), "USD"))
    if "attack_profit_usd" in metrics:
        cards.append(("Attack profit", dollars(metrics["attack_profit_usd"]), "USD"))
    return "".join(
        f'<div class="card"><div class="label">{escape(name)}</div>'
        f'<div class="value">{escape(value)}<span class="unit">{escape(unit)}</span></div></div>'
        for name, value, unit in cards
    )


def _outcome_table(result: Result) -> str:
    if not result.outcomes:
        return '<p class="note">None of the outcomes that count as a failure occurred.</p>'
    rows = [(OUTCOME_WORDS.get(item.kind, item.kind), outcome_details(item)) for item in result.outcomes]
    return table(("Outcome", "Figures"), rows)


def _wave_table(result: Result) -> str:
    shown = result.waves[:MAX_WAVE_ROWS]
    rows = [
        (
            str(wave.generation),
            number(wave.liquidations),
            f"{dollars(wave.liquidated_usd)} USD",
            f"{wave.first_block:,} – {wave.last_block:,}",
        )
        for wave in shown
    ]
    if len(result.waves) > len(shown):
        rest = result.waves[MAX_WAVE_ROWS:]
        total = dollars(sum(wave.liquidated_usd for wave in rest))
        count = number(sum(wave.liquidations for wave in rest))
        blocks = f"{min(w.first_block for w in rest):,} – {max(w.last_block for w in rest):,}"
        rows.append((f"{rest[0].generation} and later", count, f"{total} USD", blocks))
    return table(("Wave", "Liquidations", "Value", "Blocks"), rows, numeric=(1, 2, 3))


def _metric_table(result: Result) -> str:
    rows = [(label(name), figure(name, value)) for name, value in result.metrics.items()]
    half = -(-len(rows) // 2)
    tables = (table(("Metric", "Value"), part, numeric=(1,)) for part in (rows[:half], rows[half:]))
    return f'<div class="columns">{"".join(tables)}</div>'


def _flatten(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _flatten(item, f"{path}.{key}" if path else str(key))
    else:
        text = json.dumps(value, default=str) if not isinstance(value, str) else value
        yield path, text if len(text) <= 160 else text[:157] + "..."


def _parameters(scenario: Mapping[str, Any]) -> str:
    """Every field of the scenario by its dotted path, grouped by its first part."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for path, value in _flatten(scenario):
        groups.setdefault(path.split(".", 1)[0], []).append((path, value))
    single = [rows[0] for rows in groups.values() if len(rows) == 1]
    parts = [table(("Field", "Value"), single)] if single else []
    for name, rows in groups.items():
        if len(rows) > 1:
            fields = table(("Field", "Value"), rows)
            parts.append(f"<details><summary>{escape(name)} <span>{len(rows)}</span></summary>{fields}</details>")
    return "".join(parts)


def _provenance(manifest: Mapping[str, Any]) -> str:
    rows = [
        ("Scenario", f"{manifest.get('scenario')} ({manifest.get('scenario_id')})"),
        ("Seed", str(manifest.get("seed"))),
        ("Chain", str(manifest.get("chain"))),
        ("Digest", str(manifest.get("digest"))),
        ("Versions", ", ".join(f"{name} {value}" for name, value in manifest.get("versions", {}).items())),
    ]
    return table(("What", "Value"), rows)
