"""The fields that a search varies: their values on a grid, and a scenario with some of them drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from sim.errors import BadInput
from sim.scenario.loading import field_value, with_fields
from sim.scenario.model import Scenario
from sim.scenario.space import FieldRange, SearchSpace

DEFAULT_STEPS = 20
"""Grid intervals of a range that gives no step."""

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
    """

    path: str
    base: Any
    values: tuple
    ordered: bool

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


def _grid(bounds: FieldRange, base: Any) -> tuple:
    """Values of a range, whole numbers where the base is one."""
    if bounds.choices:
        return tuple(sorted(bounds.choices)) if _is_ordered(bounds) else bounds.choices
    whole = isinstance(base, int)
    step = bounds.step if bounds.step is not None else (bounds.high - bounds.low) / DEFAULT_STEPS
    if whole:
        step = max(round(step), 1)
    count = int((bounds.high - bounds.low) / step + 1e-9)
    values = [bounds.low + i * step for i in range(count + 1)]
    return tuple(round(value) if whole or value.is_integer() else round(value, 12) for value in values)


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
        self.design = self._axes(base.space.design)
        self.environment = self._axes(base.space.environment)
        self._latest: tuple[dict[str, Any], Scenario] | None = None

    def _axes(self, fields: Mapping[str, FieldRange]) -> dict[str, Axis]:
        axes = {}
        for path, bounds in fields.items():
            base = field_value(self.base, path)
            axes[path] = Axis(path, base, _grid(bounds, base), _is_ordered(bounds))
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
        return {path: self._draw(self.design[path].others, choose) for path in chosen}

    def draw_environment(self, choose: Chooser) -> dict[str, Any]:
        """Draw a value of every environment field."""
        return {path: self._draw(axis.values, choose) for path, axis in self.environment.items()}

    @staticmethod
    def _draw(values: Sequence, choose: Chooser) -> Any:
        """Either end of the grid or anything on it, each as likely: what tips is often far from the base."""
        last = len(values) - 1
        where = choose.even(0, 2)
        return values[choose.even(0, last) if where == 0 else (last if where == 1 else 0)]

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
