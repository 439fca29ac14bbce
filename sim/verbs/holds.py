"""What the pytest fixture `tailspin` does: a design that does not hold is a failed test with its finding."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sim.chain.base import NodeError
from sim.errors import BadInput
from sim.report.finding import finding_lines, verdict_words
from sim.scenario.loading import load_scenario
from sim.scenario.model import Scenario
from sim.search.finding import load_finding
from sim.search.objectives import KINDS
from sim.search.replay import ReplayResult
from sim.search.result import SearchResult
from sim.verbs.replay import replay
from sim.verbs.search import THRESHOLDS, search

DEFAULT_PROFILE = "pr"


class Tailspin:
    """Searches and replays within a test.

    Parameters
    ----------
    root
        Root folder of the test run.
    beside
        Folder of the test. Files are looked for there, then in the root folder.
    findings
        Folder of findings.
    """

    def __init__(self, root: Path, beside: Path, findings: Path) -> None:
        self.root, self.beside, self.findings = root, beside, findings

    def holds(
        self,
        scenario: str | Path,
        *,
        for_: str | Sequence[str] = (),
        budget: int | str = DEFAULT_PROFILE,
        vary: Sequence[str] = (),
        overrides: Sequence[str] | Mapping[str, Any] = (),
        seed: int = 0,
        workers: int | None = None,
    ) -> SearchResult:
        """Fail the test if a change of the design, within the declared space, makes it fail.

        Stored findings of the scenario are replayed first, new ones are stored.

        Parameters
        ----------
        scenario
            File of a scenario, or a name of the library.
        for_
            What must not happen, as for `tailspin search --for`; by default any outcome that the scenario's space
            does not tolerate, and a crossed threshold of the scenario.
        budget
            Name of a profile, or a number of histories.
        vary, overrides, seed
            As for `tailspin search`.
        workers
            Processes; one per core by default, and one under pytest-xdist.
        """
        __tracebackhide__ = True
        profile, examples = (budget, None) if isinstance(budget, str) else (DEFAULT_PROFILE, budget)
        with _in_one_line():
            loaded = load_scenario(self._found(scenario), overrides)
            result = search(
                loaded,
                for_ or _everything(loaded),
                profile=profile,
                examples=examples,
                vary=vary,
                seed=seed,
                workers=workers or _processes(),
                out=self.findings,
                first=True,
            )
        if result.found:
            lines = finding_lines(load_finding(result.finding), self._shown(result.finding))
            pytest.fail("\n".join(lines), pytrace=False)
        return result

    def replays(self, *findings: str | Path, chain: str = "revm") -> list[ReplayResult]:
        """Fail the test unless each finding has the verdict that its file expects.

        Parameters
        ----------
        findings
            Files, or folders of them; the folder of findings by default.
        chain
            `revm` or `anvil`.
        """
        __tracebackhide__ = True
        with _in_one_line():
            results = replay(*(self._found(one) for one in findings or (self.findings,)), chain=chain)
        wrong = [
            f"{self._shown(one.path)}: {verdict_words(one.verdict, one.outcome, one.reason)};"
            f" {one.expected} expected"
            for one in results
            if not one.as_expected
        ]
        if wrong:
            pytest.fail("\n".join(wrong), pytrace=False)
        return results

    def _found(self, given: str | Path) -> str | Path:
        """The path as seen from the test or from the root folder, if there is such a file."""
        there = (folder / given for folder in (self.beside, self.root) if (folder / given).exists())
        return next(there, given)

    def _shown(self, path: Path) -> Path:
        return path.relative_to(self.root) if path.is_relative_to(self.root) else path


def _everything(scenario: Scenario) -> list[str]:
    borne = scenario.space.tolerated if scenario.space is not None else ()
    return [*(kind for kind in KINDS if kind not in borne), *([THRESHOLDS] if scenario.thresholds.limits else [])]


def _processes() -> int:
    return 1 if "PYTEST_XDIST_WORKER" in os.environ else os.cpu_count() or 1


@contextmanager
def _in_one_line() -> Iterator[None]:
    """Fail the test with the line of an error that a person, or the machinery, caused."""
    __tracebackhide__ = True
    reason = None
    try:
        yield
    except BadInput as error:
        reason = str(error)
    except NodeError as error:
        reason = f"no verdict, for the machinery failed: {error}"
    if reason is not None:
        raise pytest.fail.Exception(f"tailspin: {' '.join(reason.split())}", pytrace=False) from None
