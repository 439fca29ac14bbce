"""The arbitrageur of bands: converts collateral as the price falls, buys it back, only where that pays."""

from __future__ import annotations

import pytest

from sim.engine import launch
from sim.errors import BadInput
from sim.scenario.loading import parse_scenario
from sim.scenario.model import Scenario
from tests.sim.agents.small import lending_scenario, weth

FALL = [2_000 - 5 * i for i in range(60)]


def soft_market(**fields) -> dict:
    return {
        "kind": "soft_liquidation",
        "collateral": "WETH",
        "debt": "USDC",
        "amplification": 100,
        "fee_bps": 10,
        "supply_tokens": 1_000_000,
        **fields,
    }


def account(collateral: float, debt: float) -> dict:
    return {"collateral_tokens": {"WETH": collateral}, "debt_tokens": {"USDC": debt}}


def scenario(prices: list[float], *, agent: dict | None = None, depth: float | None = None, **market) -> Scenario:
    """Loans of 83 % and of 50 %, the price every two minutes, a feed that reports every change."""
    assets = weth(kind="waypoints", interval_s=120, prices_usd=prices)
    if depth is not None:
        assets["WETH"]["depth"] = {"depth_usd_per_pct": depth, "permanent_share_bps": 0}
    accounts = [account(10, 16_600), account(10, 10_000)]
    return lending_scenario(
        clock={"block_time_s": 120, "blocks": len(prices)},
        assets=assets,
        feeds={
            "WETH": {"kind": "push", "delay_blocks": 0, "deviation_bps": 1},
            "USDC": {"kind": "push", "heartbeat_s": 86_400},
        },
        lending={"main": soft_market(**market)},
        population={"b": {"kind": "explicit", "market": "main", "accounts": accounts}},
        agents={"bands": {"kind": "band_arbitrageur", **(agent or {})}},
    )


def trades(trace) -> list:
    return [event for event in trace.events if event.name == "BandsTraded"]


def test_a_slow_fall_converts_the_loan_whose_bands_it_reaches(revm, artifacts):
    trace = launch(scenario(FALL), revm, artifacts).run()
    assert trace.violations == []
    first, second = trace.final_accounts["main"]["b/0"], trace.final_accounts["main"]["b/1"]
    assert first.supplied.get("WETH", 0) < 10**15 and first.supplied["USDC"] > 17_000 * 10**6
    assert second.supplied == {"WETH": 10 * 10**18}
    assert first.health_wad > 10**18
    assert {event.args["sold"] for event in trades(trace)} == {"WETH"}


def test_a_rise_buys_it_back(revm, artifacts):
    there_and_back = FALL + FALL[::-1] + [2_000]
    trace = launch(scenario(there_and_back), revm, artifacts).run()
    assert trace.violations == []
    kept = trace.final_accounts["main"]["b/0"].supplied
    worth = kept["WETH"] + kept.get("USDC", 0) * 10**12 // 2_000
    assert 9.5 * 10**18 < worth < 10 * 10**18, "less than before: what the swing cost"
    assert kept["WETH"] > 9 * 10**18
    assert {event.args["sold"] for event in trades(trace)} == {"WETH", "USDC"}


def test_every_trade_has_a_twin_outside_and_earns_what_was_expected(revm, artifacts):
    trace = launch(scenario(FALL[:50]), revm, artifacts).run()
    done = [t for t in trace.transactions if t.intent == "arbitrage" and t.ok]
    assert len(done) == len(trades(trace)) == len(trace.outside_trades) > 5
    assert {one.venue for one in trace.outside_trades} == {"main"}
    before, after = trace.initial.balances["bands"], trace.blocks[-1].balances["bands"]
    settled = [one for one in trace.outside_trades if one.block < len(trace.blocks) - 1]
    assert len(settled) == len(trace.outside_trades), "the last blocks are quiet"
    assert after["WETH"] == before["WETH"]
    earned = (after["USDC"] - before["USDC"]) / 1e6
    assert earned == pytest.approx(sum(t.meta["expected_profit_usd"] for t in done), abs=0.01)
    assert earned > 0


def test_a_shallow_outside_market_takes_less_and_falls_by_it(revm, artifacts):
    sizes = {}
    for depth in (None, 20_000.0):
        chain = type(revm)()
        trace = launch(scenario(FALL[:40], depth=depth), chain, artifacts).run()
        first = trades(trace)[0]
        sizes[depth] = first.args["amountOut"]
        if depth is not None:
            twin = trace.outside_trades[0]
            assert twin.price_after_e8 < twin.price_before_e8
            paid_e8 = first.args["amountIn"] * 10**20 // first.args["amountOut"]
            assert paid_e8 < twin.price_after_e8 * 1.002, "no unit was bought above what the last one brought"
    assert sizes[20_000.0] < sizes[None]


@pytest.mark.parametrize("agent", [{"min_profit_usd": 1e9}, {"max_fee_gwei": 0.0}])
def test_nothing_is_traded_where_it_does_not_pay(agent, revm, artifacts):
    trace = launch(scenario(FALL, agent=agent), revm, artifacts).run()
    assert not trades(trace)


def test_a_market_of_another_kind_is_refused():
    document = scenario(FALL, agent={"market": "main"}).model_dump(mode="json")
    document["agents"]["bands"]["market"] = "elsewhere"
    with pytest.raises(BadInput, match="agents.bands.market is 'elsewhere', one of"):
        parse_scenario(document)
