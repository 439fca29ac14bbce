"""What the verbs found as checks of a report, in the words of people."""

from collections.abc import Sequence

from sim.report.ci import Check, Report
from sim.report.finding import finding_lines, verdict_words
from sim.search.finding import load_finding
from sim.search.replay import ReplayResult
from sim.search.result import SearchResult
from sim.search.verify import Verification
from sim.verbs.run import Run, threshold_checks


def told_of_run(report: Report, done: Run) -> None:
    """One check for the invariants, and one for each threshold of the scenario."""
    violations = done.trace.violations
    broken = [f"{one.invariant} broken in block {one.block}: {one.detail}" for one in violations[:5]]
    report.checks.append(Check("invariants", "\n".join(broken) or None, seconds=done.seconds))
    report.checks += [
        Check(f"thresholds.{name}", line) for name, line in threshold_checks(done.scenario, done.result).items()
    ]
    report.notes += done.infrastructure


def told_of_search(report: Report, result: SearchResult) -> None:
    """One check for each aim that nothing reaches, one for each finding, and one for each that is fixed."""
    reached = []
    for path in result.findings:
        finding = load_finding(path)
        reached.append(finding.aim)
        report.checks.append(Check(f"{finding.aim}: {path.stem}", "\n".join(finding_lines(finding, path))))
    report.checks += [Check(aim, seconds=result.seconds) for aim in result.aims if aim not in reached]
    report.checks += [
        Check(f"{one.path.stem}: {verdict_words(one.verdict, one.outcome, one.reason)}")
        for one in result.replayed
        if one.verdict != "still_fails"
    ]
    report.notes += result.infrastructure


def told_of_replays(report: Report, replays: Sequence[ReplayResult]) -> None:
    """One check for each finding: whether its verdict is the one that its file expects."""
    for one in replays:
        words = verdict_words(one.verdict, one.outcome, one.reason)
        failure = None if one.as_expected else f"{words}; {one.expected} expected"
        report.checks.append(Check(str(one.path), failure))
        report.notes += one.infrastructure


def told_of_verifications(report: Report, verified: Sequence[Verification]) -> None:
    """One check for each finding: whether all that must be equal is."""
    for one in verified:
        differ = [check for check in one.checks if check.binding and not check.agrees]
        lines = [f"{check.name}: {check.recorded} recorded, {check.found} found" for check in differ]
        if len(lines) > 1:
            lines.insert(0, f"{len(lines)} of its records differ")
        report.checks.append(Check(f"{one.path} on {one.chain}", "\n".join(lines) or None))
        report.notes += one.infrastructure
