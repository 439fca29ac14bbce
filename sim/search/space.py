"""The fields that a search varies: their values on a grid, and a scenario with some of them drawn."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, Protocol

from sim.errors import BadInput
from sim.scenario.axes import holds_whole_numbers
from sim.scenario.fields import unknown_name
from sim.scenario.loading import field_value, with_fields
from sim.scenario.model import Scenario
from sim.scenario.space import FieldRange, LognormalDraw, NormalDraw, SearchSpace
from sim.search.objectives import KINDS

DEFAULT_STEPS = 20
"""Grid intervals of a range that gives no step."""
WEIGHT_TOTAL = 10_000
"""What weights add up to, but for rounding."""

Values = Mapping[str, Any]


class Chooser(Protocol):
    """Picks integers between two bounds, both included: Hypothesis in a search, a seeded stream elsewhere."""

    def even(self, low: int, high: int) -> int:
        """Any of them, each as likely."""

    def stressed(self, low: int, high: int) -> int:
        """Any of them, the upper end far more likely: sizes of what the environment does."""


@dataclass(frozen=True)
class Axis:
    """One field that may vary.

    Attributes
    ----------
    path
        Its dotted path.
    base
        Its value in the base scenario.
    values
        What it may be, in order (a range from low to high, choices as given); the base need not be among them.
    ordered
        Whether neighbours in `values` are close to each other.
    weights
        How often each of the values is drawn, in whole numbers; empty: either end as often as all in between.
    """

    path: str
    base: Any
    values: tuple
    ordered: bool
    weights: tuple[int, ...] = ()

    @property
    def others(self) -> tuple:
        """Values that are not the base's."""
        return tuple(value for value in self.values if value != self.base)

    def towards_base(self, value: Any) -> tuple:
        """Values from the one next to the base (first) to `value` (last), all on the same side of the base."""
        if not self.ordered:
            return (value,)
        if value > self.base:
            return (*(v for v in self.values if self.base < v < value), value)
        return (*(v for v in reversed(self.values) if value < v < self.base), value)


def _grid(bounds: FieldRange, whole: bool) -> tuple:
    """Values of a range, whole numbers where the field holds those."""
    if bounds.choices:
        return tuple(sorted(bounds.choices)) if _is_ordered(bounds) else bounds.choices
    values = _ratios(bounds) if bounds.log else _distances(bounds, whole)
    return tuple(dict.fromkeys(round(v) if whole or v.is_integer() else round(v, 12) for v in values))


def _distances(bounds: FieldRange, whole: bool) -> list[float]:
    step = bounds.step if bounds.step is not None else (bounds.high - bounds.low) / DEFAULT_STEPS
    if whole:
        step = max(round(step), 1)
    return [bounds.low + i * step for i in range(int((bounds.high - bounds.low) / step + 1e-9) + 1)]


def _ratios(bounds: FieldRange) -> list[float]:
    ratio = bounds.step if bounds.step is not None else (bounds.high / bounds.low) ** (1 / DEFAULT_STEPS)
    count = int(math.log(bounds.high / bounds.low) / math.log(ratio) + 1e-9)
    if bounds.step is not None:
        return [bounds.low * ratio**i for i in range(count + 1)]
    return [bounds.low, *(float(f"{bounds.low * ratio**i:.3g}") for i in range(1, DEFAULT_STEPS)), bounds.high]


def _weights(bounds: FieldRange, values: Sequence) -> tuple[int, ...]:
    """Weights of the values in whole numbers, each at least 1: nothing that is declared is impossible."""
    if bounds.weights:
        by_choice = dict(zip(bounds.choices, bounds.weights, strict=True))
        sizes = [by_choice[value] for value in values]
    elif bounds.distribution is not None:
        sizes = [_density(bounds.distribution, value) for value in values]
    else:
        return ()
    total = sum(sizes) or 1.0
    return tuple(max(round(WEIGHT_TOTAL * size / total), 1) for size in sizes)


