"""Hedgers sell the spot of what was closed of their short, and the sale comes back through the index."""

import pytest

from sim.protocols.perp_states import PerpKey
from sim.units import E8, WAD
from tests.sim.agents.perps.small import curve, engine_of, held, made, steps, submit

RISE = [2_000, 2_000, 2_400]
"""A short at eight times leverage is below its margin of 1.25 % beyond a rise of 11 %."""


def hedgers(**fields):
    group = {
        "kind": "hedgers",
        "market": "perp",
        "instrument": "WETH",
        "count": 2,
        "spot_tokens": 50,
        "leverage": 8,
        "venue": "pool",
    }
    return {"hedge": group | fields}


def world(artifacts, agents=None, base_tokens=1_000, prices=RISE, **fields):
    instrument = {"pricing": {"kind": "oracle_impact"}}
    return engine_of(
        artifacts,
        agents or {},
        list(prices),
        instrument,
        blocks=20,
        traders=hedgers(**fields),
        venues={"pool": {"base": "WETH", "quote": "USDC", "base_tokens": base_tokens}},
        assets={
            "WETH": {
                "decimals": 18,
                "price": {"kind": "waypoints", "interval_s": 12, "prices_usd": list(prices)},
                "depth": {"depth_usd_per_pct": 20_000.0, "permanent_share_bps": 10_000},
            },
            "USDC": {"decimals": 6, "price": {"kind": "constant", "price_usd": 1}},
        },
    )


def liquidate(engine, *numbers: int) -> None:
    """Have members liquidated in the next block."""
    for i in numbers:
        key = PerpKey(engine.world.address(f"hedge/{i}"))
        submit(engine, "admin", engine.world.perps["perp"].liquidate(key, "WETH"), f"liquidate/{i}")


def spot(engine, role: str) -> int:
    return engine._recorder.state.balances[role]["WETH"]


def test_who_is_hedged_sells_nothing(artifacts):
    engine = world(artifacts, prices=[2_000, 2_000, 2_050])
    engine.run()
    assert made(engine, "hedge") == []


def test_what_was_closed_is_sold_with_one_transaction_for_each_account(artifacts):
    engine = world(artifacts)
    steps(engine, 3)
    liquidate(engine, 0)
    steps(engine, 1)
    closed = 50 * WAD + held(engine, "hedge/0")
    assert closed > 0 and spot(engine, "hedge/0") == 50 * WAD
    steps(engine, 1)
    assert spot(engine, "hedge/0") == 50 * WAD - closed == -held(engine, "hedge/0")
    steps(engine, 3)
    (sale,) = made(engine, "hedge")
    assert (sale.intent, sale.ok, sale.sender) == ("hedge_sale", True, "hedge/0")
    named = {"account": "hedge/0", "market": "perp", "instrument": "WETH", "venue": "pool", "size": closed}
    assert named.items() <= sale.meta.items()
    assert spot(engine, "hedge/1") == 50 * WAD, "the other one is hedged"


@pytest.mark.parametrize("latency", [0, 3])
def test_it_takes_its_time(artifacts, latency):
    engine = world(artifacts, latency_blocks=latency)
    steps(engine, 3)
    liquidate(engine, 0)
    steps(engine, 8)
    assert [tx.block for tx in made(engine, "hedge")] == [4 + latency]


def test_sales_of_one_block_count_each_other(artifacts):
    """Each takes the pool down by some 9 %: the second is content with what the first leaves."""
    engine = world(artifacts, max_slippage_bps=10)
    steps(engine, 3)
    liquidate(engine, 0, 1)
    steps(engine, 2)
    sales = made(engine, "hedge")
    assert [(tx.block, tx.ok) for tx in sales] == [(4, True)] * 2


def test_the_sale_is_carried_outside_and_comes_back_as_the_index(artifacts):
    """Liquidation, sale on the venue, arbitrage, report: the index is lower than where nobody sold."""

    def index_usd(latency: int) -> list[float]:
        agents = {"arb": {"kind": "arbitrageur", "venue": "pool"}}
        engine = world(artifacts, agents, latency_blocks=latency)
        steps(engine, 8)
        liquidate(engine, 0, 1)
        steps(engine, 8)
        assert not engine.trace.violations
        carried = sum(trade.base_amount for trade in engine.trace.outside_trades if trade.block > 8)
        assert (carried > 10 * WAD) is (latency == 0), "bought on the venue, sold outside"
        return [block.perps["perp"]["WETH"].index_e8 / E8 for block in engine.trace.blocks]

    sold, kept = index_usd(0), index_usd(1_000)
    assert sold[:9] == kept[:9]
    assert sold[-1] < 0.99 * kept[-1]


def test_on_a_curve_a_short_that_is_closed_raises_the_mid_while_the_spot_falls(artifacts):
    engine = engine_of(
        artifacts,
        {},
        [2_000, 2_000, 2_400],
        curve(3_000_000),
        traders=hedgers(),
        venues={"pool": {"base": "WETH", "quote": "USDC", "base_tokens": 1_000}},
    )
    before = engine.trace.initial
    market = engine.world.perps["perp"]
    submit(engine, "hedge/0", market.trade("WETH", 20 * WAD))
    steps(engine, 2)
    now = engine.trace.blocks[-1]
    assert now.perps["perp"]["WETH"].mid_e8 > 2_000 * E8
    assert now.venues["pool"].spot_e8 < before.venues["pool"].spot_e8, "it sold what it had bought back"
