"""A StableSwap pool as a venue of a scenario: opening, state, depth, trades, agents."""

import pytest

from sim.chain.artifacts import load_artifacts
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.errors import BadInput
from sim.protocols.venues.stable_swap import moved_units
from sim.reference.stable_swap import MAX_BALANCE, balance_up, invariant_up, spot_price_wad
from sim.scenario.loading import parse_scenario
from sim.units import E8, WAD
from tests.deployed import Deployed

POOL = {"kind": "stable_swap", "base": "STETH", "quote": "WETH", "base_tokens": 1_000, "amplification": 50}
FALL = {"kind": "waypoints", "interval_s": 120, "prices_usd": [1_800, 1_790, 1_700, 1_500, 1_600]}


def document(**venue):
    """Loops of a staked token on a pool whose other coin has 6 decimals, while the outside price falls."""
    return {
        "name": "staked",
        "seed": 3,
        "clock": {"block_time_s": 12, "blocks": 40},
        "assets": {
            "STETH": {"decimals": 18, "price": FALL, "depth": {"depth_usd_per_pct": 60_000.0}},
            "WETH": {"decimals": 6, "price": {"kind": "constant", "price_usd": 1_800}},
        },
        "feeds": {"STETH": {"kind": "push"}, "WETH": {"kind": "push"}},
        "venues": {"pool": POOL | venue},
        "lending": {
            "main": {
                "reserves": {
                    "STETH": {"ltv_bps": 7_500, "liquidation_threshold_bps": 8_100, "supply_tokens": 10},
                    "WETH": {"supply_tokens": 2_000},
                }
            }
        },
        "population": {
            "loops": {
                "kind": "lognormal",
                "market": "main",
                "collateral": "STETH",
                "debt": "WETH",
                "count": 12,
                "collateral_tokens": 20,
                "health_median": 1.08,
            }
        },
        "agents": {
            "keeper": {"kind": "keeper", "market": "main", "venue": "pool"},
            "arbitrageur": {"kind": "arbitrageur", "venue": "pool"},
            "provider": {"kind": "liquidity_provider", "venue": "pool", "withdraw_below_bps": 500},
        },
    }


def started(**venue):
    return launch(parse_scenario(document(**venue)), RevmChain(), load_artifacts())


@pytest.fixture(scope="module")
def traded():
    """An engine after its run."""
    engine = started()
    engine.run()
    return engine


def pool_of(world) -> Deployed:
    return Deployed(world.chain, world.artifacts, "StableSwapPool", world.venues["pool"].address)


@pytest.mark.parametrize(("share_bps", "quote_tokens"), [(5_000, 1_000), (7_800, 282.051282), (2_500, 3_000)])
def test_opens_at_the_share_asked_for_whatever_prices_are(share_bps, quote_tokens):
    world = started(base_share_bps=share_bps).world
    assert pool_of(world).read("balances") == (1_000 * WAD, int(quote_tokens * 10**6))


def test_state_is_what_the_pool_says(traded):
    world = traded.world
    venue, pool = world.venues["pool"], pool_of(world)
    state = venue.read()
    assert (state.base_reserve, state.quote_reserve) == pool.read("balances")
    assert state.total_shares == pool.read("totalSupply")
    assert state.spot_e8 == pool.read("spotPriceWad", world.tokens["STETH"].address) // 10**10
    assert state.spot_e8 < 0.97 * E8
    assert venue.shares(world.address("supplier")) == pool.read("balanceOf", world.address("supplier"))


def test_every_trade_begins_where_the_one_before_ended(traded):
    trades = traded.trace.trades
    assert {trade.sold for trade in trades} == {"STETH", "WETH"}
    assert trades[0].before_e8 == E8
    ends = {record.block: record.venues["pool"].spot_e8 for record in traded.trace.blocks}
    for trade in trades:
        earlier = [one for one in trades if one.position < trade.position and one.block == trade.block]
        start = earlier[-1].after_e8 if earlier else ends.get(trade.block - 1, E8)
        assert trade.before_e8 == pytest.approx(start, abs=2)
        assert (trade.after_e8 < trade.before_e8) == (trade.sold == "STETH")


def test_agents_work_on_it(traded):
    """An arbitrageur follows the outside price, a keeper sells what it liquidates, a provider leaves."""
    done = {(one.agent, one.function) for one in traded.trace.transactions if one.ok}
    assert done >= {
        ("arbitrageur", "swapExactIn"),
        ("keeper", "liquidate"),
        ("provider", "removeLiquidity"),
    }
    assert not traded.trace.violations
    last = traded.trace.blocks[-1]
    outside = last.outside_e8["STETH"] / last.outside_e8["WETH"]
    assert last.venues["pool"].spot_e8 / E8 == pytest.approx(outside, abs=0.02)


def staked(feed=None, **venue):
    """The document with a staked token that is worth 1.2, an oracle of it, and a feed in USD."""
    base = document(**venue)
    base["assets"]["STETH"] |= {
        "rate": {"of": "WETH", "ratio": 1.2, "slashings": [{"at_s": 240, "loss_bps": 500}]}
    }
    base["feeds"]["STETH"] = feed or {"kind": "push"}
    return base


