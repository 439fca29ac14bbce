"""Whether a queue was kept: what was closed of accounts while others ahead of them could still have given.

Scores are those of the policy, from what is booked right before the event; funding that is due by then is left
out of equities, so that two accounts count as one behind the other from a hundredth of a score on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sim.reference.deleveraging import (
    Candidate,
    IndexForm,
    closable_wad_down,
    index_wad,
    profit_quote,
    return_leverage_wad,
)

APART = (101, 100)
"""Scores in a larger ratio than this one are told apart."""
FORMS = {
    "documented": IndexForm.DOCUMENTED,
    "by_side": IndexForm.DOCUMENTED_BY_SIDE,
    "profit_leverage": IndexForm.PROFIT_TIMES_LEVERAGE,
}


@dataclass(frozen=True, slots=True)
class Queued:
    """A candidate right before an event: its position at the mark, and what was closed of it (without sign)."""

    candidate: Candidate
    closed_wad: int


def score_of(policy: Mapping[str, Any]) -> Callable[[Candidate], int] | None:
    """Score of a policy that is a queue by return and leverage; None of all others."""
    match policy.get("kind", "return_leverage_queue"):
        case "return_leverage_queue":
            return return_leverage_wad
        case "index_queue":
            form = FORMS[policy.get("form", "documented")]
            return lambda candidate: index_wad(candidate, form)
        case _:
            return None


def out_of_order_wad(queue: list[Queued], score: Callable[[Candidate], int], mark_e8: int, fill_e8: int) -> int:
    """Size that was closed of accounts and that others ahead of them in the queue could have given."""
    scored = sorted(((score(one.candidate), one) for one in queue), key=lambda row: -row[0])
    left = [(rank, _closable(one, mark_e8, fill_e8) - one.closed_wad) for rank, one in scored]
    total = 0
    for rank, one in scored:
        ahead = sum(max(wad, 0) for other, wad in left if other * APART[1] > rank * APART[0])
        total += min(one.closed_wad, max(ahead - total, 0))
    return total


def _closable(one: Queued, mark_e8: int, fill_e8: int) -> int:
    """Who does not win never pays."""
    if profit_quote(one.candidate) <= 0:
        return 0
    return closable_wad_down(one.candidate, one.candidate.equity_quote, mark_e8, fill_e8)
