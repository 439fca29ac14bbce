"""One sale over venues of different kinds: never less than over any one of them, and close to the optimum."""

from dataclasses import dataclass
from random import Random

import pytest

from sim.chain.base import ZERO_ADDRESS
from sim.reference import split as reference
from sim.reference.concentrated import Q96
from sim.units import UINT256_MAX, WAD
from tests.concentrated import Concentrated
from tests.deployed import Deployed
from tests.split import SplitVenue
from tests.venue import OWNER, PROVIDER, TRADER, deploy

USD = 10**6
CASES = 1_000
AMPLIFICATION_E2, FEE_PPM, OFF_PEG_BPS = 10_000, 400, 50_000
PAR_TICK, SPACING = -276_320, 10
"""Where a whole token 0, of 18 decimals, is worth a whole token 1, of 6."""


@dataclass
class Kinds:
    """Two coins at par on a constant-product pool, a StableSwap pool and a Uniswap V3 pool, behind one router."""

    market: SplitVenue
    concentrated: Concentrated
    ranges: Deployed

    def fill(self, random: Random, most_share: float) -> float:
        """Give all three liquidity, over three orders of magnitude; return the largest depth in whole coins.

        Either coin has between 1 - `most_share` and `most_share` of the StableSwap pool. The Uniswap V3 pool has
        a position over every price and up to three of 0.1 to 20 % around par.
        """
        pool, stable, _ = self.market.venues
        depths = [int(10 ** random.uniform(4, 7)) for _ in range(3)]
        self.market.fill([(depths[0] * WAD, depths[0] * USD)])
        share = random.uniform(1 - most_share, most_share)
        amounts = int(depths[1] * share * WAD), int(depths[1] * (1 - share) * USD)
        stable.send(TRADER, "addLiquidity", *amounts, 0, PROVIDER)
        self.concentrated.mint_full_range(self.ranges, depths[2] * WAD, depths[2] * USD)
        for _ in range(random.randint(0, 3)):
            width = max(int(10 ** random.uniform(1, 3.3)) // SPACING, 1) * SPACING
            whole = int(depths[2] * 10 ** random.uniform(-1, 0))
            self.concentrated.mint(
                self.ranges, PAR_TICK - width, PAR_TICK + SPACING + width, whole * WAD, whole * USD
            )
        return max(depths)


@pytest.fixture(scope="module")
def deployed() -> Kinds:
    """None of them has liquidity yet."""
    concentrated = Concentrated.deploy((18, 6))
    chain, tokens = concentrated.chain, concentrated.tokens
    market = SplitVenue(chain, *tokens)
    market.add(deploy(chain, "ConstantProductPool", *tokens, 5, OWNER), deploy(chain, "SwapRouter"))
    parameters = (ZERO_ADDRESS, ZERO_ADDRESS, AMPLIFICATION_E2, FEE_PPM, OFF_PEG_BPS)
    stable = deploy(chain, "StableSwapPool", *tokens, *parameters)
    market.add(stable, deploy(chain, "StableSwapRouter"))
    ranges = concentrated.pool(500, Q96 // 10**6)
    market.add(ranges, concentrated.router)
    for token in tokens:
        token.send(TRADER, "approve", stable, UINT256_MAX)
    market.list()
    return Kinds(market, concentrated, ranges)


def test_a_sale_over_three_kinds_costs_no_more_than_over_any_one_of_them(deployed):
    """S20, 1,000 random pools, sizes and directions; the contract divides as its mirror does on their quotes."""
    random, better, market = Random(20), 0, deployed.market
    for _ in range(CASES):
        with market.undone():
            depth = deployed.fill(random, most_share=0.95)
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
    """Parts of an eighth, and a fit that is a local one, miss most at cliffs: of a StableSwap pool, of a range."""
    random, missed, market = Random(21), [], deployed.market
    for _ in range(CASES // 10):
        with market.undone():
            depth = deployed.fill(random, most_share=0.8)
            amount = int(depth * 10 ** random.uniform(-3, -0.5) * WAD)
            quotes = market.quotes(market.token0)
            legs = reference.numeric_optimum(quotes, amount)
            best = sum(quote(leg) for quote, leg in zip(quotes, legs, strict=True) if leg)
            missed.append(1 - reference.divide(quotes, amount).total_out / best)
    missed.sort()
    assert missed[len(missed) // 2] < 1e-5
    assert sum(missed) / len(missed) < 1e-3
    assert missed[-1] < 0.03