def _density(distribution: NormalDraw | LognormalDraw, value: float) -> float:
    if isinstance(distribution, NormalDraw):
        return math.exp(-0.5 * ((value - distribution.mean) / distribution.sd) ** 2)
    if value <= 0:
        return 0.0
    return math.exp(-0.5 * (math.log(value / distribution.median) / distribution.sigma) ** 2) / value


def _is_ordered(bounds: FieldRange) -> bool:
    return all(isinstance(choice, int | float) and not isinstance(choice, bool) for choice in bounds.choices)


class Space:
    """Design and environment axes of a scenario.

    Raises
    ------
    BadInput
        The scenario declares no space, no design field, or a field that does not exist.
    """

    def __init__(self, base: Scenario) -> None:
        if base.space is None or not base.space.design:
            raise BadInput(f"scenario {base.name!r} cannot be searched: `space` with design fields expected")
        self.base = base
        self.declared: SearchSpace = base.space
        for kind in base.space.tolerated:
            if kind not in KINDS:
                raise unknown_name(f"space.tolerated: outcome {kind!r}", kind, KINDS)
        self.design = self._axes(base.space.design)
        self.environment = self._axes(base.space.environment)
        for path, axis in self.design.items():
            if not axis.others:
                raise BadInput(f"space.design.{path} has no other value than the base's, {axis.base}")
        self._latest: tuple[dict[str, Any], Scenario] | None = None

    def _axes(self, fields: Mapping[str, FieldRange]) -> dict[str, Axis]:
        axes = {}
        for path, bounds in fields.items():
            base = field_value(self.base, path)
            values = _grid(bounds, holds_whole_numbers(self.base, path))
            ordered = _is_ordered(bounds) and isinstance(base, int | float)
            axes[path] = Axis(path, base, values, ordered, _weights(bounds, values))
        return axes

    @cached_property
    def axes(self) -> dict[str, Axis]:
        """All axes by path."""
        return {**self.design, **self.environment}

    def draw_design(self, choose: Chooser) -> dict[str, Any]:
        """Draw other values than the base's for some design fields, at least one."""
        paths = list(self.design)
        first = choose.even(0, len(paths) - 1)
        chosen = [path for i, path in enumerate(paths) if i == first or choose.even(0, 2) == 0]
        return {path: _draw(self.design[path], choose, self.design[path].base) for path in chosen}

    def draw_environment(self, choose: Chooser) -> dict[str, Any]:
        """Draw a value of every environment field."""
        return {path: _draw(axis, choose) for path, axis in self.environment.items()}

    def split(self, values: Values) -> tuple[dict[str, Any], dict[str, Any]]:
        """The values that differ from the base: those of design fields, and the others."""
        design = {p: v for p, v in values.items() if p in self.design and v != self.design[p].base}
        others = {p: v for p, v in values.items() if p not in self.design and v != field_value(self.base, p)}
        return design, others

    def scenario(self, values: Values) -> Scenario:
        """The base with these values. Raises BadInput if they do not go together."""
        if self._latest is None or self._latest[0] != values:
            self._latest = (dict(values), with_fields(self.base, values))
        return self._latest[1]

    def reconcile(self, values: Values) -> dict[str, Any]:
        """Those of the values, in their order, that still make a valid scenario together."""
        try:
            self.scenario(values)
        except BadInput:
            pass
        else:
            return dict(values)
        kept: dict[str, Any] = {}
        for path, value in values.items():
            try:
                self.scenario({**kept, path: value})
            except BadInput:
                continue
            kept[path] = value
        return kept


_NOTHING = object()


def _draw(axis: Axis, choose: Chooser, but: Any = _NOTHING) -> Any:
    """Draw a value of an axis other than `but`.

    By weight where there are weights; else either end of the grid or anything on it, each as likely: what tips is
    often far from the base.
    """
    values = [value for value in axis.values if value != but]
    if axis.weights:
        weights = [weight for value, weight in zip(axis.values, axis.weights, strict=True) if value != but]
        sums = list(accumulate(weights))
        return values[bisect_right(sums, choose.even(0, sums[-1] - 1))]
    last = len(values) - 1
    where = choose.even(0, 2)
    return values[choose.even(0, last) if where == 0 else (last if where == 1 else 0)]
