"""Arbitrage brings a pool to the outside price within its fee, and only where that pays. On real contracts."""

import pytest

from sim.agents.views import view_of
from sim.engine import launch
from tests.sim.agents.small import lending_scenario, weth


def scenario(price_usd: float, depth_usd_per_pct: float | None = None, fields: dict | None = None, **book):
    """The pool opens at 2,000 USD and the outside price is `price_usd` from the first block."""
    assets = weth(kind="waypoints", interval_s=12, prices_usd=[2_000, price_usd])
    if depth_usd_per_pct is not None:
        assets["WETH"]["depth"] = {"depth_usd_per_pct": depth_usd_per_pct, "permanent_share_bps": 10_000, **book}
    return lending_scenario(
        clock={"blocks": 4},
        assets=assets,
        lending={},
        agents={"arb": {"kind": "arbitrageur", "venue": "pool", **(fields or {})}},
    )


def spot(trace, block: int) -> float:
    base, quote = trace.blocks[block].venues["pool"].reserves
    return quote * 10**12 / base


@pytest.mark.parametrize("price_usd", [1_500.0, 1_980.0, 2_020.0, 2_600.0])
def test_one_trade_moves_the_pool_to_the_edge_of_its_fee(revm, artifacts, price_usd):
    trace = launch(scenario(price_usd), revm, artifacts).run()
    edge = price_usd / 0.997 if price_usd < 2_000 else price_usd * 0.997
    # The fee on the last unit stays in the pool: spot ends a little beyond the marginal price.
    assert spot(trace, 0) == pytest.approx(edge, rel=1e-3)
    trades = [t for t in trace.transactions if t.intent == "arbitrage"]
    assert len(trades) == len(trace.outside_trades) == 1 and trades[0].ok
    sells_outside = price_usd > 2_000
    assert trades[0].meta["outside"] == {"asset": "WETH", "sells": sells_outside}
    assert (trace.outside_trades[0].base_amount > 0) is sells_outside


@pytest.mark.parametrize("price_usd", [1_995.0, 2_000.0, 2_005.0])
def test_within_the_fee_there_is_nothing_to_trade(revm, artifacts, price_usd):
    trace = launch(scenario(price_usd), revm, artifacts).run()
    assert not [t for t in trace.transactions if t.intent == "arbitrage"]


def test_a_shallow_outside_market_meets_the_pool_half_way(revm, artifacts):
    trace = launch(scenario(1_500.0, depth_usd_per_pct=50_000.0), revm, artifacts).run()
    outside_after = trace.outside_trades[0].price_after_e8 / 1e8
    assert 1_500 < outside_after < spot(trace, 0) < 2_000
    assert spot(trace, 0) == pytest.approx(outside_after / 0.997, rel=2e-3)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("price_usd", [1_500.0, 2_600.0])
def test_it_meets_a_book_of_any_form_half_way_and_knows_what_that_pays(revm, artifacts, price_usd, gamma):
    trace = launch(scenario(price_usd, 50_000.0, kind="power", gamma=gamma), revm, artifacts).run()
    outside_after, pool_after = trace.outside_trades[0].price_after_e8 / 1e8, spot(trace, 0)
    assert min(price_usd, 2_000) < outside_after < max(price_usd, 2_000)
    edge = outside_after / 0.997 if price_usd < 2_000 else outside_after * 0.997
    assert pool_after == pytest.approx(edge, rel=2e-3)
    before, after = trace.initial.balances["arb"], trace.blocks[1].balances["arb"]
    earned = (after["USDC"] - before["USDC"]) / 1e6
    assert earned == pytest.approx(trace.transactions[0].meta["expected_profit_usd"], rel=1e-6)


@pytest.mark.parametrize("price_usd", [1_500.0, 1_990.0, 2_600.0])
def test_halving_finds_what_the_closed_form_says(revm, artifacts, price_usd):
    engine = launch(scenario(price_usd, 50_000.0), revm, artifacts)
    (arb,) = [agent for agent in engine.agents if agent.name == "arb"]
    engine.outside.advance(12)
    seen = engine._observe(12)
    view = view_of(arb._venue, seen.venues["pool"])
    sold, amount = view.arbitrage(arb._outside, seen)
    assert view._arbitrage_by_halving(arb._outside, seen) == (sold, pytest.approx(amount, rel=1e-9))


@pytest.mark.parametrize("price_usd", [1_500.0, 2_600.0])
def test_the_round_trip_earns_what_was_expected(revm, artifacts, price_usd):
    trace = launch(scenario(price_usd), revm, artifacts).run()
    trade = next(t for t in trace.transactions if t.intent == "arbitrage")
    before, after = trace.initial.balances["arb"], trace.blocks[-1].balances["arb"]
    assert after["WETH"] == before["WETH"]
    assert (after["USDC"] - before["USDC"]) / 1e6 == pytest.approx(trade.meta["expected_profit_usd"], abs=1e-4)


def test_inventory_bounds_the_trade(revm, artifacts):
    trace = launch(scenario(1_500.0, fields={"inventory_usd": 20_000.0}), revm, artifacts).run()
    assert trace.outside_trades[0].base_amount == -10 * 10**18


@pytest.mark.parametrize("fields", [{"min_profit_usd": 1e9}, {"max_fee_gwei": 0.5}])
def test_what_does_not_pay_is_left(revm, artifacts, fields):
    trace = launch(scenario(1_500.0, fields=fields), revm, artifacts).run()
    assert trace.outside_trades == []


def test_of_two_equal_trades_the_later_reverts_instead_of_losing(revm, artifacts):
    one = {"kind": "arbitrageur", "venue": "pool"}
    twice = scenario(1_500.0).model_copy(update={"agents": {}})
    twice = lending_scenario(
        **{**twice.model_dump(exclude={"agents", "name"}), "agents": {"arb-1": one, "arb-2": one}}
    )
    trace = launch(twice, revm, artifacts).run()
    outcomes = [(t.ok, (t.revert or "").split("(")[0]) for t in trace.transactions if t.intent == "arbitrage"]
    assert outcomes == [(True, ""), (False, "InsufficientOutput")]
