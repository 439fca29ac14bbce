"""Keepers liquidate what pays, at the size that pays most, and stall where it does not. On real contracts."""

import pytest

from sim.agents.keeper import PATIENCE_BLOCKS
from sim.engine import Engine, launch
from sim.trace import Trace
from sim.units import UINT256_MAX, quantise
from tests.sim.agents.small import borrower, explicit, keeper, lending_scenario, weth

FALL = {"kind": "waypoints", "interval_s": 12, "prices_usd": [2_000, 2_000, 1_800]}
FREE = {"slope1_bps": 0, "slope2_bps": 0}
ACCOUNTS = explicit(borrower(10, 15_500), borrower(10, 15_600), borrower(10, 15_400), borrower(10, 5_000))


def falling(pool_weth: float = 5_000, agents: dict | None = None, **parts):
    """Three of four accounts fall below health 1 in block 1, at once, without interest."""
    usdc = {"ltv_bps": 0, "liquidation_threshold_bps": 0, "supply_tokens": 10_000_000, "rates": FREE}
    scenario = {
        "clock": {"blocks": 6},
        "assets": weth(**FALL),
        "venues": {"pool": {"base": "WETH", "quote": "USDC", "base_tokens": pool_weth}},
        "lending": {"main": {"reserves": {"WETH": {"rates": FREE}, "USDC": usdc}}},
        "population": ACCOUNTS,
        "agents": agents or {"keeper": keeper()},
    }
    return lending_scenario(**{**scenario, **parts})


def run(scenario, chain, artifacts) -> Trace:
    return launch(scenario, chain, artifacts).run()


def sent(trace: Trace, intent: str, agent: str | None = None) -> list:
    return [t for t in trace.transactions if t.intent == intent and agent in (None, t.agent)]


def profits(trace: Trace) -> list[int]:
    return [event.args["profit"] for event in trace.events if event.name == "FlashLiquidated"]


def until_at_risk(engine: Engine) -> None:
    while not engine._observe(0).markets["main"].at_risk:
        engine.step()


@pytest.mark.parametrize("pool_weth", [5_000, 200])
def test_every_profit_of_a_block_is_foreseen_to_the_unit(revm, artifacts, pool_weth):
    trace = run(falling(pool_weth), revm, artifacts)
    liquidations = sent(trace, "liquidate")
    assert len({t.block for t in liquidations}) < len(liquidations), (
        "several in one block, each after the other's sale"
    )
    assert all(t.ok for t in liquidations)
    assert [round(t.meta["expected_profit_usd"] * 1e6) for t in liquidations] == profits(trace)


def test_the_most_profitable_comes_first_and_only_accounts_at_risk(revm, artifacts):
    trace = run(falling(), revm, artifacts)
    first = [t for t in sent(trace, "liquidate") if t.block == 2]
    assert [t.meta["account"] for t in first] == ["b/1", "b/0", "b/2"]
    assert {t.meta["account"] for t in sent(trace, "liquidate")} == {"b/0", "b/1", "b/2"}


