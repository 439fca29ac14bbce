"""One clear line for a document that is not a valid scenario: the field, what was given, what is allowed."""

from collections.abc import Mapping
from typing import Any, get_origin

from pydantic import BaseModel, ValidationError

from sim.errors import BadInput
from sim.scenario.base import Name
from sim.scenario.fields import Shape, allowed_text, kind_of, nearest, shape_of, unknown_name

_GIVEN_SHOWN = 60
_UNKNOWN_FIRST = ("extra_forbidden", "union_tag_not_found", "union_tag_invalid")


def complaint(root: type[BaseModel], document: Any, error: ValidationError) -> BadInput:
    """Return the first thing to put right; a misspelt field comes before the missing one that it hides."""
    details = error.errors(include_url=False)
    first = min(details, key=lambda d: (d["type"] not in _UNKNOWN_FIRST, d["type"] == "missing"))
    path, shape, parent, parent_value = _locate(root, document, first["loc"])
    name = path.rsplit(".", 1)[-1]
    kind = first["type"]
    if kind == "extra_forbidden":
        return unknown_name(path, name, parent.names(parent_value))
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return _about_kind(path, shape, first["input"])
    if kind == "missing":
        return BadInput(f"{path} is missing, {allowed_text(shape, name)} expected")
    if kind == "value_error":
        text = " ".join(str(first["ctx"]["error"]).split())
        return BadInput(f"{path}: {text}" if path else text)
    if kind == "too_short":
        return BadInput(f"{path} is {shown(first['input'])}, at least {first['ctx']['min_length']} entry expected")
    if first["loc"] and first["loc"][-1] == "[key]":
        return BadInput(f"{path} has the key {shown(first['input'])}, {allowed_text(shape, name)} expected")
    if not path:
        return BadInput(f"the scenario is {shown(first['input'])}, a mapping of fields expected")
    return BadInput(f"{path} is {shown(first['input'])}, {allowed_text(shape, name)} expected")


def _about_kind(path: str, shape: Shape, given: Any) -> BadInput:
    """Complaint about the field that names a variant."""
    kinds = [kind_of(variant) for variant in shape.variants]
    if not isinstance(given, Mapping):
        return BadInput(f"{path} is {shown(given)}, {allowed_text(shape, '')} expected")
    if "kind" in given:
        tag = str(given["kind"])
        return BadInput(
            f"{path}.kind is {shown(given['kind'])}, nearest is {nearest(tag, kinds)!r},"
            f" one of {', '.join(kinds)} expected"
        )
    fields = {name for variant in shape.variants for name in variant.model_fields}
    stray = nearest("kind", [str(key) for key in given if key not in fields])
    if stray is not None:
        return BadInput(f"{path}.{stray} is unknown, nearest is 'kind' (one of {', '.join(kinds)})")
    return BadInput(f"{path}.kind is missing, one of {', '.join(kinds)} expected")


def _locate(root: type[BaseModel], document: Any, loc: tuple) -> tuple[str, Shape, Shape, Any]:
    """Return dotted path, shape, the parent's shape and the parent's value of a pydantic location.

    Locations also hold the tags of unions and the types tried at a leaf, which are no part of the path.
    """
    shape = parent = shape_of(root)
    value = parent_value = document
    path = []
    for part in loc:
        model = shape.model(value)
        if shape.variants and model is not None and part == kind_of(model) and part not in model.model_fields:
            continue
        if part == "[key]":
            return ".".join(path[:-1]), shape_of(Name), parent, parent_value
        known = model is not None and part in model.model_fields
        keyed = isinstance(value, Mapping) and not (model is None and get_origin(shape.type) is not dict)
        indexed = isinstance(value, list) and isinstance(part, int)
        if not (known or keyed or indexed):
            continue
        path.append(str(part))
        parent, parent_value = shape, value
        if model is not None and not known:
            break
        shape = shape.child(str(part), value)
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            value = None
    return ".".join(path), shape, parent, parent_value


def shown(given: Any) -> str:
    """What was given, in a few words."""
    text = repr(given) if not isinstance(given, bool) else str(given).lower()
    text = "null" if given is None else " ".join(text.split())
    return text if len(text) <= _GIVEN_SHOWN else text[: _GIVEN_SHOWN - 3] + "..."
