"""Interest in one step and in many, and what suppliers may claim, for every rate model of a pool."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.artifacts import load_artifacts
from sim.chain.base import Chain
from sim.chain.revm import RevmChain
from sim.reference.rates import compound_factor_ray_up, linear_factor_ray_down
from sim.units import E8, RAY, SECONDS_PER_YEAR, ray_mul_up
from tests.deployed import Deployed, as_address
from tests.lending import BORROWER, LENDER, OWNER, LendingMarket, new_market

ETH, USD = 10**18, 10**6
STEPS = 10_000
STEP_ROUNDING_RAY = 6
"""A step rounds the product r t, its square, its cube and their shares up, and the index once: below 6 / 1e27."""

MODELS = {
    "flat": (("KinkedRateModel", (9_000, 5_000, 0, 0)), 1_000),
    "kinked": (("KinkedRateModel", (8_000, 100, 400, 6_000)), 1_000),
    "kinked, all to suppliers": (("KinkedRateModel", (8_000, 100, 400, 6_000)), 0),
    "separate": (("SeparateCurves", (8_000, 150, 350, 2_500), (8_000, 0, 325, 4_000)), 10_000),
    "adaptive": (("AdaptiveCurveRateModel", (9_000, 40_000, 500_000, 400, 10, 20_000)), 1_000),
}
"""Contract with its arguments, and the reserve's factor in bps."""


@cache
def e_up(x: Fraction) -> Fraction:
    """e^x for 0 <= x <= 4 by its series, above it by less than 1e-30."""
    total, term, n = Fraction(1), Fraction(1), 0
    while term > Fraction(1, 10**32) or n < 8:
        n += 1
        term = (term * x / n).limit_denominator(10**40) + Fraction(1, 10**39)
        total += term
    return total + 2 * term


def remainder(x: Fraction) -> Fraction:
    """e^x - (1 + x + x^2/2 + x^3/6) is at most x^4/24 e^x (Lagrange)."""
    return x**4 / 24 * e_up(x)


