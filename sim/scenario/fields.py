"""Dotted paths into a scenario: which fields exist at a path, what they may hold, and setting one.

A path joins field names, dict keys and list indexes with dots, for instance `assets.WETH.price.price_usd` or
`population.whales.accounts.0.debt_tokens.USDC`. It is resolved against the models and the data at hand, since
the data say which variant of a union is meant (`kind`).
"""

import difflib
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.errors import BadInput
from sim.scenario.base import DefaultKind

_UNITS = {
    "bps": " of basis points (100 is 1 %)",
    "usd": " of US dollars",
    "s": " of seconds",
    "gwei": " of gwei",
    "blocks": " of blocks",
    "tokens": " of whole tokens",
}
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Shape:
    """What may stand at a path: a type (`variants` for a union of models), its constraints, and whether null."""

    type: Any
    variants: tuple[type[BaseModel], ...] = ()
    constraints: tuple[Any, ...] = ()
    optional: bool = False

    @property
    def default_kind(self) -> str | None:
        """Kind of a variant where none is named; None where one must be."""
        return next((item.kind for item in self.constraints if isinstance(item, DefaultKind)), None)

    def model(self, value: Any) -> type[BaseModel] | None:
        """The model of `value`: the only one, or the variant that its `kind` names, by default the default one."""
        if not self.variants:
            return self.type if isinstance(self.type, type) and issubclass(self.type, BaseModel) else None
        kind = value.get("kind", self.default_kind) if isinstance(value, Mapping) else self.default_kind
        return next((variant for variant in self.variants if kind_of(variant) == kind), None)

    def names(self, value: Any) -> list[str]:
        """Names that may follow at this path, given the value there."""
        model = self.model(value)
        if model is not None:
            return list(model.model_fields)
        if self.variants:
            return ["kind"]
        if isinstance(value, Mapping):
            return [str(key) for key in value]
        return [str(i) for i in range(len(value))] if isinstance(value, list) else []

    def child(self, name: str, value: Any) -> "Shape":
        """Shape of what stands under `name`."""
        model = self.model(value)
        if model is not None:
            info = model.model_fields[name]
            return shape_of(info.annotation, tuple(info.metadata))
        if self.variants:
            return shape_of(Literal[tuple(kind_of(variant) for variant in self.variants)])
        arguments = get_args(self.type)
        return shape_of(arguments[1 if get_origin(self.type) is dict else 0]) if arguments else shape_of(Any)


