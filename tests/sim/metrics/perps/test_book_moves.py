"""What liquidations do to the mid."""

import pytest

from sim.metrics.perps.book_moves import book_moves
from sim.metrics.sales import Moves
from sim.metrics.timeline import Timeline
from sim.units import E8
from tests.sim.metrics.perps.traces import INSTRUMENT, MAKER, PerpTraceBuilder, perp_market, usdc, wad


def moves(builder: PerpTraceBuilder) -> Moves:
    return book_moves(Timeline(builder.trace))["perp", "WETH"]


def steps(builder: PerpTraceBuilder) -> list[tuple[float, float, int]]:
    found = moves(builder)
    return [(b / E8, a / E8, c) for b, a, c in zip(found.before, found.after, found.cause, strict=True)]


def test_a_trade_begins_where_the_last_one_of_its_block_ended():
    builder = PerpTraceBuilder().trader("b/0", 10, 100, 60).block().closed("a/0", 10, 100, 95)
    builder.trade("b/0", -1, 94, mid=93).closed("a/1", 10, 93, 92).prices(mid=91)
    builder.block().closed("a/2", -5, 91, 94)
    assert steps(builder) == [(100.0, 95.0, 0), (93.0, 92.0, 1), (91.0, 94.0, 2)]


def test_a_new_peg_moves_the_mid_too():
    builder = PerpTraceBuilder().block().transaction("repeg")
    builder.event(MAKER, "Repegged", instrument="WETH", priceBeforeE8=100 * E8, priceE8=98 * E8, costQuote=0)
    assert steps(builder.closed("a/0", 10, 98, 95)) == [(98.0, 95.0, 0)]


@pytest.mark.parametrize(("size", "after"), [(10_000, 98.0), (-10_000, 102.0)])
def test_where_an_index_prices_the_mid_follows_the_imbalance(size, after):
    # 200 bps a million: a long of a million in value is sold, which takes 2 % off the mid.
    pricing = {"kind": "oracle_impact", "adverse_bps_per_million": 200.0}
    builder = PerpTraceBuilder().block().transaction("liquidate")
    document = perp_market(instruments={"WETH": {**INSTRUMENT, "pricing": pricing}})
    builder.trace.scenario = {**builder.trace.scenario, "perps": {"perp": document}}
    amounts = {"quoteDelta": usdc(990_000), "impactQuote": -usdc(10_000), "poolQuote": 0, "indexE8": 100 * E8}
    names = {"instrument": "WETH", "sizeDeltaWad": -wad(size), "liquidation": True}
    builder.event("pricing-perp-oracle-impact", "Priced", **names, **amounts)
    assert steps(builder.liquidated("a/0", size, 100, book=size)) == [(100.0, after, 0)]
