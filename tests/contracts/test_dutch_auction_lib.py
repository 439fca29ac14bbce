"""DutchAuctionLib equals its mirror on 10,000 random inputs per function, and has its closed forms."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, log
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import CallReverted
from sim.reference import dutch_auction
from sim.units import RAY, UINT256_MAX, WAD

INPUTS = 10_000
OWNER = ACCOUNTS.address(1)


def _log_uniform(rng: Random, low: int, high: int) -> int:
    """Return an integer whose size is drawn evenly, so that small and large ones meet."""
    bits = rng.uniform(log(low, 2), log(high, 2))
    return min(max(int(2**bits) + rng.randrange(3) - 1, low), high)


def _vault(rng: Random) -> tuple[int, ...]:
    debt = _log_uniform(rng, 1, 10**26)
    rate = RAY + rng.choice([0, rng.randrange(RAY)])
    penalty = WAD + rng.choice([0, rng.randrange(WAD // 2)])
    tab = debt * rate * penalty // WAD
    room = rng.choice([UINT256_MAX, tab, tab + 1, max(tab - 1, 0), int(tab * rng.random())])
    dust = rng.choice([0, debt * rate, int(debt * rate * rng.random()), int(debt * rate * rng.random() / 10)])
    collateral = rng.choice([0, *[_log_uniform(rng, 1, 10**26) for _ in range(30)]])
    return collateral, debt, rate, room, dust, penalty


def _price(rng: Random) -> int:
    return _log_uniform(rng, 1, 10**35)


def _cut(rng: Random) -> int:
    return rng.choice([0, RAY, 99 * RAY // 100, rng.randrange(RAY), RAY - _log_uniform(rng, 1, RAY)])


def _purchase(rng: Random) -> tuple[int, ...]:
    lot, price = _log_uniform(rng, 1, 10**26), _price(rng)
    tab = max(int(lot * price * rng.uniform(0.01, 2)), 1)
    wanted = rng.choice([UINT256_MAX, lot, 1, rng.randrange(lot + 1)])
    least = rng.choice([0, tab, tab + 1, int(tab * rng.random()), int(tab * rng.random() / 10)])
    return lot, tab, rng.choice([price, price, price, price, 0]), wanted, least


def _draw(function: str, rng: Random) -> tuple:
    if function == "cutDown":
        return _vault(rng)
    if function == "powRay":
        return _cut(rng), _log_uniform(rng, 1, 10**6) - 1
    if function == "rewardRadDown":
        return _log_uniform(rng, 1, 10**55), _log_uniform(rng, 1, 10**55), rng.randrange(WAD)
    if function == "linearPriceDown":
        return _price(rng), _log_uniform(rng, 1, 10**6), _log_uniform(rng, 1, 10**6)
    if function == "steppedPriceDown":
        return _price(rng), _log_uniform(rng, 1, 10**6), _cut(rng), rng.choice([1, 60, 90, 1_000])
    if function == "needsReset":
        top = _price(rng)
        return (
            rng.randrange(top + 1),
            top,
            rng.randrange(20_000),
            rng.choice([0, 8_400, 10_000]),
            rng.randrange(RAY),
        )
    return _purchase(rng)


MIRRORS: dict[str, Callable] = {
    "cutDown": lambda *vault: dutch_auction.cut_down(dutch_auction.Vault(*vault)),
    "powRay": dutch_auction.pow_ray,
    "rewardRadDown": dutch_auction.reward_rad_down,
    "linearPriceDown": dutch_auction.linear_price_down,
    "steppedPriceDown": dutch_auction.stepped_price_down,
    "needsReset": dutch_auction.needs_reset,
    "purchaseDown": dutch_auction.purchase_down,
}


def _expected(function: str, given: tuple) -> tuple:
    """Return the mirror's results as a tuple of ints, or its refusal."""
    try:
        result = MIRRORS[function](*given)
    except ValueError as refusal:
        return (type(refusal).__name__, *refusal.args)
    if isinstance(result, dutch_auction.Cut):
        return (result.lot_assets, result.debt_assets, result.due_rad, result.tab_rad)
    return tuple(map(int, result)) if isinstance(result, tuple) else (int(result),)


@pytest.mark.parametrize("function", MIRRORS)
def test_library_equals_its_mirror(function, revm, deploy):
    exposed, rng = deploy(revm, "ExposedDutchAuction", OWNER), Random(function)
    outcomes = set()
    for _ in range(INPUTS):
        given = _draw(function, rng)
        expected = _expected(function, given)
        outcomes.add(expected[0] if isinstance(expected[0], str) else "value")
        data = exposed.encode(function, *([given] if function == "cutDown" else given))
        try:
            out = revm.call(exposed.address, data)
        except CallReverted as error:
            name, values = exposed.artifacts.decoder.error_parts(error.data)
            assert (name, *values) == expected, given
            continue
        assert tuple(int.from_bytes(out[at : at + 32]) for at in range(0, len(out), 32)) == expected, given
    if function == "cutDown":
        assert outcomes == {"value", "DustyLot", "EmptyLot"}
    if function == "purchaseDown":
        assert outcomes == {"value", "NoPartialPurchase"}


