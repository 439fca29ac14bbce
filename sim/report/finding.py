"""A finding in ten lines: what fails, which change of the design makes it, what happens, and where it tips."""

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sim.errors import BadInput
from sim.metrics.outcomes import Outcome
from sim.report.words import OUTCOME_WORDS, label, number, outcome_details, unit
from sim.scenario.loading import field_value
from sim.search.finding import Finding
from sim.search.history import Step, Wait, line

MAX_LINES = 10
WIDTH = 110
FIELDS_SHOWN = 3
HISTORY_LINES = 2


def finding_lines(finding: Finding, path: Path | str | None = None) -> list[str]:
    """Return at most ten lines of at most 110 characters; `path`, where the finding lies, may be longer."""
    lines = [_headline(finding), *_design(finding), *_environment(finding), *_history(finding)]
    if path is not None:
        lines.append(f"Again: tailspin replay {path}")
    return lines[:MAX_LINES]


def _headline(finding: Finding) -> str:
    name, details = finding.scenario["name"], finding.outcome.details
    if finding.objective is not None:
        metric = details["metric"]
        figure = f"{number(details['value'])} {unit(metric)}".strip()
        return _cut(f"{name}: {label(metric).lower()} comes to {figure} ({finding.objective}).")
    words = OUTCOME_WORDS.get(finding.outcome.kind, finding.outcome.kind)
    figures = {key: value for key, value in details.items() if value not in (0, None)}
    text = outcome_details(Outcome(finding.outcome.kind, figures))
    if text.startswith(words.lower()):
        return _cut(f"{name} fails. {text[0].upper()}{text[1:]}")
    return _cut(f"{name} fails. {words}: {text}")


def _design(finding: Finding) -> Iterator[str]:
    """Each changed field of the design with its value in the base, and the nearest one that holds."""
    changed = finding.minimal.design
    holds = {tipping.path: tipping.holds for tipping in finding.tipping}
    brackets = " (in brackets: what holds, all else the same)" if holds else ""
    base = "The base is safe." if finding.objective is None else "The base does not come to that."
    yield f"{base} It takes {_count(len(changed), 'change')} of its design{brackets}:"
    for field, value in list(changed.items())[:FIELDS_SHOWN]:
        text = f"  {field}: {_value(_base_value(finding, field))} → {_value(value)}"
        if field in holds:
            text += f" ({_value(holds[field])})"
        yield _cut(text)
    if len(changed) > FIELDS_SHOWN:
        yield _cut("  and " + ", ".join(f"{k} = {_value(v)}" for k, v in list(changed.items())[FIELDS_SHOWN:]))


def _environment(finding: Finding) -> Iterator[str]:
    if finding.minimal.environment:
        fields = ", ".join(f"{field} = {_value(value)}" for field, value in finding.minimal.environment.items())
        yield _cut(f"Within its envelope: {fields}.")


def _history(finding: Finding) -> Iterator[str]:
    steps = "; ".join(map(step_words, _merged(finding.history))) or "nothing but time passes"
    actors = len({action.sender for action in finding.actions})
    text = (
        f"What happens, in {_count(finding.blocks, 'block')}: {steps}. {_count(actors, 'actor')} sent"
        f" {_count(len(finding.actions), 'transaction')}."
    )
    lines = textwrap.wrap(text, WIDTH, subsequent_indent="  ")
    yield from lines[: HISTORY_LINES - 1]
    if len(lines) >= HISTORY_LINES:
        yield _cut("  " + " ".join(one.strip() for one in lines[HISTORY_LINES - 1 :]))


def _merged(history: Sequence[Step]) -> list[Step]:
    """The history with neighbouring waits as one."""
    steps: list[Step] = []
    for step in history:
        if steps and isinstance(step, Wait) and isinstance(steps[-1], Wait):
            steps[-1] = Wait(blocks=steps[-1].blocks + step.blocks)
        else:
            steps.append(step)
    return steps


def step_words(step: Step) -> str:
    """A step of a history in words; one that has none as data."""
    match step.action:
        case "shock":
            way = "falls" if step.change_bps < 0 else "rises"
            return f"{step.asset} {way} {abs(step.change_bps) / 100:g} %"
        case "wait":
            return f"{_count(step.blocks, 'block')} pass{'es' if step.blocks == 1 else ''}"
        case "stop_feed":
            return f"the feed of {step.asset} is silent for {_count(step.blocks, 'block')}"
        case "congest":
            return f"block space costs {step.fee_gwei} gwei for {_count(step.blocks, 'block')}"
        case "pull_liquidity":
            return f"{step.share_bps / 100:g} % of the liquidity of {step.venue} leaves"
        case "new_borrower":
            tokens, health = number(step.collateral_tokens), step.health_bps / 10_000
            return f"a borrower with {tokens} tokens comes in at health {health:g}"
        case "lever_up":
            return f"{step.borrower} levers up to health {step.health_bps / 10_000:g}"
        case "drift":
            way = "drifts down" if step.change_bps < 0 else "drifts up"
            return f"{step.asset} {way} {abs(step.change_bps) / 100:g} % in {_count(step.blocks, 'block')}"
        case "lag_feed":
            late = _count(step.lag_blocks, "block")
            return f"reports of {step.asset} come {late} late for {_count(step.blocks, 'block')}"
        case "stop_keepers":
            return f"no {step.kind} acts for {_count(step.blocks, 'block')}"
        case "pull_depth":
            return f"{step.share_bps / 100:g} % of the depth of {step.instrument} leaves"
        case "new_trader":
            size = f"{number(step.notional_tokens)} at {step.leverage}x"
            return f"a trader goes {step.side} {step.instrument} with {size}"
        case "lever_trader":
            return f"{step.trader} levers up ({step.how}) to {step.margin_bps / 100:g} % of initial margin"
    return line(step)


def _base_value(finding: Finding, field: str) -> Any:
    try:
        return field_value(finding.base(), field)
    except BadInput:
        return "?"


def _value(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return number(value)


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _cut(text: str, width: int = WIDTH) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def verdict_words(verdict: str, outcome: str, reason: str | None) -> str:
    """A replay's verdict in words."""
    words: dict[str, str] = {"still_fails": "still fails", "fixed": "is fixed", "not_applicable": "does not apply"}
    return f"{outcome} {words[verdict]}" + (f": {reason}" if reason else "")
