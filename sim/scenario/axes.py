"""Whether a declared range fits the field that it is for."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from sim.errors import BadInput
from sim.scenario.fields import Shape, allowed_text, find_field, kind_of, nearest, shape_of
from sim.scenario.model import Scenario
from sim.scenario.space import FieldRange


def holds_whole_numbers(scenario: Scenario, path: str) -> bool:
    """Whether the field at a dotted path holds whole numbers; raises `BadInput` if there is none."""
    return find_field(Scenario, scenario.model_dump(mode="json"), path)[0].type is int


def range_problems(document: dict[str, Any], path: str, bounds: FieldRange) -> Iterator[str]:
    """Yield what does not fit about a range for a field of a scenario's plain data, naming the field.

    Raises
    ------
    BadInput
        There is no such field; names the nearest.
    """
    shape, _ = find_field(Scenario, document, path)
    parent, _, name = path.rpartition(".")
    if name == "kind" and parent:
        around, _ = find_field(Scenario, document, parent)
        if around.variants:
            shape = shape_of(Literal[tuple(kind_of(variant) for variant in around.variants)])
    allowed = allowed_text(shape, name)
    if shape.variants or shape.type not in (int, float, bool, str) and get_origin(shape.type) is not Literal:
        yield f"{path} holds {allowed}, a field with one value expected"
        return
    if not bounds.choices and shape.type not in (int, float):
        yield f"{path} holds {allowed}, choices and not a range expected"
        return
    for value in bounds.choices or (bounds.low, bounds.high):
        if not _fits(shape, value):
            yield f"{path}: {value!r} is not allowed, {allowed} expected" + _hint(shape, value)


def _fits(shape: Shape, value: Any) -> bool:
    if shape.type is int and isinstance(value, float) and value.is_integer():
        value = int(value)
    annotation = Annotated[shape.type, *shape.constraints] if shape.constraints else shape.type
    try:
        TypeAdapter(annotation).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


def _hint(shape: Shape, value: Any) -> str:
    if get_origin(shape.type) is not Literal:
        return ""
    return f", nearest is {nearest(str(value), [str(one) for one in get_args(shape.type)])!r}"


def check_range(part: str, document: dict[str, Any], path: str, bounds: FieldRange) -> None:
    """Raise BadInput for the first thing about a range that does not fit its field; `part` is where it is."""
    try:
        problem = next(range_problems(document, path, bounds), None)
    except BadInput as error:
        problem = str(error)
    if problem is not None:
        raise BadInput(f"{part}: {problem}")