def test_takes_a_staked_token_for_what_its_rate_says_and_shareholders_bear_a_slashing():
    engine = launch(parse_scenario(staked(at_exchange_rates=True)), RevmChain(), load_artifacts())
    pool, venue = pool_of(engine.world), engine.world.venues["pool"]
    rate = Deployed(engine.world.chain, engine.world.artifacts, "StakingRate", engine.world.address("rate-STETH"))
    assert pool.read("rateOracle0") == rate.address
    assert pool.read("balances") == (1_000 * WAD, pytest.approx(1_200 * 10**6, abs=1))
    assert venue.read().spot_e8 == pytest.approx(1.2 * E8, rel=1e-6)
    before = pool.read("virtualPriceWad")
    trace = engine.run()
    assert trace.violations == []
    assert pool.read("ratesWad")[0] == pytest.approx(1.14 * WAD, rel=1e-6)
    assert 0.95 < pool.read("virtualPriceWad") / before < 0.98, "a share of half to all of it in the staked coin"
    assert venue.read().spot_e8 == pool.read("spotPriceWad", engine.world.tokens["STETH"].address) // 10**10
    ends = {record.block: record.venues["pool"].spot_e8 for record in trace.blocks}
    for trade in trace.trades:
        if trade.block > 21:
            assert trade.before_e8 == pytest.approx(ends[trade.block - 1], rel=1e-6)


def test_feed_over_the_pool_is_converted_into_dollars():
    feed = {"kind": "pool_spot", "venue": "pool", "through": [{"kind": "converted", "by": "WETH"}]}
    engine = launch(parse_scenario(staked(feed)), RevmChain(), load_artifacts())
    for record in engine.run().blocks:
        assert record.feeds["STETH"].price_e8 == record.venues["pool"].spot_e8 * 1_800


@pytest.mark.parametrize(
    ("feed", "venue", "problem"),
    [
        ({"kind": "push", "through": [{"kind": "converted", "by": "STETH"}]}, {}, "reads itself"),
        ({"kind": "push", "through": [{"kind": "converted", "by": "DAI"}]}, {}, "by is 'DAI'"),
        (None, {"at_exchange_rates": True, "base": "WETH", "quote": "DAI"}, "venues.pool"),
    ],
)
def test_conversions_and_rates_that_lead_nowhere_are_said_so(feed, venue, problem):
    with pytest.raises(BadInput, match=problem):
        parse_scenario(staked(feed, **venue))


def test_rates_must_make_one_coin_of_the_other():
    plain = document(at_exchange_rates=True)
    with pytest.raises(BadInput, match="venues.pool.at_exchange_rates is true, but STETH and WETH have no rate"):
        parse_scenario(plain)


@pytest.mark.parametrize("change_bps", [-200, 200, -9_000])
@pytest.mark.parametrize("shares", [(50, 50), (78, 22), (95, 5), (5, 95)])
def test_depth_takes_the_price_that_far(shares, change_bps):
    x, y = (share * 10**22 for share in shares)
    before = spot_price_wad(x, y, 5_000)
    amount = moved_units(x, y, 5_000, change_bps)
    held = x + amount if change_bps < 0 else x - amount
    after = spot_price_wad(held, balance_up(held, invariant_up(x, y, 5_000), 5_000), 5_000)
    assert after / before - 1 == pytest.approx(change_bps / 10_000, rel=1e-6)


def test_depth_ends_with_the_pool():
    """What cannot be moved that far, since the pool would no longer be one, is as deep as it can be."""
    assert moved_units(10**6, 10**6, 5_000, 10**9) < 10**6
    assert moved_units(MAX_BALANCE, MAX_BALANCE, 5_000, -200) == 0


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("amplification", 0.5, "amplification"),
        ("base_share_bps", 0, "base_share_bps"),
        ("base_share_bps", 10_000, "base_share_bps"),
        ("fee_ppm", 25_001, "fee_ppm"),
        ("off_peg_fee_multiplier_bps", 9_999, "off_peg_fee_multiplier_bps"),
        ("fee_bps", 4, "fee_bps"),
        ("kind", "curve", "stable_swap"),
    ],
)
def test_bad_input_names_the_field(field, value, problem):
    with pytest.raises(BadInput, match=problem):
        parse_scenario(document(**{field: value}))


def test_providers_that_left_come_back_to_it():
    """What the pool takes for liquidity it takes itself, not its router."""
    base = document()
    base["assets"]["STETH"]["price"] = FALL | {"prices_usd": [1_800, 1_700, 1_700, 1_700, 1_700]}
    calm = {
        "withdraw_per_block_bps": 2_000,
        "calm_volatility_per_year": 0.5,
        "window_s": 60,
        "returns_after_s": 60,
    }
    base["agents"] = {"nervous": {"kind": "nervous_provider", "venue": "pool", "share_bps": 3_000} | calm}
    trace = launch(parse_scenario(base), RevmChain(), load_artifacts()).run()
    done = [(one.function, one.ok) for one in trace.transactions if one.agent == "nervous"]
    assert set(done) == {("removeLiquidity", True), ("addLiquidity", True)}
    assert not trace.violations
