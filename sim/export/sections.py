"""A transcript as functions of a Solidity test, each of a size that the compiler and a reader can take."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sim.export.layout import wrap
from sim.export.routines import INDENT, Routine, fold
from sim.export.solidity import UINT_MAX, Solidity, Statement, number, plain
from sim.export.story import Story
from sim.search.dossier import Case
from sim.search.loss import Reading
from sim.search.transcript import Created, Frame, Sent

ASKED = "What the chain says, to the unit."
STEPS = 20
"""Steps of a function at most."""
ASSERTS = 16
CALLS = 40
"""Calls of functions of a function at most."""


@dataclass(slots=True)
class Functions:
    """Functions of a test by name; those of a twin that read the same are shared."""

    texts: dict[str, str] = field(default_factory=dict)
    routines: list[Routine] = field(default_factory=list)

    def add(self, name: str, title: str, lines: Sequence[str], twin: bool, view: bool = False) -> str:
        """Add a function and return its name, which is another one where a twin's differs."""
        body = "".join(f"{INDENT}{part}\n" for line in lines for part in wrap(line, len(INDENT)))
        note = f"    /// @dev {title}\n" if title else ""
        for candidate in (name, f"{name}Holds") if twin else (name,):
            text = f"{note}    function {candidate}() internal{' view' if view else ''} {{\n{body}    }}\n"
            if self.texts.setdefault(candidate, text) == text:
                return candidate
        raise AssertionError(f"function {name} has been written twice")


