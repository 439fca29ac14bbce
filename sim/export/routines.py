"""Steps that repeat with other numbers and accounts become a function with parameters, called once for each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sim.export.layout import wrap
from sim.export.solidity import LEAF, Statement, plain

LONGEST = 8
"""Most steps of a routine."""
FEWEST = 3
"""Fewest repetitions that are worth a routine."""
MAX_PARAMETERS = 9
"""Solidity's stack has room for a few more."""
INDENT = " " * 8


@dataclass(frozen=True, slots=True)
class Routine:
    """A function of the steps' code: its name, parameters and body."""

    name: str
    parameters: tuple[tuple[str, str], ...]
    body: tuple[str, ...]

    def text(self) -> str:
        """Its definition."""
        given = ", ".join(f"{kind} {name}" for kind, name in self.parameters)
        body = "".join(f"{INDENT}{part}\n" for line in self.body for part in wrap(line, len(INDENT)))
        head = "".join(f"    {part}\n" for part in wrap(f"function {self.name}({given}) internal {{", 4))
        return f"{head}{body}    }}\n"


def fold(statements: Sequence[Statement], known: Sequence[Routine] = ()) -> tuple[list[list[str]], list[Routine]]:
    """Lines of each step, repeated stretches as calls of routines, and the routines that are not known yet."""
    shapes = [_shape(one) for one in statements]
    lines: list[list[str]] = []
    routines: list[Routine] = []
    at = 0
    while at < len(statements):
        period, count = _repetition(shapes, at)
        found = None
        if count:
            found = _routine(
                [statements[at + i * period : at + (i + 1) * period] for i in range(count)], [*known, *routines]
            )
        if found is None:
            lines.append([plain(line) for line in statements[at].lines])
            at += 1
            continue
        routine, calls = found
        if routine not in known and routine not in routines:
            routines.append(routine)
        lines += [[call] for call in calls]
        at += period * count
    return lines, routines


def _shape(statement: Statement) -> str | None:
    if not statement.single:
        return None
    return LEAF.sub(lambda found: f"\x01{found[1]}\x03", "\n".join(statement.lines))


def _repetition(shapes: Sequence[str | None], at: int) -> tuple[int, int]:
    """Period and count of the repetition from `at` on that covers most; (0, 0) if there is none."""
    best = (0, 0)
    for period in range(1, LONGEST + 1):
        first = shapes[at : at + period]
        if len(first) < period or None in first:
            break
        count = 1
        while shapes[at + count * period : at + (count + 1) * period] == first:
            count += 1
        if count >= FEWEST and count * period > best[0] * best[1]:
            best = (period, count)
    return best


def _routine(repeats: list[Sequence[Statement]], known: list[Routine]) -> tuple[Routine, list[str]] | None:
    rows = [["\n".join(one.lines) for one in repeat] for repeat in repeats]
    leaves = [LEAF.findall("\n".join(row)) for row in rows]
    columns = list(zip(*leaves, strict=True))
    names: dict[tuple, list[str]] = {}
    for column in columns:
        if len({text for _, _, text in column}) > 1:
            names.setdefault(_values(column), []).append(column[0][1])
    if not names or len(names) > MAX_PARAMETERS:
        return None
    parameters: dict[tuple, tuple[str, str]] = {}
    for values, known_as in names.items():
        name = "who" if "who" in known_as else known_as[0]
        parameters[values] = (values[0], _free(name, [one[1] for one in parameters.values()]))
    remaining = iter(parameters[_values(one)][1] if _values(one) in parameters else one[0][2] for one in columns)
    body = LEAF.sub(lambda _: next(remaining), "\n".join(rows[0])).split("\n")
    name = _name(body)
    routine = Routine(name, tuple(parameters.values()), tuple(body))
    same = [one for one in known if one.name == name or re.fullmatch(rf"{name}\d+", one.name)]
    twin = next((one for one in same if one.body == routine.body and one.parameters == routine.parameters), None)
    if twin is not None:
        routine = twin
    elif same:
        routine = Routine(f"{name}{len(same) + 1}", routine.parameters, routine.body)
    calls = [f"{routine.name}({', '.join(values[1 + i] for values in parameters)});" for i in range(len(repeats))]
    return routine, calls


def _values(column: Sequence[tuple[str, str, str]]) -> tuple[str, ...]:
    """Type of a literal, and its texts in all repetitions."""
    return (column[0][0], *[text for _, _, text in column])


def _free(name: str, taken: list[str]) -> str:
    name = name.strip("_") or "value"
    found, number = name, 2
    while found in taken:
        found, number = f"{name}{number}", number + 1
    return found


def _name(body: Sequence[str]) -> str:
    """Out of the functions called: `_approveMintSupplyBorrow`."""
    called = dict.fromkeys(re.findall(r"\b(?!prank)[A-Z_0-9]+\.(\w+)\(", "\n".join(body)))
    words = [one[0].upper() + one[1:] for one in called] or ["Steps"]
    joined = "".join(words)
    return f"_{joined[0].lower()}{joined[1:]}"
