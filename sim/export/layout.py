"""Long statements in lines that fit, as a formatter of Solidity would break them."""

import textwrap
from collections.abc import Iterator

WIDTH = 116
"""Columns of a line."""
WORTH_BREAKING = 20
"""Characters in brackets that are put on lines of their own at least."""


def wrap(line: str, indent: int) -> Iterator[str]:
    """Yield a statement in lines of a bounded width, what is in its first long brackets on lines of its own."""
    text = line.lstrip()
    if text != line:
        depth = len(line) - len(text)
        yield from (f"{line[:depth]}{part}" for part in wrap(text, indent + depth))
        return
    if line.startswith("//"):
        yield from textwrap.wrap(line, WIDTH - indent, subsequent_indent="//   ", break_long_words=False)
        return
    at = None if indent + len(line) <= WIDTH else _bracket(line)
    if at is None:
        yield line
        return
    first, last = at
    yield line[: first + 1]
    parts = _parts(line[first + 1 : last])
    for number, part in enumerate(parts, 1):
        for inner in wrap(part + ("," if number < len(parts) else ""), indent + 4):
            yield f"    {inner}"
    yield line[last:]


def _bracket(line: str) -> tuple[int, int] | None:
    """The first pair of brackets that holds enough to be worth breaking; `({` and `})` count as one."""
    quoted = False
    for at, sign in enumerate(line):
        quoted ^= sign == '"'
        if not quoted and sign in "({" and line[at + 1 : at + 2] != "{":
            close = _closing(line, at)
            if close - at > WORTH_BREAKING or line.endswith(("(", "{")):
                return at, close
    return None


def _closing(line: str, at: int) -> int:
    depth, quoted = 0, False
    for i in range(at, len(line)):
        if line[i] == '"':
            quoted = not quoted
        elif not quoted:
            depth += (line[i] in "([{") - (line[i] in ")]}")
            if depth == 0:
                return i
    return len(line) - 1


def _parts(text: str) -> list[str]:
    """Split at commas that are in no brackets or quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for i, sign in enumerate(text):
        if sign == '"':
            quoted = not quoted
        elif not quoted:
            depth += (sign in "([{") - (sign in ")]}")
            if sign == "," and depth == 0:
                parts.append(text[start:i].strip())
                start = i + 1
    return [*parts, text[start:].strip()]