def shape_of(annotation: Any, constraints: tuple[Any, ...] = ()) -> Shape:
    """Return the shape of a type annotation of a model."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        for item in metadata:
            constraints += tuple(item.metadata) if isinstance(item, FieldInfo) else (item,)
        return shape_of(inner, constraints)
    if get_origin(annotation) in (Union, types.UnionType):
        members = [member for member in get_args(annotation) if member is not type(None)]
        optional = len(members) < len(get_args(annotation))
        if len(members) == 1:
            inner = shape_of(members[0], constraints)
            return Shape(inner.type, inner.variants, inner.constraints, optional or inner.optional)
        if all(isinstance(member, type) and issubclass(member, BaseModel) for member in members):
            return Shape(annotation, tuple(members), constraints, optional)
        return Shape(annotation, (), constraints, optional)
    return Shape(annotation, (), constraints)


def with_kinds(shape: Shape, value: Any) -> Any:
    """Return `value` with the kind filled in wherever a union has a default one and none is named."""
    if isinstance(value, list):
        return [with_kinds(shape.child(str(i), value), item) for i, item in enumerate(value)]
    if not isinstance(value, Mapping):
        return value
    if shape.default_kind is not None and "kind" not in value:
        value = {"kind": shape.default_kind, **value}
    if shape.model(value) is None and shape.variants:
        return value
    known = shape.names(value)
    return {
        key: with_kinds(shape.child(key, value), item) if key in known else item for key, item in value.items()
    }


def kind_of(variant: type[BaseModel]) -> str:
    """Return the `kind` that names a variant of a union."""
    return get_args(variant.model_fields["kind"].annotation)[0]


def nearest(given: str, names: Iterable[str]) -> str | None:
    """Return the name closest to `given`, regardless of case; None if there are no names."""
    by_lower = {name.lower(): name for name in names}
    found = difflib.get_close_matches(given.lower(), list(by_lower), n=1, cutoff=0.0)
    return by_lower[found[0]] if found else None


def unknown_name(path: str, given: str, names: Iterable[str]) -> BadInput:
    """Return the complaint about a name that does not exist, with the nearest one and all that do."""
    names = list(names)
    near = nearest(given, names)
    if near is None:
        return BadInput(f"{path} is unknown, nothing can be given there")
    shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    return BadInput(f"{path} is unknown, nearest is {near!r} (known: {shown})")


def allowed_text(shape: Shape, name: str) -> str:
    """Return what may stand at a path in words; `name` is its last part, whose suffix gives the unit."""
    text = _allowed(shape, name)
    return f"{text} or null" if shape.optional else text


def _allowed(shape: Shape, name: str) -> str:
    if shape.variants:
        return "a mapping with kind one of " + ", ".join(kind_of(variant) for variant in shape.variants)
    origin = get_origin(shape.type)
    if origin is Literal:
        return "one of " + ", ".join(str(choice) for choice in get_args(shape.type))
    if shape.type is bool:
        return "true or false"
    if shape.type in (int, float):
        noun = "a whole number" if shape.type is int else "a number"
        unit = next((text for suffix, text in _UNITS.items() if name.endswith(f"_{suffix}") or name == suffix), "")
        return noun + unit + _range(shape.constraints)
    if shape.type is str:
        patterned = any(getattr(item, "pattern", None) for item in shape.constraints)
        return "a name (a letter, then letters, digits, _ or -, at most 40)" if patterned else "text"
    if origin is tuple:
        return "a list, each " + _allowed(shape_of(get_args(shape.type)[0]), name)
    if origin in (Union, types.UnionType):
        return "a number, text, true or false"
    return "a mapping"


def _range(constraints: Iterable[Any]) -> str:
    words = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    parts = [
        f"{word} {_limit(getattr(item, attribute))}"
        for attribute, word in words.items()
        for item in constraints
        if getattr(item, attribute, None) is not None
    ]
    return " " + " and ".join(parts) if parts else ""


def _limit(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def find_field(root: type[BaseModel], document: Any, path: str) -> tuple[Shape, Any]:
    """Return the shape and the value at a dotted path of `document`; the value is None where a default stands.

    Raises
    ------
    BadInput
        If a part of the path does not exist; names the nearest.
    """
    shape, value, walked = shape_of(root), document, []
    for part in _parts(path):
        walked.append(part)
        names = shape.names(value)
        if part not in names:
            raise unknown_name(".".join(walked), part, names)
        shape = shape.child(part, value)
        value = _get(value, part)
    return shape, value


def set_field(root: type[BaseModel], document: dict, path: str, given: Any) -> None:
    """Set a field of `document`, plain data with every default spelled out.

    The last part may be a new key of a dict or the next index of a list; null removes an entry of a dict. A new
    `kind` keeps only the fields that the new variant has too.

    Raises
    ------
    BadInput
        If the path does not exist; names the nearest.
    """
    *parents, last = _parts(path)
    shape, value = shape_of(root), document
    for i, part in enumerate(parents):
        names = shape.names(value)
        if part not in names:
            raise unknown_name(".".join(parents[: i + 1]), part, names)
        shape = shape.child(part, value)
        if _get(value, part) is None:
            _put(value, part, with_kinds(shape, {}))
        value = _get(value, part)
    is_dict, is_list = get_origin(shape.type) is dict, get_origin(shape.type) is tuple
    is_new = (is_dict and isinstance(value, dict)) or (is_list and last == str(len(value)))
    if last not in shape.names(value) and not is_new:
        raise unknown_name(path, last, shape.names(value))
    if is_dict and given is None:
        value.pop(last, None)
        return
    if last == "kind" and shape.variants and given != value.get("kind"):
        variant = next((v for v in shape.variants if kind_of(v) == given), None)
        kept = set(variant.model_fields) if variant else set(value)
        for name in [name for name in value if name not in kept]:
            del value[name]
    child = shape.child(last, value)
    whole = child.type is int and isinstance(given, float) and given.is_integer()
    _put(value, last, int(given) if whole else given)


def _parts(path: str) -> list[str]:
    parts = path.replace("[", ".").replace("]", "").split(".")
    if not all(parts):
        raise BadInput(f"{path!r} is not a path, names joined by dots such as clock.blocks expected")
    return parts


def _get(value: Any, part: str) -> Any:
    return value[int(part)] if isinstance(value, list) else value.get(part)


def _put(value: Any, part: str, given: Any) -> None:
    if not isinstance(value, list):
        value[part] = given
    elif int(part) == len(value):
        value.append(given)
    else:
        value[int(part)] = given
