"""Bids cover what gets in, share the profit, and leave the least profit accepted."""

from hypothesis import given
from hypothesis import strategies as st

from sim.agents.bidding import INCLUSION_MARGIN, JITTER, ProfitBid, inclusion_bid
from sim.units import fee_usd
from tests.sim.agents.small import observation

GAS = 500_000


@given(
    profit_usd=st.floats(0, 1e7),
    share_bps=st.integers(0, 10_000),
    least_usd=st.floats(-100, 1_000),
    limit=st.floats(0, 10_000),
    inclusion=st.floats(0, 10_000),
    jitter=st.floats(0, 0.999),
)
def test_a_bid_gets_in_stays_below_its_limit_and_leaves_the_least_profit(
    profit_usd, share_bps, least_usd, limit, inclusion, jitter
):
    seen = observation(inclusion_fee_gwei=inclusion)
    bid = ProfitBid(share_bps, least_usd, limit).bid(profit_usd, GAS, seen, jitter)
    floor = min(inclusion * INCLUSION_MARGIN, limit)
    left_at_floor = profit_usd - fee_usd(GAS, floor, seen.native_price_usd)
    if bid is None:
        assert inclusion > limit or left_at_floor < least_usd + 1e-6
    else:
        assert inclusion <= bid <= limit
        assert profit_usd - fee_usd(GAS, bid, seen.native_price_usd) >= least_usd - 1e-6


def test_the_share_of_the_profit_is_bid_and_jitter_raises_it_by_little():
    bids = [ProfitBid(5_000, 0.0, 1e9).bid(1_000.0, GAS, observation(), jitter) for jitter in (0.0, 1.0)]
    assert bids[0] == 500.0
    assert bids[1] == 500.0 * (1 + JITTER)


def test_an_inclusion_bid_follows_the_fee_market_up_to_its_limit():
    assert inclusion_bid(observation(inclusion_fee_gwei=100.0), None, 1.2) == 120.0
    assert inclusion_bid(observation(inclusion_fee_gwei=100.0), 50.0) == 50.0
