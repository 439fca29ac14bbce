"""Rule: the formulas on chain give the integers of ``sim.reference.stable_swap``, which bound the exact ones."""

from random import Random

import pytest

from sim.reference import stable_swap as reference
from sim.reference.constant_product import PoolRevertError
from sim.reference.stable_swap import StableCurve
from tests.batch import assert_equal_mirror, exposed, wide

BALANCE_BITS = 95
MAX_FEE_PPM = 500_000


def amplification_e2(random: Random) -> int:
    return random.choice([100, 10**8, random.randint(100, 10**8), random.randint(100, 500_000)])


def amount(random: Random) -> int:
    return wide(random, BALANCE_BITS) + 1


def pool(random: Random) -> tuple[int, int]:
    """Two balances: of any sizes, or a part of 1e-6 to 1 - 1e-6 of a total in the first."""
    if random.random() < 0.5:
        return amount(random), amount(random)
    total, part = amount(random) + 10**6, random.randint(1, 10**6 - 1)
    return max(total * part // 10**6, 1), total - total * part // 10**6


def curve(random: Random) -> tuple[int, int, int]:
    multiplier = random.choice([10_000, 200_000, random.randint(10_000, 200_000)])
    most = MAX_FEE_PPM * 10_000 // multiplier
    return amplification_e2(random), random.choice([0, most, random.randint(0, most)]), multiplier


def of_share(random: Random) -> tuple[int, int]:
    total = wide(random, 110) + 1_001
    return random.choice([1, total - 1_000, random.randint(1, total - 1_000)]), total


def balance_inputs(random: Random) -> tuple[int, int, int]:
    """A balance and an invariant that belong to one pool, or nearly."""
    x, y, a = *pool(random), amplification_e2(random)
    invariant = reference.invariant_up(x, y, a)
    less = random.choice([0, 1, invariant // 3])
    return x + random.choice([0, 1, wide(random, 90)]), max(invariant - less, 1), a


FORMULAS = {
    "invariantUp": (lambda r: (*pool(r), amplification_e2(r)), reference.invariant_up),
    "invariantDown": (lambda r: (*pool(r), amplification_e2(r)), reference.invariant_down),
    "invariantWithin": (lambda r: (*pool(r), amplification_e2(r), 255), reference.invariant_within),
    "balanceUp": (balance_inputs, reference.balance_up),
    "spotPriceWad": (lambda r: (*pool(r), amplification_e2(r)), reference.spot_price_wad),
    "feeWadUp": (
        lambda r: (*pool(r), *curve(r)),
        lambda x, y, *words: reference.fee_wad_up(x, y, StableCurve(*words)),
    ),
    "outputDown": (
        lambda r: (*pool(r), r.choice([0, 1, amount(r)]), *curve(r)),
        lambda x, y, sold, *words: reference.output_down(x, y, sold, StableCurve(*words)),
    ),
    "depositSharesDown": (
        lambda r: (*pool(r), r.choice([0, amount(r)]), r.choice([0, amount(r)]), wide(r, 110) + 1_000, *curve(r)),
        lambda x, y, a, b, total, *words: flat(
            reference.deposit_shares_down((x, y), (a, b), total, StableCurve(*words))
        ),
    ),
    "withdrawalDown": (
        lambda r: (*pool(r), *of_share(r), *curve(r)),
        lambda x, y, shares, total, *words: reference.withdrawal_down(x, y, shares, total, StableCurve(*words)),
    ),
}


def flat(deposit: tuple[int, tuple[int, int]]) -> tuple[int, int, int]:
    return deposit[0], *deposit[1]


@pytest.mark.parametrize("function", FORMULAS)
def test_equals_its_mirror(function):
    assert_equal_mirror(exposed("ExposedStableSwap"), function, *FORMULAS[function])


def excess_of_invariant(invariant: int, x: int, y: int, a: int) -> int:
    """Above 0 if `invariant` exceeds the exact one, below if it falls short: the equation times 400·x·y."""
    ann_e2 = 2 * a
    return 100 * invariant**3 + 4 * x * y * ((ann_e2 - 100) * invariant - ann_e2 * (x + y))


def test_bounds_of_the_invariant_are_bounds():
    random = Random("bounds")
    for _ in range(10_000):
        x, y, a = *pool(random), amplification_e2(random)
        up, down = reference.invariant_up(x, y, a), reference.invariant_down(x, y, a)
        assert excess_of_invariant(up, x, y, a) >= 0 >= excess_of_invariant(down, x, y, a)


def test_bound_of_a_balance_is_the_next_integer():
    random = Random("balance")
    for _ in range(10_000):
        x, y, a = *pool(random), amplification_e2(random)
        invariant = reference.invariant_up(x, y, a)
        found = reference.balance_up(x, invariant, a)
        assert excess_of_invariant(invariant, x, found, a) <= 0
        assert found < 2 or excess_of_invariant(invariant, x, found - 2, a) > 0 or found == 2


def test_invariant_is_found_in_a_fraction_of_the_steps_at_the_extremes():
    """One unit against all that the pool can count, at the lowest and the highest amplification."""
    for a in (100, 10_000, 10**8):
        for x, y in ((1, reference.MAX_BALANCE), (1, 1), (reference.MAX_BALANCE,) * 2):
            assert reference.invariant_within(x, y, a, 70) == reference.invariant_up(x, y, a)


def test_too_few_steps_are_an_error_that_says_how_far_they_came():
    library = exposed("ExposedStableSwap")
    with pytest.raises(PoolRevertError) as reverted:
        reference.invariant_within(10**18, 9 * 10**18, 10_000, 2)
    error = library.read_error("invariantWithin", 10**18, 9 * 10**18, 10_000, 2)
    assert error == f"InvariantNotFound{reverted.value.values}"
    assert reverted.value.values[2] < 10**19


@pytest.mark.parametrize("held", [(0, 10**18), (10**18, 0)])
def test_one_sided_pool_has_no_price(held):
    library = exposed("ExposedStableSwap")
    for function in ("invariantUp", "spotPriceWad"):
        assert library.read_error(function, *held, 10_000) == f"NoLiquidity{held}"
    assert library.read("invariantUp", 0, 0, 10_000) == 0
    assert library.read_error("spotPriceWad", 0, 0, 10_000) == "NoLiquidity(0, 0)"


def test_fee_is_the_base_at_equal_balances_and_the_multiple_at_none():
    curve_of = StableCurve(10_000, 400, 50_000)
    assert reference.fee_wad_up(10**24, 10**24, curve_of) == 400 * 10**12
    assert reference.fee_wad_up(1, 10**28, curve_of) == 5 * 400 * 10**12
    between = [reference.fee_wad_up(10**24, part * 10**23, curve_of) for part in range(10, 0, -1)]
    assert between == sorted(between)
    flat_fee = StableCurve(10_000, 400, 10_000)
    assert reference.fee_wad_up(1, 10**28, flat_fee) == 400 * 10**12