CUT_RAY, STEP_S, TAIL_S, CUSP_RAY = 99 * RAY // 100, 90, 8_400, 4 * RAY // 10
"""Maker's parameters of ETH-A: 1 % every 90 seconds, a tail of 140 minutes, a cusp at 40 %."""


@pytest.mark.parametrize(("buffer_percent", "steps"), [(120, 19), (130, 27)])
def test_price_reaches_par(buffer_percent, steps):
    """Maker's 27 and 39 minutes are those of the smooth curve; the stairs get there at the step after it."""
    top = buffer_percent * RAY // 100
    first = next(s for s in range(TAIL_S) if dutch_auction.stepped_price_down(top, s, CUT_RAY, STEP_S) <= RAY)
    assert first == steps * STEP_S
    smooth_minutes = log(buffer_percent / 100) / -log(0.99) * STEP_S / 60
    assert steps == ceil(smooth_minutes * 60 / STEP_S)
    assert round(smooth_minutes) == {120: 27, 130: 39}[buffer_percent]


def test_cusp_is_reached_shortly_before_the_tail():
    """0.99 ** 92 is the first power below 0.4: after 138 minutes, 137 on the smooth curve; the tail is at 140."""
    prices = (dutch_auction.stepped_price_down(RAY, s, CUT_RAY, STEP_S) for s in range(TAIL_S))
    first = next(s for s, price in enumerate(prices) if price < CUSP_RAY)
    assert first == 92 * STEP_S < TAIL_S < 94 * STEP_S
    assert round(log(0.4) / log(0.99) * STEP_S / 60) == 137


@given(
    top=st.integers(1, 10**35),
    at=st.integers(0, 20_000),
    later=st.integers(0, 20_000),
    cut=st.integers(0, RAY - 10**18),
    step=st.sampled_from([1, 60, 90]),
    duration=st.integers(1, 20_000),
)
def test_price_never_rises(top, at, later, cut, step, duration):
    """Cuts closer to 1 than 1e-9 are left out: there a step is smaller than the rounding of its power."""
    prices = (
        lambda s: dutch_auction.stepped_price_down(top, s, cut, step),
        lambda s: dutch_auction.linear_price_down(top, s, duration),
    )
    for price in prices:
        assert price(0) == top
        assert price(at + later) <= price(at) <= top


VAULTS = st.builds(
    dutch_auction.Vault,
    collateral_assets=st.integers(1, 10**26),
    debt_assets=st.integers(1, 10**26),
    rate_ray=st.integers(RAY, 2 * RAY),
    room_rad=st.integers(1, 10**53),
    dust_rad=st.integers(0, 10**50),
    penalty_wad=st.integers(WAD, 2 * WAD),
)


@given(VAULTS)
def test_lot_keeps_the_limit_but_for_dust(vault):
    """A lot exceeds its room by less than dust times penalty, and neither it nor what it leaves is dust."""
    try:
        cut = dutch_auction.cut_down(vault)
    except (dutch_auction.DustyLot, dutch_auction.EmptyLot):
        return
    assert cut.tab_rad <= vault.room_rad + vault.dust_rad * vault.penalty_wad // WAD
    left = vault.debt_assets - cut.debt_assets
    assert left == 0 or min(left * vault.rate_ray, cut.due_rad) >= vault.dust_rad
    assert 0 <= vault.collateral_assets - cut.lot_assets <= vault.collateral_assets
    assert cut.lot_assets * vault.debt_assets <= vault.collateral_assets * cut.debt_assets


@given(
    lot=st.integers(1, 10**26),
    tab=st.integers(1, 10**55),
    price=st.integers(0, 10**35),
    wanted=st.integers(0, 10**27),
    least=st.integers(0, 10**50),
)
def test_purchase_takes_no_more_than_lot_and_tab(lot, tab, price, wanted, least):
    try:
        sold, owed = dutch_auction.purchase_down(lot, tab, price, wanted, least)
    except dutch_auction.NoPartialPurchase:
        assert 0 < tab - min(lot, wanted) * price < least and tab <= least
        return
    assert sold <= min(lot, wanted) and owed <= tab
    assert sold * price <= owed < (sold + 1) * price or (sold, owed) == (min(lot, wanted), sold * price)
    assert sold == lot or owed == tab or tab - owed >= least, "a partial purchase left dust"
