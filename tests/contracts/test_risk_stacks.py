"""Rules that stand on one another: weights stay within their bounds in every stack, pool and lens agree."""

from __future__ import annotations

from functools import cache
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.artifacts import load_artifacts
from sim.chain.base import ZERO_ADDRESS
from sim.chain.revm import RevmChain
from sim.units import BPS, E8
from tests.deployed import Deployed, as_address
from tests.lending import BORROWER, DONOR, LENDER, OWNER, LendingMarket, new_market

ETHER = 10**18
KINDS = ("CorrelatedModes", "Isolation", "SizeTiers", "MovingRequirements")
STACKS = [stack for count in range(1, 5) for stack in permutations(KINDS, count)]


def build(market: LendingMarket, deploy, stack: tuple[str, ...]) -> dict[str, Deployed]:
    """Deploy a stack, innermost first, with ether in everything, and compose the pool with it."""
    weth, lst = market.token("WETH"), market.token("LST")
    rules: dict[str, Deployed] = {}
    inner: object = ZERO_ADDRESS
    for kind in stack:
        extra = (ZERO_ADDRESS, [weth, lst], (0, 0, 0, BPS, 1, 0, 0)) if kind == "MovingRequirements" else ()
        inner = rules[kind] = deploy(market.chain, kind, OWNER, market.pool, inner, *extra)
    if "CorrelatedModes" in rules:
        rules["CorrelatedModes"].send(OWNER, "setCategory", 1, (9_300, 9_500, 100), [weth, lst], False)
    if "Isolation" in rules:
        rules["Isolation"].send(OWNER, "setIsolated", lst, 10**20)
        rules["Isolation"].send(OWNER, "setBorrowableInIsolation", weth, True)
    if "SizeTiers" in rules:
        rules["SizeTiers"].send(OWNER, "setBrackets", weth, [(10**13, 6_000, 6_500), (10**14, 3_000, 9 * 500)])
    market.pool.send(OWNER, "setModules", inner, ZERO_ADDRESS, ZERO_ADDRESS)
    return rules


@cache
def standing(stack: tuple[str, ...]) -> tuple[LendingMarket, dict[str, Deployed]]:
    """A market with a stack; BORROWER is in the mode, DONOR in isolation, LENDER in neither."""
    artifacts, chain = load_artifacts(), RevmChain()

    def deploy(on: RevmChain, name: str, *args: object) -> Deployed:
        init_code = artifacts[name].encode_constructor(*[as_address(one) for one in args])
        return Deployed(on, artifacts, name, on.deploy(ACCOUNTS.address(0), init_code))

    market = new_market(chain, deploy)
    for symbol, price in (("WETH", 2_000 * E8), ("LST", 2_200 * E8)):
        market.add(symbol, 18, price)
    rules = build(market, deploy, stack)
    if "CorrelatedModes" in rules:
        rules["CorrelatedModes"].send(BORROWER, "choose", 1)
    if "Isolation" in rules:
        rules["Isolation"].send(DONOR, "enter", market.token("LST"))
    return market, rules


@given(
    stack=st.sampled_from(STACKS),
    user=st.sampled_from([BORROWER, DONOR, LENDER]),
    symbol=st.sampled_from(["WETH", "LST"]),
    base=st.one_of(st.integers(0, 10**18), st.sampled_from([10**13, 10**13 + 1, 10**14, 10**14 + 1])),
    threshold_bps=st.integers(0, BPS),
    ltv_share=st.integers(0, 100),
    haircuts=st.tuples(st.integers(0, BPS), st.integers(0, 100), st.sampled_from([0, 60, 3_600])),
    elapsed_s=st.integers(0, 4_000),
)
def test_weights_stay_ordered_and_below_the_value(
    stack, user, symbol, base, threshold_bps, ltv_share, haircuts, elapsed_s
):
    """The weight by LTV is at most that by threshold, and that at most base * 10000."""
    market, rules = standing(stack)
    token = market.token(symbol)
    if "MovingRequirements" in rules:
        ltv_cut_bps, share, ramp_s = haircuts
        rules["MovingRequirements"].send(
            OWNER, "setHaircut", token, ltv_cut_bps, ltv_cut_bps * share // 100, ramp_s
        )
    market.wait(elapsed_s)
    outermost = rules[stack[-1]]
    ltv_bps = threshold_bps * ltv_share // 100
    result = outermost.read("weights", user, token, base, ltv_bps, threshold_bps)
    assert 0 <= result.ltvWeighted <= result.thresholdWeighted <= base * BPS
    assert outermost.read("bonusBps", user, token, 500) in (100, 500)


@pytest.mark.parametrize("stack", [stack for stack in STACKS if len(stack) == 4][::5])
def test_lens_and_pool_agree_through_a_whole_stack(stack, revm, deploy):
    market = new_market(revm, deploy)
    for symbol, price in (("WETH", 2_000 * E8), ("LST", 2_200 * E8), ("USDC", E8)):
        market.add(symbol, 18, price)
    rules = build(market, deploy, stack)
    market.supply(LENDER, "WETH", 10_000 * ETHER)
    market.supply(LENDER, "USDC", 10**25)
    for user, symbol in ((BORROWER, "WETH"), (DONOR, "LST")):
        market.supply(user, symbol, 1_000 * ETHER)
    rules["CorrelatedModes"].send(BORROWER, "choose", 1)
    rules["Isolation"].send(DONOR, "enter", market.token("LST"))
    for user in (BORROWER, DONOR):
        market.pool.send(user, "borrow", market.token("WETH"), 100 * ETHER)
    rules["MovingRequirements"].send(OWNER, "setHaircut", market.token("WETH"), 900, 700, 1_000)
    market.wait(500)
    lens = deploy(revm, "TestbedLens")
    words = lens.read("accountWords", market.pool, [BORROWER, DONOR])
    stride = 3 + 2 * 3
    for i, user in enumerate((BORROWER, DONOR)):
        data = market.pool.read("accountData", user)
        assert words[i * stride] == data.healthFactorWad
        assert words[i * stride + 1] == data.collateralBase
    assert market.pool.send_error(BORROWER, "borrow", market.token("USDC"), ETHER).startswith("DebtOutsideMode(")
    isolated = market.pool.send_error(DONOR, "borrow", market.token("USDC"), ETHER)
    assert isolated.startswith("NotBorrowableInIsolation(")
    # $2,000,000 of ether in the mode at 95 %, cut to tiers, less half of the ramp's 7 %.
    average = market.pool.read("accountData", BORROWER).liquidationThresholdBps
    assert 0 < average < 9_500 - 350