class Chapters:
    """Writes the functions of one case.

    Parameters
    ----------
    functions
        Those written so far, to which the case's are added.
    twin
        Whether it is the twin of a case that was written before.
    """

    def __init__(self, case: Case, solidity: Solidity, functions: Functions, twin: bool) -> None:
        self._case = case
        self._transcript = case.transcript
        self._solidity = solidity
        self._functions = functions
        self._twin = twin
        self._story = Story(case.transcript)

    def write(self) -> list[str]:
        """Write all functions and return the names of those that a test calls, in their order."""
        self._solidity.used.add("START")
        frames = self._transcript.frames
        opened = len(self._transcript.opening)
        return [
            self._calling(
                "_opening", "Contracts, prices, liquidity and every position, as at the start.", self._open()
            ),
            self._calling("_start", ASKED, self._readings(opened - 1, "start"), view=True),
            self._calling("_history", "Every transaction of the history, in its order.", self._history()),
            self._calling("_loss", ASKED, self._readings(len(frames) - 1, "loss"), view=True),
        ]

    def _add(self, name: str, title: str, lines: Sequence[str], view: bool = False) -> str:
        return self._functions.add(name, title, lines, self._twin, view)

    def _calling(self, name: str, title: str, called: Iterable[str], view: bool = False) -> str:
        """A function that calls others; of too many, one that calls functions that call them."""
        names = list(called)
        if len(names) > CALLS:
            pages = [names[at : at + CALLS] for at in range(0, len(names), CALLS)]
            names = [
                self._add(f"{name}Part{i}", "", [f"{one}();" for one in page], view)
                for i, page in enumerate(pages, 1)
            ]
        return self._add(name, title, [f"{one}();" for one in names], view)

    def _open(self) -> Iterator[str]:
        """Functions that deploy and open, in the order of the blocks."""
        page: list[Frame] = []
        number = 0
        for frame in self._transcript.opening:
            if any(isinstance(item, Created) for item in frame.items):
                page.append(frame)
                if len(page) < STEPS:
                    continue
            if page:
                number += 1
                yield self._deploy(f"_deploy{number}", page)
                page = []
            if any(isinstance(item, Sent) for item in frame.items):
                yield from self._send(frame)
        if page:
            yield self._deploy(f"_deploy{number + 1}", page)

    def _deploy(self, name: str, frames: Sequence[Frame]) -> str:
        lines: list[str] = []
        for frame in frames:
            for item in frame.items:
                before: list[str] = []
                made = self._solidity.creation(item, before)
                expected = self._solidity.address(item.address)
                self._solidity.used.add("DEPLOYER")
                step = [
                    *before,
                    f"_at({frame.number}, {self._time(frame)});",
                    "vm.prank(DEPLOYER);",
                    f'_made({made}, {expected}, "{item.role}");',
                ]
                lines += [plain(line) for line in (_scoped(step) if before else step)]
        return self._add(name, "", lines)

    def _send(self, frame: Frame) -> Iterator[str]:
        statements = [self._statement(item, "") for item in frame.items]
        calls = dict.fromkeys(item.call.name for item in frame.items)
        lines, routines = fold(statements, self._functions.routines)
        self._functions.routines += routines
        for at in range(0, len(lines), STEPS):
            page = [line for step in lines[at : at + STEPS] for line in step]
            suffix = "" if len(lines) <= STEPS else f"_{at // STEPS + 1}"
            start = [f"_at({frame.number}, {self._time(frame)});"] if at == 0 else []
            yield self._add(f"_open{frame.number}{suffix}", ", ".join(calls) + ".", [*start, *page])

    def _history(self) -> Iterator[str]:
        opened = len(self._transcript.opening)
        last = len(self._transcript.history) - 1
        for at, frame in enumerate(self._transcript.history):
            if frame.items or at == last:
                yield from self._block(frame)
            if at != last:
                yield from self._readings(opened + at, f"after{frame.block}")

    def _block(self, frame: Frame) -> Iterator[str]:
        since = frame.timestamp_s - self._transcript.start_s
        steps = [self._statement(item, self._story.told(item)).lines for item in frame.items]
        for at in range(0, max(len(steps), 1), STEPS):
            lines = [plain(line) for step in steps[at : at + STEPS] for line in step]
            start = [f"_at({frame.number}, {self._time(frame)});"] if at == 0 else []
            suffix = f"_{at // STEPS + 1}" if len(steps) > STEPS else ""
            title = f"Block {frame.block}, {since} s after the start."
            yield self._add(f"_block{frame.block}{suffix}", title, [*start, *lines])

    def _time(self, frame: Frame) -> str:
        since = frame.timestamp_s - self._transcript.start_s
        return "START" if since == 0 else f"START {'+' if since > 0 else '-'} {abs(since)}"

    def _statement(self, sent: Sent, note: str) -> Statement:
        solidity = self._solidity
        before: list[str] = []
        lines: list[str] = []
        call = solidity.call(sent.target, sent.contract, sent.call, before)
        for emitter, said in sent.events:
            emitted, arrays = solidity.event(said)
            lines += [*arrays, f"vm.expectEmit({solidity.address(emitter)});", emitted]
        if not sent.ok:
            lines.append(f"vm.expectRevert({solidity.error(sent.error, sent.revert_data)});")
        sender = solidity.value({"type": "address", "name": "who"}, sent.sender, [])
        lines += [f"vm.prank({sender});", f"{call};"]
        single = not before and not sent.events and sent.ok
        if before or sent.events or not sent.ok:
            lines = _scoped([*before, *lines]) if before else lines
        return Statement([*([f"// {note}"] if note else []), *lines], single)

    def _readings(self, frame: int, when: str) -> Iterator[str]:
        readings = [one for one in self._case.readings if one.frame == frame]
        for at in range(0, len(readings), ASSERTS):
            lines = [line for one in readings[at : at + ASSERTS] for line in self._assert(one)]
            suffix = f"_{at // ASSERTS + 1}" if len(readings) > ASSERTS else ""
            yield self._add(f"_{when}{suffix or '_1'}", ASKED, [plain(line) for line in lines], view=True)

    def _assert(self, reading: Reading) -> list[str]:
        solidity = self._solidity
        call = solidity.call(reading.target, reading.contract, reading.call, [])
        outputs = reading.call.entry["outputs"]
        expected = "type(uint256).max" if reading.value == UINT_MAX else number(reading.value)
        if reading.position is None:
            member = f".{reading.field}" if reading.field else ""
            return [f'_is({call}{member}, {expected}, "{reading.label}");']
        places = [
            f" {one['type']} {reading.field}" if at == reading.position else " " for at, one in enumerate(outputs)
        ]
        return _scoped(
            [f"({','.join(places).strip()}) = {call};", f'_is({reading.field}, {expected}, "{reading.label}");']
        )


def _scoped(lines: Sequence[str]) -> list[str]:
    """Lines with variables of their own."""
    return ["{", *(f"    {line}" for line in lines), "}"]
