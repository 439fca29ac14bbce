"""StableSwap on chain against the invariant solved independently, to 80 digits, by bisection of the equation."""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from random import Random

import pytest

from sim.units import WAD
from tests.batch import asked, exposed

POOLS = 10_000
DIGITS = 80
STEP = Decimal("1e-4")
"""Width of the last bracket, in units: what is asked for is whole units."""
NO_FEE = (0, 10_000)

LST_SHARES = (60, 80, 90, 95)
PRICES = {50: (0.991, 0.946, 0.814, 0.541), 200: (0.998, 0.986, 0.943, 0.807), 1000: (0.9996, 0.997, 0.988, 0.953)}
"""What a staked token is worth in the other coin while it is so many percent of the pool, by A."""
PRINTED = {50: 1e-3, 200: 5e-4, 1000: 5e-4}
"""Half a unit of the last digit; at A = 50 a whole one: the entry at 60 % (0.99155) is cut, not rounded."""


def bisected(rises, low: Decimal, high: Decimal) -> Decimal:
    """Return where a function that rises with its argument crosses 0, to within `STEP`."""
    while high - low > STEP:
        middle = (low + high) / 2
        if rises(middle) > 0:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def solved(x: Decimal, y: Decimal, sold: Decimal, ann: Decimal) -> tuple[Decimal, Decimal]:
    """Return the exact output of a sale without fee, and by how much the other balance moves with D there.

    A·n^n·S + D = A·D·n^n + D^(n+1) / (n^n·x·y), solved for D and then for y, each by bisection.
    """
    total, product = x + y, 4 * x * y
    invariant = bisected(lambda d: d * d * d / product + ann * d - d - ann * total, Decimal(0), total)
    after = x + sold
    cube = invariant * invariant * invariant / (4 * after)
    left = bisected(lambda v: ann * (after + v) + invariant - ann * invariant - cube / v, Decimal(1) / 10**6, y)
    by_balance = ann + cube / (left * left)
    by_invariant = 1 - ann - 3 * cube / (invariant * left)
    return y - left, -by_invariant / by_balance


def random_pool(random: Random) -> tuple[int, int, int, int]:
    """Balances of 1 to 99 % each of up to a trillion whole coins, an input up to the pool's size, and A·100."""
    total = random.randint(10**20, 10 ** random.randint(21, 28))
    x = total * random.randint(100, 9_900) // 10_000
    sold = max(total * random.randint(1, 10**6) // 10 ** random.randint(6, 12), 1)
    return x, total - x, sold, random.randint(10 * 100, 5_000 * 100)


def test_outputs_are_the_exact_ones_less_the_allowance_and_never_more():
    random = Random("stable swap")
    pools = [random_pool(random) for _ in range(POOLS)]
    rows = [(*row, *NO_FEE) for row in pools]
    worst = Decimal(0)
    with localcontext(Context(prec=DIGITS)):
        for row, (found, fee) in zip(pools, asked(exposed("ExposedStableSwap"), "outputDown", rows), strict=True):
            x, y, sold, amplification_e2 = map(Decimal, row)
            exact, by_invariant = solved(x, y, sold, 2 * amplification_e2 / 100)
            short, allowed = exact - found, 2 * max(Decimal(1), by_invariant) + 1
            assert fee == 0
            assert -STEP <= short <= allowed, (row, found, exact)
            worst = max(worst, short / allowed)
    assert worst > Decimal("0.3"), "the allowance would say nothing"


@pytest.mark.parametrize("amplification", PRICES)
def test_price_of_a_staked_token_falls_off_a_cliff(amplification):
    """The key non-linearity: a peg that looks perfect until four fifths of the pool are the staked token."""
    library = exposed("ExposedStableSwap")
    found = [
        library.read("spotPriceWad", share * 10**22, (100 - share) * 10**22, amplification * 100) / WAD
        for share in LST_SHARES
    ]
    assert found == pytest.approx(PRICES[amplification], abs=PRINTED[amplification])
    assert found == sorted(found, reverse=True)


def test_price_is_the_slope_of_the_exact_curve():
    random = Random("slope")
    library = exposed("ExposedStableSwap")
    with localcontext(Context(prec=DIGITS)):
        for _ in range(50):
            x, y, _, a = random_pool(random)
            found = library.read("spotPriceWad", x, y, a)
            sold = Decimal(x) / 10**9
            slope = solved_slope(Decimal(x), Decimal(y), sold, Decimal(2 * a) / 100)
            assert found / WAD == pytest.approx(float(slope), rel=1e-6)


def solved_slope(x: Decimal, y: Decimal, sold: Decimal, ann: Decimal) -> Decimal:
    """Return output per input of a sale that is small beside the pool."""
    return solved(x, y, sold, ann)[0] / sold
