"""What a search aims at: a named outcome, or a metric with a bound such as `bad_debt_usd>1e6`.

An aim is a text. A bound is written in one way only, so that equal aims are equal texts.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from sim.errors import BadInput
from sim.metrics.outcomes import OutcomeKind
from sim.metrics.summary import Metric, finite
from sim.scenario.fields import nearest, unknown_name

KINDS: tuple[str, ...] = get_args(OutcomeKind)
OBJECTIVE = "objective"
"""Kind of the outcome of a history in which a metric is beyond its bound."""

_BOUND = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_.]*)\s*(>=|<=|>|<)\s*(\S+)\s*")
_LEAST = -1e300
"""Closeness where a metric is not defined."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A metric and the side of a limit on which the objective is reached."""

    metric: str
    sense: str
    limit: float

    @property
    def text(self) -> str:
        """The aim in its one form."""
        return f"{self.metric}{self.sense}{_shortest(self.limit)}"

    def reached(self, metrics: Mapping[str, Metric]) -> bool:
        """Whether the metric is defined and beyond the limit."""
        value = finite(metrics.get(self.metric))
        if value is None:
            return False
        match self.sense:
            case ">":
                return value > self.limit
            case ">=":
                return value >= self.limit
            case "<":
                return value < self.limit
            case _:
                return value <= self.limit

    def details(self, metrics: Mapping[str, Metric]) -> dict[str, Any]:
        """Figures of the outcome."""
        return {"metric": self.metric, "value": finite(metrics.get(self.metric)), "bound": self.text}

    def closeness(self, metrics: Mapping[str, Metric]) -> float:
        """Larger is closer."""
        value = closeness_of(self.metric, metrics)
        return -value if self.sense.startswith("<") and value != _LEAST else value


def _shortest(number: float) -> str:
    return repr(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def parse_bound(text: str) -> Bound | None:
    """Return the bound that a text is, or None if it has no comparison in it.

    Raises
    ------
    BadInput
        It has one, but is no metric with a number.
    """
    if not any(sign in text for sign in "<>"):
        return None
    found = _BOUND.fullmatch(text)
    try:
        bound = Bound(found[1], found[2], float(found[3])) if found else None
    except ValueError:
        bound = None
    if bound is None or bound.limit != bound.limit or abs(bound.limit) == float("inf"):
        raise BadInput(f"for: {text!r} is no bound, METRIC>NUMBER expected (or >=, <, <=)")
    return bound


def checked_aims(texts: Sequence[str], metrics: Iterable[str]) -> tuple[str, ...]:
    """Aims in their one form, each once.

    Raises
    ------
    BadInput
        One is neither an outcome nor a bound of one of the `metrics`; names the nearest.
    """
    names = tuple(metrics)
    return tuple(dict.fromkeys(_checked(text.strip(), names) for text in texts))


def _checked(text: str, metrics: tuple[str, ...]) -> str:
    bound = parse_bound(text)
    if bound is not None:
        checked_metric("for", bound.metric, metrics)
        return bound.text
    if text in KINDS:
        return text
    if text in metrics:
        raise BadInput(f"for: metric {text!r} has no bound, {text}>NUMBER expected (or >=, <, <=)")
    near = nearest(text, KINDS)
    raise BadInput(
        f"outcome is {text!r}, one of {', '.join(KINDS)} or METRIC>NUMBER expected, nearest is {near!r}"
    )


def checked_metric(field: str, name: str, metrics: Sequence[str]) -> str:
    """Return the name of a metric; raises BadInput with the nearest if there is none such."""
    if name not in metrics:
        raise unknown_name(f"{field}: metric {name!r}", name, metrics)
    return name


def closeness_of(metric: str, metrics: Mapping[str, Metric]) -> float:
    """The value of a metric as what a search climbs on: finite, and least where it is not defined."""
    value = finite(metrics.get(metric))
    return _LEAST if value is None else max(float(value), _LEAST)
