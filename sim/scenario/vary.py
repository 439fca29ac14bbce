"""Search spaces given in texts: `PATH=LOW:HIGH`, `PATH=LOW:HIGH:STEP`, `PATH=LOW:HIGH:log`, `PATH=a,b,c`.

A path with `env:` before it belongs to the environment, any other to the design.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from sim.errors import BadInput
from sim.scenario.axes import check_range
from sim.scenario.loading import with_fields
from sim.scenario.model import Scenario
from sim.scenario.space import FieldRange
from sim.scenario.text import read_yaml

ENVIRONMENT = "env:"
LOG = "log"
FORMS = "PATH=LOW:HIGH, PATH=LOW:HIGH:STEP, PATH=LOW:HIGH:log or PATH=a,b,c"


def vary_space(scenario: Scenario, texts: Sequence[str]) -> Scenario:
    """Return the scenario with these fields in its search space.

    The fields given take the place of all that the scenario declares in the same part. A scenario that declares no
    space gets one, with the default envelope around the asset that is borrowed against.

    Raises
    ------
    BadInput
        A text is none of the forms, a field does not exist (names the nearest), or a value is not allowed there.
    """
    parts: dict[str, dict[str, FieldRange]] = {"design": {}, "environment": {}}
    document = scenario.model_dump(mode="json")
    for text in texts:
        part, path, bounds = _parsed(text)
        if any(path in fields for fields in parts.values()):
            raise BadInput(f"vary: {path} is given twice, once expected")
        check_range("vary", document, path, bounds)
        parts[part][path] = bounds
    space: dict[str, Any] = document["space"] or {"envelope": {"shock_asset": _shocked(scenario)}}
    given = {
        part: {path: bounds.model_dump(mode="json") for path, bounds in fields.items()}
        for part, fields in parts.items()
        if fields
    }
    return with_fields(scenario, {"space": {**space, **given}})


def _parsed(text: str) -> tuple[str, str, FieldRange]:
    path, equals, form = text.partition("=")
    part = "environment" if path.startswith(ENVIRONMENT) else "design"
    path = path.removeprefix(ENVIRONMENT).strip()
    if not equals or not path or not form.strip():
        raise BadInput(f"vary: {text!r} is none of {FORMS}")
    try:
        return part, path, _ranged(form) if ":" in form else _choices(form, path)
    except ValidationError as error:
        reason = error.errors()[0]
        what = reason["ctx"]["error"] if reason["type"] == "value_error" else reason["msg"]
        raise BadInput(f"vary: {path}: {what}") from None
    except ValueError:
        raise BadInput(f"vary: {text!r} is none of {FORMS}") from None


def _ranged(form: str) -> FieldRange:
    low, high, *more = form.split(":")
    if len(more) > 1:
        raise ValueError
    log = bool(more) and more[0].strip() == LOG
    step = float(more[0]) if more and not log else None
    return FieldRange(low=float(low), high=float(high), step=step, log=log)


def _choices(form: str, path: str) -> FieldRange:
    return FieldRange(choices=tuple(read_yaml(choice, f"vary: {path}") for choice in form.split(",")))


def _shocked(scenario: Scenario) -> str:
    """The asset of most groups of borrowers, or the first that has a feed."""
    held = [group.collateral for group in scenario.population.values() if hasattr(group, "collateral")]
    return max(held, key=held.count) if held else next(iter((*scenario.feeds, *scenario.assets)))
