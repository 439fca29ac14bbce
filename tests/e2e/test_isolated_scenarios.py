"""Isolated markets in whole runs: a loss that stays where it is, early liquidations, positions of any health."""

from collections.abc import Callable
from functools import cache

import pytest

from sim.chain.artifacts import Artifacts
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import Result, summarise
from sim.scenario.lending.isolated import IsolatedMarket
from sim.scenario.loading import load_scenario, parse_scenario
from sim.trace import Event, Trace
from sim.units import UINT256_MAX, WAD
from tests.scenarios import small_document

Run = Callable[..., tuple[Trace, Result]]


@pytest.fixture(scope="module")
def run(artifacts: Artifacts) -> Run:
    """Run a scenario of the library with overrides, once in this module."""

    @cache
    def once(name: str, *overrides: str) -> tuple[Trace, Result]:
        return run_scenario(load_scenario(name, overrides), artifacts)

    return once


def run_scenario(scenario, artifacts: Artifacts) -> tuple[Trace, Result]:
    with RevmChain() as chain:
        trace = launch(scenario, chain, artifacts).run()
    assert trace.violations == []
    return trace, summarise(trace)


def events(trace: Trace, name: str) -> list[Event]:
    return [event for event in trace.events if event.name == name]


def small_isolated(health: float, keeper: dict | None = None, **market: object):
    """Twelve borrowers of one health in an isolated market, at prices that stay."""
    model = {"kind": "isolated", "collateral": "WETH", "debt": "USDC", "supply_tokens": 3_000_000} | market
    document = small_document(lending={"market": model}, insurance={})
    document["assets"]["WETH"]["price"] = {"kind": "constant", "price_usd": 2_000}
    group = document["population"]["borrowers"]
    group |= {"health_median": health, "health_sigma": 0, "health_min": 0.01, "rescue": {"share_bps": 0}}
    document["agents"]["keeper"] |= keeper or {}
    return parse_scenario(document)


# A loss stays in its market (S7)


def test_only_the_market_of_the_fallen_collateral_loses(run):
    trace, result = run("isolated-contagion-free")
    assert {event.emitter for event in events(trace, "Liquidation")} == {"weth-market", "gov-market"}
    lost = events(trace, "LossSocialised")
    assert {event.emitter for event in lost} == {"gov-market"}
    total = sum(event.args["amount"] for event in lost)
    assert total == sum(event.args["amount"] for event in events(trace, "DeficitCreated")) > 100_000 * 10**6
    assert result.metrics["socialised_usd"] == pytest.approx(total / 10**6, rel=1e-9)
    last = trace.blocks[-1].reserves
    before = trace.initial.reserves
    gone = before["gov-market"]["USDC"].total_supplied - last["gov-market"]["USDC"].total_supplied
    interest = total - gone
    assert 0 <= interest < 1_000 * 10**6
    index = before["weth-market"]["USDC"].liquidity_index_ray
    for block in trace.blocks:
        reserve = block.reserves["weth-market"]["USDC"]
        assert reserve.liquidity_index_ray >= index
        index = reserve.liquidity_index_ray
    assert last["weth-market"]["USDC"].total_supplied >= before["weth-market"]["USDC"].total_supplied
    assert last["gov-market"]["USDC"].liquidity_index_ray < before["gov-market"]["USDC"].liquidity_index_ray


def test_the_same_collaterals_in_one_pool_share_the_loss(run, artifacts):
    """What isolation is for: in a pool, the suppliers of dollars bear what the small collateral loses."""
    document = load_scenario("isolated-contagion-free").model_dump(mode="json") | {"space": None}
    limits = {"liquidation_bonus_bps": 700, "ltv_bps": 7_500, "liquidation_threshold_bps": 7_700}
    weth = {"liquidation_bonus_bps": 438, "ltv_bps": 8_500, "liquidation_threshold_bps": 8_600}
    dollars = {"supply_tokens": 33_000_000, "ltv_bps": 0, "liquidation_threshold_bps": 0}
    document["lending"] = {
        "pool": {"losses": {"kind": "socialised"}, "reserves": {"WETH": weth, "GOV": limits, "USDC": dollars}}
    }
    for part in ("population", "agents"):
        for one in document[part].values():
            if one.get("market"):
                one["market"] = "pool"
    trace, _ = run_scenario(parse_scenario(document), artifacts)
    lost = events(trace, "LossSocialised")
    assert lost and {event.args["asset"] for event in lost} == {"USDC"}


# Pre-liquidation