def many_steps_ray(rate_ray: int, elapsed_s: int, steps: int) -> int:
    """An index of 1 after `elapsed_s` in `steps` steps, as even as seconds allow."""
    index, long_steps = RAY, elapsed_s % steps
    factors = [compound_factor_ray_up(rate_ray, elapsed_s // steps + extra) for extra in (0, 1)]
    for step in range(steps):
        index = ray_mul_up(index, factors[step < long_steps])
    return index


@settings(max_examples=30)
@given(
    elapsed_s=st.integers(STEPS, 4 * SECONDS_PER_YEAR),
    share_bps=st.integers(1, 10_000),
    steps=st.sampled_from([2, 3, 100, STEPS]),
)
def test_one_step_and_many_differ_by_less_than_the_remainder(elapsed_s, share_bps, steps):
    """For x = rate * time <= 1 and a constant rate: one <= many < one + x^4/24 e^x, and a rounding bound."""
    rate_ray = RAY * SECONDS_PER_YEAR // elapsed_s * share_bps // 10_000
    x = Fraction(rate_ray * elapsed_s, SECONDS_PER_YEAR * RAY)
    assert x <= 1
    one = compound_factor_ray_up(rate_ray, elapsed_s)
    many = many_steps_ray(rate_ray, elapsed_s, steps)
    rounding = STEP_ROUNDING_RAY * steps * e_up(x)
    assert many >= one - STEP_ROUNDING_RAY
    assert many - one <= remainder(x) * RAY + rounding


@given(rate_ray=st.integers(0, 10 * RAY), elapsed_s=st.integers(1, SECONDS_PER_YEAR), steps=st.integers(2, 50))
def test_suppliers_earn_at_most_what_borrowers_are_charged(rate_ray, elapsed_s, steps):
    """In as many steps as anyone likes: every linear factor is below the compound one."""
    one = linear_factor_ray_down(rate_ray, elapsed_s)
    assert one <= compound_factor_ray_up(rate_ray, elapsed_s)
    part = linear_factor_ray_down(rate_ray, elapsed_s // steps)
    assert part <= compound_factor_ray_up(rate_ray, elapsed_s // steps)


def deploy(chain: Chain, name: str, *args: object) -> Deployed:
    artifacts = load_artifacts()
    init_code = artifacts[name].encode_constructor(*[as_address(one) for one in args])
    return Deployed(chain, artifacts, name, chain.deploy(ACCOUNTS.address(0), init_code))


def new_scene(chain: Chain, model: str) -> LendingMarket:
    """A USDC reserve with the rate model, a million lent to it, and a borrower with any amount of collateral."""
    (name, *arguments), factor_bps = MODELS[model]
    market = new_market(chain, deploy)
    market.add("WETH", 18, 2_000 * E8)
    market.add("USDC", 6, E8, reserveFactorBps=factor_bps, rateModel=deploy(chain, name, *arguments).address)
    market.supply(BORROWER, "WETH", 10**6 * ETH)
    market.supply(LENDER, "USDC", 10**6 * USD)
    return market


def backing(state) -> int:
    return state.cash + state.totalDebt + state.deficit + state.claims


@pytest.mark.parametrize("lent_usd", [700_000, 1_000_000])
@pytest.mark.parametrize("model", MODELS)
def test_ten_thousand_steps_on_chain(model, lent_usd):
    """Debt after a year in one step, and in 10,000 of them, lies within what the rates seen allow.

    Every step asks the model anew, so the bounds are one step at the lowest rate seen, and e^x at the highest.
    Where the rate does not fall meanwhile, many steps never give less debt than one.
    """
    debts, lowest, highest = [], None, 0
    for steps in (1, STEPS):
        with RevmChain() as chain:
            market = new_scene(chain, model)
            market.borrow(BORROWER, "USDC", lent_usd * USD)
            usdc, start_s = market.token("USDC"), chain.timestamp_s
            first = market.state("USDC").borrowRateRay
            for step in range(1, steps):
                at_s = start_s + SECONDS_PER_YEAR * step // steps
                receipt = market.pool.try_send(OWNER, "withdrawTreasury", usdc, 0, OWNER, at_s=at_s)
                assert receipt.ok
                if step % 100 == 1 or step == steps - 1:
                    state = market.state("USDC")
                    assert state.totalSupplied <= backing(state)
                    lowest = min(lowest or state.borrowRateRay, state.borrowRateRay)
                    highest = max(highest, state.borrowRateRay)
            market.wait(start_s + SECONDS_PER_YEAR - chain.timestamp_s)
            state = market.state("USDC")
            assert state.totalSupplied <= backing(state)
            debts.append(state.totalDebt)
    one, many = debts
    lowest, highest = min(lowest, first), max(highest, first)
    principal, x = lent_usd * USD, Fraction(highest, RAY)
    least = ray_mul_up(principal, compound_factor_ray_up(lowest, SECONDS_PER_YEAR))
    assert least - 1 <= many <= principal * (e_up(x) + Fraction(STEPS * STEP_ROUNDING_RAY * 4, RAY)) + 1
    if lowest >= first:
        assert many >= one
    if lowest == highest:
        assert x <= 1 and many - one <= principal * remainder(x) + 2


ACTION = st.tuples(
    st.sampled_from(["supply", "withdraw", "borrow", "repay", "cover", "treasury", "donate"]),
    st.integers(1, 10**13),
    st.integers(0, SECONDS_PER_YEAR),
)


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=15)
@given(actions=st.lists(ACTION, min_size=1, max_size=12))
def test_claims_never_exceed_what_backs_them(model, actions):
    """Supplier claims <= cash + debt + deficit + claims, with a rounding bound of 0."""
    with RevmChain() as chain:
        market = new_scene(chain, model)
        for action, amount, elapsed_s in actions:
            market.wait(elapsed_s)
            before = market.state("USDC")
            assert before.totalSupplied <= backing(before)
            act(market, action, amount, before)
            state = market.state("USDC")
            assert state.totalSupplied <= backing(state)
            assert market.supplied("USDC", LENDER) + state.treasuryAccrued <= state.totalSupplied
            assert state.deficit == before.deficit or action == "cover"


def act(market: LendingMarket, action: str, amount: int, state) -> None:
    """Do one action, bounded by what the reserve allows."""
    usdc = market.token("USDC")
    if action == "supply":
        market.supply(LENDER, "USDC", amount + state.liquidityIndexRay // RAY + 1)
    elif action == "withdraw" and min(state.cash, market.supplied("USDC", LENDER)):
        amount = min(amount, state.cash, market.supplied("USDC", LENDER))
        market.pool.send(LENDER, "withdraw", usdc, amount, LENDER)
    elif action == "borrow" and state.cash:
        market.pool.send(BORROWER, "borrow", usdc, min(amount, state.cash))
    elif action == "repay" and market.debt("USDC", BORROWER):
        amount += state.borrowIndexRay // RAY + 1
        market.fund(BORROWER, "USDC", amount)
        market.pool.send(BORROWER, "repay", usdc, amount, BORROWER)
    elif action == "cover" and state.deficit:
        market.fund(OWNER, "USDC", state.deficit)
        market.pool.send(OWNER, "coverDeficit", usdc, state.deficit)
    elif action == "treasury":
        market.pool.send(OWNER, "withdrawTreasury", usdc, min(state.treasuryAccrued, state.cash), OWNER)
    elif action == "donate":
        usdc.send(OWNER, "mint", market.pool, amount)
