"""Whether a base design is safe: many draws of its stress envelope, with the design frozen, give no outcome.

Draws lean to the ends of their ranges, where stress is.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.chain.artifacts import project_root
from sim.errors import BadInput
from sim.files import write_text
from sim.scenario.seeds import rng_for
from sim.search.budget import OutOfEnvelope
from sim.search.episode import Stage
from sim.search.history import Step, describe
from sim.search.machine import STEPS
from sim.search.moves import MOVES
from sim.search.objectives import parse_bound
from sim.search.workers import Lost, log_lost, map_in_order
from sim.world.opening import WorldError

DRAWS = 400
CHUNK = 25
HIGH_OF_8 = 4
LOW_OF_8 = 1
ROOMS = (
    *("units.py", "digest.py", "engine.py", "interruptions.py", "recorder.py", "perp_recorder.py"),
    *("settlement.py", "invariants.py", "totals.py"),
)
FOLDERS = ("agents", "chain", "market", "metrics", "protocols", "scenario", "world", "search")


class UnsafeBase(BadInput):
    """The base design has an outcome within its own envelope, so a search from it would prove nothing."""


@dataclass(frozen=True, slots=True)
class Break:
    """A draw of the envelope that broke the base design."""

    draw: int
    kinds: tuple[str, ...]
    values: dict
    history: tuple[Step, ...]

    def text(self, name: str) -> str:
        """One line for a person."""
        return (
            f"base {name!r} is not safe: draw {self.draw} of {DRAWS} of its envelope gives"
            f" {', '.join(self.kinds)} ({describe(self.values, self.history)});"
            " a design without an outcome in its envelope expected"
        )


class _SeededChooser:
    """A seeded stream, with sizes at their upper end in half of the draws and at the lower in an eighth."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def even(self, low: int, high: int) -> int:
        """Any integer of the range."""
        return int(self._rng.integers(low, high + 1))

    def stressed(self, low: int, high: int) -> int:
        """An integer of the range, leaning to its ends."""
        where = int(self._rng.integers(8))
        if where < HIGH_OF_8:
            return high
        return low if where < HIGH_OF_8 + LOW_OF_8 else self.even(low, high)


def try_draw(stage: Stage, draw: int, aims: Sequence[str] = ()) -> Break | None:
    """Play one draw of the envelope with the base's design.

    What breaks it is any outcome that the space does not tolerate, and any of the aims.

    Raises
    ------
    BadInput
        The world of the draw cannot be deployed.
    """
    choose = _SeededChooser(rng_for(draw, "safety"))
    values = stage.space.reconcile(stage.space.draw_environment(choose))
    try:
        episode = stage.open(values)
    except WorldError as error:
        raise BadInput(f"draw {draw} of the envelope cannot be deployed: {error}") from None
    for _ in range(STEPS - 1):
        possible = [move for move in MOVES if move.possible(episode.budget)]
        if not possible:
            break
        move = possible[choose.even(0, len(possible) - 1)]
        try:
            episode.play(move.draw(episode.budget, choose))
        except OutOfEnvelope:
            continue
    episode.settle()
    assessment = stage.close(episode)
    borne = stage.space.declared.tolerated
    kinds = tuple(outcome.kind for outcome in assessment.outcomes if outcome.kind not in borne)
    kinds += tuple(aim for aim in aims if aim not in kinds and assessment.outcome(aim) is not None)
    return Break(draw, kinds, values, tuple(episode.history)) if kinds else None


def _try_chunk(stage: Stage, first: int, aims: Sequence[str]) -> tuple[Break | None, int]:
    """The first draw of a chunk that breaks the base, and the contract calls made."""
    for draw in range(first, min(first + CHUNK, DRAWS)):
        found = try_draw(stage, draw, aims)
        if found is not None:
            return found, stage.contract_calls
    return None, stage.contract_calls


def require_safe(
    stage: Stage,
    workers: int = 1,
    cache: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    aims: Sequence[str] = (),
    lost: Lost = log_lost,
) -> int:
    """Prove that the base of a stage is safe, or read that it was proven before.

    Parameters
    ----------
    cache
        Folder of results; `.cache/safety` of the project by default.
    progress
        Told the number of draws done, and of all.
    aims
        What the base must not reach besides the outcomes: metrics with a bound, and what it tolerates otherwise.
    lost
        Told of processes that died.

    Returns
    -------
    int
        Contract calls made; 0 when the result was known.

    Raises
    ------
    UnsafeBase
        A draw has an outcome; it says which.
    """
    folder = cache or project_root() / ".cache" / "safety"
    borne = stage.space.declared.tolerated
    bounds = tuple(sorted(aim for aim in aims if parse_bound(aim) is not None or aim in borne))
    record = folder / f"{stage.space.base.name}-{_key(stage, bounds)}.json"
    if record.exists():
        return 0
    calls = 0
    chunks = list(range(0, DRAWS, CHUNK))
    for done, (found, made) in enumerate(map_in_order(_try_chunk, stage, chunks, workers, (bounds,), lost), 1):
        calls += made
        if found is not None:
            raise UnsafeBase(found.text(stage.space.base.name))
        if progress is not None:
            progress(min(done * CHUNK, DRAWS), DRAWS)
    with suppress(OSError, BadInput):
        write_text(record, json.dumps({"scenario": stage.space.base.name, "draws": DRAWS, "outcomes": 0}) + "\n")
    return calls


def _key(stage: Stage, bounds: Sequence[str]) -> str:
    """Digest of all that the result depends on: scenario, space, contracts and the code that runs them."""
    base = stage.space.base
    digest = hashlib.sha256()
    digest.update(base.scenario_id.encode())
    digest.update(stage.space.declared.model_dump_json().encode())
    digest.update(stage.artifacts.digest.encode())
    digest.update(" ".join(bounds).encode())
    package = Path(__file__).resolve().parents[1]
    for path in sorted(
        [package / name for name in ROOMS] + [f for d in FOLDERS for f in (package / d).rglob("*")]
    ):
        if path.suffix in (".py", ".json") and path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:24]
