"""Hostile use of a perpetual market: refused by a named error or contained, and the figures say how far."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.revm import RevmChain
from sim.units import E8
from tests.deployed import Deployed
from tests.perps import ALICE, BOB, CAROL, CROSS, KEEPER, USD, PerpMarket, new_perp_market
from tests.stages import (
    BANKRUPTCY,
    ETH,
    INDEX,
    STAKER,
    deleverage_stage,
    named,
    open_interest,
)

SHORTS = ((BOB, 3 * ETH), (CAROL, 2 * ETH))


@pytest.fixture
def perps(revm, deploy):
    """ALICE is long 5 ETH from $ 2,000 with $ 1,000, BOB and CAROL are short 3 and 2."""
    made = new_perp_market(revm, deploy)
    open_interest(made, shorts=SHORTS)
    return made


def deleverage(perps: PerpMarket, stage: Deployed) -> list[tuple[str, dict]]:
    """Liquidate ALICE through the stage, ranked when it is asked; return the events."""
    hand = perps.deploy(perps.chain, "Deleverager")
    return hand.send(KEEPER, "liquidate", stage, *perps.liquidate_args(ALICE, "ETH")[1:])


class TestCounterparties:
    """A winner who has nothing, or next to nothing, stands in nobody's way."""

    @pytest.mark.parametrize("policy", ["ReturnLeverageQueue", "CappedProRata"])
    def test_a_winner_worth_less_than_nothing_gives_nothing_and_freezes_nobody(self, perps, policy):
        """BOB has won 900 in ETH and lost 12,500 in BTC; no fill better than the mark makes up for it."""
        perps.trade(BOB, "BTC", ETH)
        perps.price("BTC", 37_500 * E8)
        perps.book(most_wad=0)
        perps.price("ETH", 1_700 * E8, index_e8=1_690 * E8)
        assert perps.state(BOB).equityQuote == -1_600 * USD
        stage = deleverage_stage(perps, policy, *([0] if policy == "CappedProRata" else []), fill=INDEX)
        perps.waterfall(stage)
        closed = named(deleverage(perps, stage), "Deleveraged")
        assert [(one["owner"], one["sizeWad"], one["haircutQuote"]) for one in closed] == [
            (CAROL, 2 * ETH, -20 * USD)
        ]
        assert [perps.size(one, "ETH") for one in (ALICE, BOB, CAROL)] == [3 * ETH, -3 * ETH, 0]
        perps.require_conserved()

    @given(
        size_wad=st.integers(10**17, 49 * 10**17),
        mark_e8=st.integers(1_600 * E8, 1_799 * E8),
        left=st.integers(1, 300 * USD),
        sign=st.sampled_from([1, -1]),
        fill=st.sampled_from([BANKRUPTCY, INDEX]),
    )
    def test_what_is_taken_of_the_last_equity_leaves_nobody_a_unit_below_nothing(
        self, size_wad, mark_e8, left, sign, fill, artifacts, deploy
    ):
        """BOB can bear a part only, of any size to the last decimal; ALICE is long, or short the mirror image."""
        with RevmChain() as chain:
            perps = new_perp_market(chain, deploy)
            perps.pay_in(ALICE, 1_000 * USD)
            perps.trade(ALICE, "ETH", sign * 5 * ETH)
            perps.pay_in(BOB, 10_000 * USD)
            perps.trade(BOB, "ETH", -sign * size_wad)
            perps.trade(BOB, "BTC", ETH)
            mark_e8 = mark_e8 if sign > 0 else 4_000 * E8 - mark_e8
            perps.price("ETH", mark_e8, index_e8=mark_e8 + sign * 7 * E8 // 3)
            perps.price("BTC", 50_000 * E8 - (perps.state(BOB).equityQuote - left) * 100)
            assert abs(perps.state(BOB).equityQuote - left) <= 1
            perps.book(most_wad=0)
            stage = deleverage_stage(perps, fill=fill)
            perps.waterfall(stage)
            deleverage(perps, stage)
            assert perps.state(BOB).equityQuote >= 0
            assert perps.size(ALICE, "ETH") * sign < 5 * ETH
            perps.require_conserved()

    def test_who_cannot_be_valued_gives_nothing_and_freezes_nobody(self, perps):
        """BOB holds BTC too, which has no price now; once it has one again, he is closed like others."""
        perps.add("BTC", 0, pricing=perps.deploy(perps.chain, "HandPricing", 6))
        other = Deployed(perps.chain, perps.market.artifacts, "HandPricing", perps.maker("BTC"))
        perps.pricing, eth = other, perps.pricing
        perps.price("BTC", 50_000 * E8)
        perps.configs["BTC"]["mark"] = other
        perps.add("BTC", 0)
        perps.pay_in(other.address, 10**6 * USD, payer=STAKER)
        perps.trade(BOB, "BTC", ETH // 100)
        perps.price("BTC", 0)
        perps.pricing = eth
        perps.book(most_wad=0)
        perps.price("ETH", 1_700 * E8)
        stage = deleverage_stage(perps)
        perps.waterfall(stage)
        invalid = f"InvalidIndex({perps.instruments['BTC']}, 0)"
        assert perps.market.read_error("accountState", BOB, CROSS) == invalid
        assert [one["owner"] for one in named(deleverage(perps, stage), "Deleveraged")] == [CAROL]
        assert perps.size(ALICE, "ETH") == 3 * ETH, "what is left waits"
        perps.pricing = other
        perps.price("BTC", 50_000 * E8)
        perps.pricing = eth
        assert [one["owner"] for one in named(deleverage(perps, stage), "Deleveraged")] == [BOB]
        assert perps.size(ALICE, "ETH") == perps.totals().badDebtQuote == 0
        perps.require_conserved()