def test_in_a_thin_pool_a_smaller_size_earns_more_than_all_that_is_allowed(revm, artifacts):
    engine = launch(
        falling(pool_weth=50, agents={"keeper": keeper(max_liquidations_per_block=1)}), revm, artifacts
    )
    until_at_risk(engine)
    world = engine.world
    full = {}
    for role in ("b/0", "b/1", "b/2"):
        quote = world.lending["main"].preview_liquidation("WETH", "USDC", world.address(role), UINT256_MAX)
        fee = -(-quote.repaid * 5 // 10_000)
        full[role] = (quote.repaid, world.venues["pool"].quote_exact_in("WETH", quote.seized) - quote.repaid - fee)
    engine.step()
    liquidation = next(e for e in engine.trace.events if e.name == "Liquidation")
    repaid, profit_of_all = full[liquidation.args["user"]]
    assert liquidation.args["repaidAssets"] < repaid
    assert profits(engine.trace)[0] > max(profit_of_all, 0)


def test_the_bid_is_a_share_of_the_profit_and_the_chain_enforces_the_cost_of_gas(revm, artifacts):
    trace = run(falling(agents={"keeper": keeper(bid_share_bps=5_000, max_fee_gwei=10_000)}), revm, artifacts)
    liquidation = sent(trace, "liquidate")[0]
    cost_usd = liquidation.gas * liquidation.fee_gwei * 2_000 / 1e9
    profit_usd = liquidation.meta["expected_profit_usd"]
    assert 0.5 * profit_usd <= cost_usd <= 0.525 * profit_usd
    least_profit_usd = liquidation.args[-1] / 1e6
    assert cost_usd <= least_profit_usd <= cost_usd + 2e-6


@pytest.mark.parametrize(
    ("fields", "space"),
    [
        ({"max_fee_gwei": 19.0}, {"base_fee_gwei": 20.0, "base_fee_moves": False}),
        ({"max_fee_gwei": 10_000.0}, {"base_fee_gwei": 2_000.0, "base_fee_moves": False}),
        ({"min_profit_usd": 5_000.0}, {"base_fee_gwei": 0.0}),
    ],
    ids=["above its highest fee", "gas above the profit", "profit below its least"],
)
def test_a_keeper_stalls_where_acting_does_not_pay(revm, artifacts, fields, space):
    scenario = falling(agents={"keeper": keeper(**fields)}, block_space=space)
    trace = run(scenario, revm, artifacts)
    assert sent(trace, "liquidate") == []
    assert set(trace.blocks[-1].below_one["main"]) == {"b/0", "b/1", "b/2"}


def test_the_most_per_block_is_kept(revm, artifacts):
    trace = run(falling(agents={"keeper": keeper(max_liquidations_per_block=2)}), revm, artifacts)
    assert [t.block for t in sent(trace, "liquidate")][:3] == [2, 2, 3]


def test_latency_delays_a_decision_and_none_is_made_twice(revm, artifacts):
    trace = run(falling(agents={"keeper": keeper(latency_blocks=2)}), revm, artifacts)
    liquidations = sent(trace, "liquidate")
    assert [(t.meta["observed_block"], t.block, t.ok) for t in liquidations[:3]] == [(2, 4, True)] * 3
    assert len({t.meta["account"] for t in liquidations[:3]}) == 3
    assert all(t.meta["observed_block"] > 4 for t in liquidations[3:])


def test_an_account_is_liquidated_once_a_block_through_its_best_pair(revm, artifacts):
    account = {"collateral_tokens": {"WETH": 10, "USDC": 3_000}, "debt_tokens": {"USDC": 18_000}}
    usdc = {"supply_tokens": 10_000_000, "rates": FREE, "ltv_bps": 0, "liquidation_bonus_bps": 400}
    market = {"reserves": {"WETH": {"rates": FREE}, "USDC": usdc}}
    engine = launch(falling(lending={"main": market}, population=explicit(account)), revm, artifacts)
    until_at_risk(engine)
    (action,) = engine.agents[-1].propose(engine._observe(36))
    assert (action.key, action.meta["collateral"]) == ("liquidate/b/0", "WETH")


@pytest.mark.parametrize("fields", [{"unprofitable_too": True}, {"funding": "inventory"}, {}])
def test_a_keeper_that_cannot_afford_a_block_proposes_nothing(revm, artifacts, fields):
    agents = {"keeper": keeper(max_fee_gwei=19.0, inventory_tokens=100_000, **fields)}
    space = {"base_fee_gwei": 20.0, "base_fee_moves": False}
    trace = run(falling(agents=agents, block_space=space), revm, artifacts)
    assert sent(trace, "liquidate") == [] and {record.pending for record in trace.blocks} == {0}


def test_blocks_filled_first_come_first_served_reach_a_keeper_that_keeps_its_place(revm, artifacts):
    """Demand above the limit for a while makes a queue; its end is reached some blocks later."""
    demand = {"gas_per_block": 1_100_000, "fee_gwei": [30.0], "fee_sigma": 0.0, "interval_s": 60}
    space = {"ordering": "first_come", "gas_limit": 1_000_000, "base_fee_gwei": 1.0, "demand": demand}
    trace = run(falling(block_space=space, clock={"blocks": 30}), revm, artifacts)
    landed = [t for t in sent(trace, "liquidate") if t.ok]
    assert landed and any(t.block > t.meta["observed_block"] for t in landed)


def test_the_faster_keeper_wins_and_the_loser_pays_for_the_revert(revm, artifacts):
    agents = {"slow": keeper(latency_blocks=1), "fast": keeper()}
    trace = run(falling(agents=agents), revm, artifacts)
    assert [t.ok for t in sent(trace, "liquidate", "fast")] == [True] * 3
    lost = sent(trace, "liquidate", "slow")
    assert lost and all(not t.ok and t.fee_gwei > 0 and t.gas > 21_000 for t in lost)
    assert {t.revert.split("(")[0] for t in lost} == {"HealthFactorNotBelowThreshold"}


def test_equal_keepers_bid_apart(revm, artifacts):
    trace = run(falling(agents={name: keeper(max_fee_gwei=10_000) for name in ("one", "two")}), revm, artifacts)
    bids = [t.fee_gwei for t in sent(trace, "liquidate") if t.block == 2]
    assert len(set(bids)) == len(bids) == 6


def test_inventory_is_spent_within_its_balance_and_sold_later(revm, artifacts):
    agents = {"keeper": keeper(funding="inventory", inventory_tokens=12_000)}
    trace = run(falling(agents=agents, clock={"blocks": 12}), revm, artifacts)
    liquidations, sales = sent(trace, "liquidate"), sent(trace, "sell_inventory")
    assert liquidations and sales and all(t.ok for t in liquidations + sales)
    assert min(t.block for t in sales) > min(t.block for t in liquidations)
    repaid = sum(e.args["repaidAssets"] for e in trace.events if e.name == "Liquidation" and e.block == 2)
    assert repaid <= 12_000 * 10**6
    start, end = trace.initial.balances["keeper"], trace.blocks[-1].balances["keeper"]
    assert end["USDC"] > start["USDC"] and end["WETH"] == start["WETH"]


def test_stock_that_cannot_be_sold_at_a_fair_price_is_dumped_after_a_while(revm, artifacts):
    fall = {"kind": "waypoints", "interval_s": 12, "prices_usd": [2_000, 2_000, 1_800, 3_000]}
    agents = {"keeper": keeper(funding="inventory", inventory_tokens=20_000, max_liquidations_per_block=1)}
    scenario = falling(
        agents=agents,
        assets=weth(**fall),
        clock={"blocks": PATIENCE_BLOCKS + 8},
        population=explicit(borrower(10, 15_500)),
    )
    trace = run(scenario, revm, artifacts)
    bought = sent(trace, "liquidate")[0].block
    sold = [t.block for t in sent(trace, "sell_inventory") if t.ok]
    assert sold and sold[0] == bought + 1 + PATIENCE_BLOCKS


def ladder(rung_eth: float, per_block: int = 5):
    """The threshold ladder: rungs 1 % apart, the pool's spot price is the feed, everything seized is sold."""
    reserves = {
        "WETH": {
            "liquidation_threshold_bps": 8_000,
            "liquidation_bonus_bps": 2_500,
            "protocol_fee_bps": 0,
            "borrowable": False,
        },
        "USDC": {"ltv_bps": 0, "liquidation_threshold_bps": 0, "supply_tokens": 10_000_000, "rates": FREE},
    }
    funds = {"funding": "inventory", "inventory_tokens": 10_000_000, "unprofitable_too": True}
    return lending_scenario(
        clock={"blocks": 130},
        assets={
            "WETH": {"decimals": 18, "price": {"kind": "constant", "price_usd": 100.0}},
            "USDC": {"decimals": 18, "price": {"kind": "constant", "price_usd": 1.0}},
        },
        feeds={
            "WETH": {"kind": "pool_spot", "venue": "pool", "decimals": 18},
            "USDC": {"kind": "push", "heartbeat_s": 31_536_000},
        },
        venues={"pool": {"base": "WETH", "quote": "USDC", "base_tokens": 1_000, "fee_bps": 0}},
        lending={"main": {"reserves": reserves}},
        population={
            "rungs": {
                "kind": "ladder",
                "market": "main",
                "collateral": "WETH",
                "debt": "USDC",
                "count": 300,
                "collateral_tokens": rung_eth,
                "spacing_bps": 100,
            }
        },
        agents={"keeper": keeper(max_liquidations_per_block=per_block, **funds)},
        block_space={"base_fee_gwei": 0.0},
    )


@pytest.mark.parametrize(
    ("rung_eth", "length", "end_price"), [(10.0, 249, None), (6.0, 69, 50.0), (5.1, 6, 94.15), (4.9, 1, None)]
)
def test_a_keeper_that_ignores_profit_walks_the_ladder_to_its_closed_form_end(
    revm, artifacts, rung_eth, length, end_price
):
    """Chain length is the first n with x + nq < x (1 − g)^(−n/2)."""
    trace = run(ladder(rung_eth), revm, artifacts)
    assert sum(event.name == "Liquidation" for event in trace.events) == length
    assert all(t.ok for t in trace.transactions)
    base, quote = trace.blocks[-1].venues["pool"].reserves
    assert base == 1_000 * 10**18 + length * quantise(rung_eth, 18)
    if end_price is not None:
        assert quote / base == pytest.approx(end_price, abs=0.05)
