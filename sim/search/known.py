"""What the stored findings of a scenario say of it as it is now: replayed before a search looks for more."""

from collections.abc import Callable, Sequence

from sim.search.corpus import Corpus
from sim.search.episode import Stage
from sim.search.finding import Finding
from sim.search.objectives import parse_bound
from sim.search.replay import replay_here
from sim.search.result import Best, SearchResult


def recall(
    stage: Stage,
    corpus: Corpus,
    aims: Sequence[str],
    maximize: Sequence[str],
    result: SearchResult,
    told: Callable[[int, int], None],
) -> list[Finding]:
    """Replay the scenario's stored findings and tell the result; return those that still reach one of the aims.

    Of a metric that is maximised, the largest value that is still reached becomes the one to beat.
    """
    stored, result.unreadable = corpus.of_scenario(stage.space.base.name)
    calls = stage.contract_calls
    failing = []
    for done, (path, finding) in enumerate(stored):
        told(done, len(stored))
        replayed = replay_here(stage, finding, path)
        result.replayed.append(replayed)
        if replayed.verdict != "still_fails":
            continue
        if finding.aim in aims:
            failing.append((aims.index(finding.aim), path, finding))
        bound = parse_bound(finding.aim)
        if bound is not None and bound.metric in maximize and bound.sense == ">=":
            before, value = result.best.get(bound.metric), replayed.details["value"]
            if before is None or value > before.value:
                result.best[bound.metric] = Best(value, None, path)
    result.contract_calls += stage.contract_calls - calls
    failing.sort(key=lambda one: one[:2])
    for _, path, finding in failing:
        result.name(finding, path)
    return [finding for _, _, finding in failing]
