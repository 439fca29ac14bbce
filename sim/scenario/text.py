"""YAML and JSON to plain data and back, with places in every complaint.

YAML is read with the scalars of its version 1.2 core schema: `1e6` is a number, `yes` and `2020-03-12` are text.
A key given twice is an error in either format.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from sim.errors import BadInput

_SCALARS = (
    ("tag:yaml.org,2002:null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("tag:yaml.org,2002:int", r"[-+]?[0-9][0-9_]*", list("-+0123456789")),
    (
        "tag:yaml.org,2002:float",
        r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+0123456789."),
    ),
    ("tag:yaml.org,2002:merge", r"<<", ["<"]),
)


class _Loader(yaml.SafeLoader):
    """YAML 1.2 scalars, decimal integers, and no duplicate keys."""

    yaml_implicit_resolvers: dict = {}

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        return int(node.value.replace("_", ""))

    def construct_yaml_float(self, node: yaml.ScalarNode) -> float:
        text = node.value.replace("_", "").lower()
        return float(text.replace(".inf", "inf").replace(".nan", "nan"))

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key_node, _ in node.value:
                if key_node.tag == "tag:yaml.org,2002:merge":
                    continue
                if key_node.value.__hash__ and key_node.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"key {key_node.value!r} is given twice", key_node.start_mark
                    )
                if key_node.value.__hash__:
                    seen.add(key_node.value)
        return super().construct_mapping(node, deep)


class _Dumper(yaml.SafeDumper):
    """Quotes what `_Loader` would not read as text."""

    yaml_implicit_resolvers: dict = {}

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)
_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.construct_yaml_float)
for _tag, _pattern, _first in _SCALARS:
    for _class in (_Loader, _Dumper):
        _class.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), _first)


def read_yaml(text: str, where: str) -> Any:
    """Return the data of a YAML text; `where` names it in complaints.

    Raises
    ------
    BadInput
        If it is not YAML, holds a key twice, or more than plain data; with line and column.
    """
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 (a SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise BadInput(
            f"{where}{place}: {_one_line(error.problem or error.context)}, valid YAML expected"
        ) from None
    except yaml.YAMLError as error:
        raise BadInput(f"{where}: {_one_line(str(error))}, valid YAML expected") from None
    except (RecursionError, ValueError):
        raise BadInput(
            f"{where}: nested too deeply or a scalar that cannot be read, plain YAML expected"
        ) from None


def read_json(text: str, where: str) -> Any:
    """Return the data of a JSON text; raises `BadInput` like `read_yaml`."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        for key in keys:
            if keys.count(key) > 1:
                raise BadInput(f"{where}: key {key!r} is given twice, once expected")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise BadInput(f"{where}, {place}: {_one_line(error.msg)}, valid JSON expected") from None
    except RecursionError:
        raise BadInput(f"{where}: nested too deeply, plain JSON expected") from None


def write_yaml(data: Mapping[str, Any]) -> str:
    """Return plain data as YAML that `read_yaml` reads back unchanged, keys in their order."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=110)


def write_json(data: Mapping[str, Any]) -> str:
    """Return plain data as indented JSON, keys in their order."""
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _one_line(text: str | None) -> str:
    return " ".join((text or "cannot be read").split())


def plain_json(data: Any, what: str) -> str:
    """Return data as JSON text; raises `BadInput` if `what` holds more than plain data."""
    try:
        return json.dumps(data)
    except (TypeError, ValueError, RecursionError):
        raise BadInput(f"{what} holds more than plain data: texts, numbers, lists and mappings expected") from None
