"""One sale over venues of different kinds: never less than over any one of them, and close to the optimum."""

from random import Random

import pytest

from sim.chain.base import ZERO_ADDRESS
from sim.reference import split as reference
from sim.units import UINT256_MAX, WAD
from tests.split import SplitVenue
from tests.venue import OWNER, PROVIDER, TRADER, deploy

USD = 10**6
CASES = 150
AMPLIFICATIONS_E2 = (1_000, 20_000)
FEE_PPM, OFF_PEG_BPS = 400, 50_000


@pytest.fixture(scope="module")
def deployed():
    """Two coins at par: a constant-product pool and two StableSwap pools, their fee 4 bps and more off peg."""
    market = SplitVenue.empty(decimals=(18, 6))
    pool = deploy(market.chain, "ConstantProductPool", market.token0, market.token1, 5, OWNER)
    market.add(pool, deploy(market.chain, "SwapRouter"))
    stable_router = deploy(market.chain, "StableSwapRouter")
    for amplification_e2 in AMPLIFICATIONS_E2:
        tokens = market.token0, market.token1
        parameters = (*tokens, ZERO_ADDRESS, ZERO_ADDRESS, amplification_e2, FEE_PPM, OFF_PEG_BPS)
        stable = deploy(market.chain, "StableSwapPool", *parameters)
        market.add(stable, stable_router)
        for token in tokens:
            token.send(TRADER, "approve", stable, UINT256_MAX)
    market.list()
    return market


def fill(market: SplitVenue, random: Random, most_share: float) -> float:
    """Give all venues liquidity, over three orders of magnitude; return the largest depth in whole coins.

    Either coin has between 1 - `most_share` and `most_share` of a StableSwap pool.
    """
    depths = [int(10 ** random.uniform(4, 7)) for _ in market.venues]
    market.fill([(depths[0] * WAD, depths[0] * USD)])
    for depth, stable in zip(depths[1:], market.venues[1:3], strict=False):
        share = random.uniform(1 - most_share, most_share)
        stable.send(TRADER, "addLiquidity", int(depth * share * WAD), int(depth * (1 - share) * USD), 0, PROVIDER)
    return max(depths)


def test_a_sale_over_three_kinds_costs_no_more_than_over_any_one_of_them(deployed):
    """S20. The contract divides as its mirror does on the venues' own quotes."""
    random, better = Random(20), 0
    for _ in range(CASES):
        with deployed.undone() as market:
            depth = fill(market, random, most_share=0.95)
            token_in = random.choice([market.token0, market.token1])
            unit = WAD if token_in is market.token0 else USD
            amount = int(depth * 10 ** random.uniform(-4, 0.5) * unit)
            quotes = market.quotes(token_in)
            alone = max(quote(amount) for quote in quotes)
            expected = reference.divide(quotes, amount)
            sold = market.sell(token_in, amount)
            assert (sold.amounts_in, sold.amounts_out) == (expected.amounts_in, expected.amounts_out)
            assert sold.paid == amount and sold.received == sum(sold.amounts_out) >= alone
            better += sold.received > alone
    assert better > CASES // 2


def test_close_to_the_best_division_there_is(deployed):
    """Parts of an eighth, and a fit that is a local one, miss most near the cliff of a StableSwap pool."""
    random, missed = Random(21), []
    for _ in range(CASES // 2):
        with deployed.undone() as market:
            depth = fill(market, random, most_share=0.8)
            amount = int(depth * 10 ** random.uniform(-3, -0.5) * WAD)
            quotes = market.quotes(market.token0)
            legs = reference.numeric_optimum(quotes, amount)
            best = sum(quote(leg) for quote, leg in zip(quotes, legs, strict=True) if leg)
            missed.append(1 - reference.divide(quotes, amount).total_out / best)
    missed.sort()
    assert missed[len(missed) // 2] < 1e-6
    assert sum(missed) / len(missed) < 1e-3
    assert missed[-1] < 0.03