def test_pre_liquidation_works_above_health_one_and_costs_borrowers_less(run):
    trace, gentle = run("pre-liquidation")
    done = events(trace, "Liquidation")
    assert len(done) > 20
    for event in done:
        before, after = event.args["healthBeforeWad"], event.args["healthAfterWad"]
        assert WAD <= before < WAD * 8_600 // 8_000 <= after + WAD // 100
        assert after > before
    assert all(tx.ok for tx in trace.transactions if tx.intent == "liquidate")
    _, hard = run("pre-liquidation", "lending.main.pre_liquidation=null")
    assert hard.metrics["liquidations"] > 0
    for result in (gentle, hard):
        assert result.metrics["bad_debt_usd"] == 0
    share = {
        name: result.metrics["liquidation_bonus_usd"] / result.metrics["repaid_usd"]
        for name, result in (("gentle", gentle), ("hard", hard))
    }
    assert share["gentle"] < 0.02 < share["hard"] == pytest.approx(0.0438, abs=0.0002)


def test_early_liquidations_are_classed_by_their_own_limit(run):
    """The fall is the outside market's own: liquidations at 80 % are as direct as those at 86 % would be."""
    trace, result = run("pre-liquidation")
    assert trace.market_rules["main"]["WETH"].early_threshold_bps == 8_000
    assert result.metrics["induced_share"] == 0
    assert result.metrics["lowest_health"] is None


# Opening and keepers


@pytest.mark.parametrize("funding", ["flash_loan", "inventory"])
def test_positions_below_health_one_open_and_are_liquidated(artifacts, funding):
    scenario = small_isolated(0.97, {"funding": funding, "inventory_tokens": 1_000_000})
    trace, result = run_scenario(scenario, artifacts)
    opened = trace.initial_accounts["market"].values()
    assert all(account.health_wad == pytest.approx(0.97 * WAD, rel=1e-6) for account in opened)
    assert result.metrics["liquidated_accounts"] == 12
    assert {event.args["healthAfterWad"] for event in events(trace, "Liquidation")} >= {UINT256_MAX}


def test_keepers_need_no_cash_of_the_market(artifacts):
    """All dollars are lent: a flash liquidation pays out of the collateral, without a loan."""
    scenario = small_isolated(0.97, supply_tokens=880_000)
    trace, result = run_scenario(scenario, artifacts)
    cash = trace.initial.reserves["market"]["USDC"].cash
    largest = max(event.args["repaidAssets"] for event in events(trace, "Liquidation"))
    assert cash < largest
    assert result.metrics["liquidated_accounts"] == 12


@pytest.mark.parametrize("rates", [None, {"kind": "kinked"}, {"kind": "adaptive"}])
def test_any_rate_model(artifacts, rates):
    trace, _ = run_scenario(small_isolated(1.5, rates=rates, fee_bps=1_000), artifacts)
    first, last = (block.reserves["market"]["USDC"] for block in (trace.initial, trace.blocks[-1]))
    assert (last.total_debt > first.total_debt) == (rates is not None)
    assert last.borrow_index_ray >= first.borrow_index_ray


def test_an_adaptive_curve_in_a_pool(artifacts):
    document = small_document()
    document["lending"]["market"]["reserves"]["USDC"]["rates"] = {"kind": "adaptive"}
    trace, _ = run_scenario(parse_scenario(document), artifacts)
    first, last = (block.reserves["market"]["USDC"] for block in (trace.initial, trace.blocks[-1]))
    assert last.borrow_index_ray > first.borrow_index_ray


# Bad input


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"collateral": "WBTC"}, "lending.market.collateral is 'WBTC', one of ['USDC', 'WETH'] expected"),
        (
            {"pre_liquidation": {"pre_lltv_bps": 8_600}},
            "lending.market.pre_liquidation.pre_lltv_bps is 8600, below lltv_bps 8600 expected",
        ),
        (
            {"pre_liquidation": {"last_bonus_bps": 1_700}},
            "lending.market.pre_liquidation.last_bonus_bps is 1700, at most 1 / lltv_bps - 1 = 1627 expected",
        ),
        (
            {"pre_liquidation": {"first_bonus_bps": 500}},
            "lending.market.pre_liquidation.first_bonus_bps is 500, at most last_bonus_bps 400 expected",
        ),
        (
            {"rates": {"kind": "adaptive", "initial_rate_bps": 5}},
            "initial_rate_bps is 5, between min_rate_bps 10 and max_rate_bps 20000 expected",
        ),
    ],
)
def test_complaints(changes, complaint):
    with pytest.raises(ValueError) as caught:
        small_isolated(1.5, **changes)
    assert complaint in str(caught.value)


def test_collateral_and_debt_differ():
    model = IsolatedMarket(kind="isolated", collateral="WETH", debt="WETH")
    assert list(model.problems("m")) == ["m.debt is 'WETH', another asset than the collateral expected"]
