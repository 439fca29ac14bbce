"""Markets of soft liquidation in a world: loans near the health drawn, states as keepers and metrics read them."""

from __future__ import annotations

import pytest

from sim.chain.anvil import AnvilChain
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.errors import BadInput
from sim.metrics.summary import summarise
from sim.scenario.loading import load_scenario
from sim.units import UINT256_MAX, WAD
from tests.scenarios import small_scenario
from tests.sim.agents.test_band_arbitrageur import FALL, account, scenario, soft_market

KEEPER = {"kind": "keeper", "market": "market", "venue": "pool"}


def small_soft(agents: dict | None = None, **market):
    """The small scenario with its pool replaced; its price falls by 15 % within minutes."""
    fields = {"supply_tokens": 3_000_000, "loan_discount_bps": 900, "liquidation_discount_bps": 600, **market}
    return small_scenario(
        lending={"market": soft_market(**fields)},
        agents={"keeper": KEEPER, "bands": {"kind": "band_arbitrageur"}} if agents is None else agents,
    )


def test_loans_have_about_the_health_that_was_drawn(artifacts):
    """Drawn 1.05 to 1.6 with this market's threshold: `healthAboveBandsWad` is within 4 % + 0.12 (h - 1)."""
    soft, pool = load_scenario("flash-crash+soft-liquidation"), load_scenario("flash-crash")
    own = load_scenario("soft-liquidation")
    drawn = launch(pool, RevmChain(), artifacts).trace.initial_accounts["main"]
    here = launch(own, RevmChain(), artifacts).trace.initial_accounts["main"]
    same = launch(soft, RevmChain(), artifacts).trace.initial_accounts["main"]
    for role, before in drawn.items():
        if before.debt:
            health, wanted = here[role].health_wad / WAD, before.health_wad / WAD
            assert abs(health - wanted) < 0.04 + 0.12 * (wanted - 1), role
            assert same[role].debt == before.debt, "a design leaves debts as they are"
            assert same[role].supplied == before.supplied


def test_a_loan_is_at_most_what_its_collateral_carries(artifacts):
    world = launch(scenario(FALL[:2]), RevmChain(), artifacts).world
    market = world.lending["main"]
    limit = market.max_debt(10 * 10**18, 10)
    document = scenario(FALL[:2]).model_dump(mode="json")
    document["population"]["b"]["accounts"] = [account(10, 19_999), account(3, 0.001)]
    engine = launch(scenario(FALL[:2]).model_validate(document), RevmChain(), artifacts)
    first = engine.trace.initial_accounts["main"]["b/0"]
    assert first.debt == {"USDC": limit}
    assert first.health_wad == pytest.approx((1 - 0.11) / (1 - 0.14) * WAD, rel=1e-6)


def test_only_the_pair_of_the_market_can_be_held(artifacts):
    document = scenario(FALL[:2]).model_dump(mode="json")
    document["population"]["b"]["accounts"] = [
        {"collateral_tokens": {"USDC": 10_000}, "debt_tokens": {"USDC": 1_000}}
    ]
    with pytest.raises(BadInput, match="b/0 holds USDC, only WETH against USDC expected in the market main"):
        launch(scenario(FALL[:2]).model_validate(document), RevmChain(), artifacts)


def test_states_follow_trades_that_name_no_account(artifacts):
    """What the trace says after every block is what a fresh read says, also of accounts that no event named."""
    engine = launch(scenario(FALL), RevmChain(), artifacts)
    market = engine.world.lending["main"]
    addresses = [engine.world.address(role) for role in engine.world.borrowers["main"]]
    for _ in range(len(FALL)):
        engine.step()
        seen = engine._recorder.markets()["main"].accounts
        assert [seen[one] for one in addresses] == market.read_accounts(addresses)


def test_reserves_show_the_lenders_side_and_the_exchanges_price(artifacts):
    engine = launch(scenario(FALL, yearly_rate_bps=500), RevmChain(), artifacts)
    engine.run()
    market, trace = engine.world.lending["main"], engine.trace
    state = market.read_reserves()
    debt, collateral = state["USDC"], state["WETH"]
    assert debt.total_supplied == debt.cash + debt.total_debt and debt.deficit == 0
    assert debt.borrow_rate_ray == 5 * 10**25 and 0 < debt.supply_rate_ray < debt.borrow_rate_ray
    assert (collateral.cash, collateral.total_supplied) == (0, 0)
    assert collateral.price_e8 == trace.blocks[-1].feeds["WETH"].price_e8


@pytest.mark.parametrize("funding", ["flash_loan", "inventory"])
def test_keepers_liquidate_hard_what_a_jump_leaves(funding, artifacts):
    keeper = {**KEEPER, "funding": funding, "inventory_tokens": 1_000_000 if funding == "inventory" else 0}
    trace = launch(
        small_soft({"keeper": keeper, "bands": {"kind": "band_arbitrageur"}}), RevmChain(), artifacts
    ).run()
    assert trace.violations == []
    liquidations = [event for event in trace.events if event.name == "Liquidation"]
    assert liquidations and all(event.args["healthBeforeWad"] < WAD for event in liquidations)
    result = summarise(trace)
    assert result.keeper_profit_usd["keeper"] > 0
    closed = {event.args["user"] for event in liquidations if event.args["healthAfterWad"] == UINT256_MAX}
    for role in closed:
        left = trace.final_accounts["market"][role]
        assert not left.debt and not left.supplied


def test_keepers_close_accounts_that_are_all_converted(artifacts):
    """Interest eats into a loan that is wholly converted: the surplus is the keeper's, without any collateral."""
    prices = FALL + [FALL[-1]] * 340
    discounts = {"loan_discount_bps": 900, "liquidation_discount_bps": 500}
    document = scenario(prices, yearly_rate_bps=100_000, **discounts).model_dump(mode="json")
    document["clock"]["block_time_s"] = document["assets"]["WETH"]["price"]["interval_s"] = 600
    document["agents"]["keeper"] = {**KEEPER, "market": "main", "min_profit_usd": 1}
    document["population"]["b"]["accounts"] = [account(10, 16_500)]
    trace = launch(scenario(FALL).model_validate(document), RevmChain(), artifacts).run()
    liquidations = [event.args for event in trace.events if event.name == "Liquidation"]
    assert [one["collateralAsset"] for one in liquidations] == ["WETH", "USDC"]
    assert liquidations[0]["repaidAssets"] == 0 and liquidations[1]["seizedAssets"] > 0
    assert trace.violations == []


def test_the_same_on_the_node(artifacts):
    chosen = small_soft(losses={"kind": "deficit"}, insurance="fund", rates={"kind": "kinked"})
    in_process = launch(chosen, RevmChain(), artifacts).run()
    with AnvilChain.start() as chain:
        on_node = launch(chosen, chain, artifacts).run()
    assert on_node.events == in_process.events and on_node.digest == in_process.digest
    names = {event.name for event in in_process.events}
    assert {"BandsTraded", "Liquidation", "FlashLiquidated"} <= names
