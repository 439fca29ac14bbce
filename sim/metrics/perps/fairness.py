"""How a loss is divided among winners: inequality, and what an equal haircut would have left them."""

from collections.abc import Mapping, Sequence

from sim.units import mul_div_up


def gini(shares: Sequence[float]) -> float | None:
    """Gini coefficient of shares at or above 0: sum of |x - y| over all pairs, over twice their number and mean.

    0 where all are equal, (n - 1) / n where one has all; None without any above 0.
    """
    total = sum(shares)
    if total <= 0:
        return None
    # With x sorted, the sum over ordered pairs is 2 sum (2 i - n - 1) x_i.
    count = len(shares)
    weighted = sum((2 * i - count - 1) * share for i, share in enumerate(sorted(shares), start=1))
    return max(weighted / (count * total), 0.0)


def beyond_equal_quote(cuts: Mapping[str, int], profits: Mapping[str, int], needed_quote: int) -> int:
    """What accounts lose beyond the same share of everybody's profit that would have been enough, in quote.

    All policies that close the same size at the same price take the same in sum; this is where they can overshoot:
    0 for equal haircuts, all that was taken where those who pay are not among the winners. Profits at or below 0
    count as nothing, and the share is at most all.
    """
    winners = {name: profit for name, profit in profits.items() if profit > 0}
    total = sum(winners.values())
    needed = min(max(needed_quote, 0), total)
    equal = {name: mul_div_up(profit, needed, total) for name, profit in winners.items()}
    return sum(max(cut - equal.get(name, 0), 0) for name, cut in cuts.items())
