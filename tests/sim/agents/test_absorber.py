"""Keepers of a backstop absorb and buy what pays. On real contracts."""

import pytest

from sim.agents.absorber import Absorber
from sim.engine import launch
from sim.metrics.acquisitions import acquisitions
from sim.metrics.timeline import Timeline
from tests.sim.agents.small import keeper
from tests.sim.agents.test_batch_bidder import RICH, events, run, sent
from tests.sim.agents.test_batch_bidder import falling as batch


def falling(agents: dict | None = None, backstop: dict | None = None, **parts: object):
    """The same fall with a backstop instead."""
    scenario = batch(agents or {"keeper": keeper()}, **parts)
    market = scenario.lending["main"].model_dump() | {"execution": {"kind": "backstop"} | (backstop or {})}
    return type(scenario)(**scenario.model_dump() | {"lending": {"main": market}})


def test_accounts_are_absorbed_and_their_collateral_is_flipped_without_money(revm, artifacts):
    trace = run(falling(), revm, artifacts)
    assert {event.args["user"] for event in events(trace, "Absorbed")} == {"b/0", "b/1", "b/2"}
    purchases = sent(trace, "buy_lot")
    foreseen = [round(t.meta["expected_profit_usd"] * 1e6) for t in purchases if t.ok]
    flipped = [event.args["profit"] for event in events(trace, "CollateralFlipped")]
    assert foreseen[0] == flipped[0], "to the unit, where nothing comes between"
    closed = events(trace, "LotClosed")
    assert len(closed) == 3 and all(event.args["lostAssets"] == 0 for event in closed)


def test_surplus_is_the_borrowers(revm, artifacts):
    """Value at 95 % of the oracle's price less the debt: a bonus of 5 % is a liquidation factor of 95 %."""
    trace = run(falling(), revm, artifacts)
    credited = {event.args["user"]: event.args["amount"] for event in events(trace, "SupplyCredited")}
    absorbed = {event.args["user"]: event.args for event in events(trace, "Absorbed")}
    assert absorbed["b/0"]["creditedAssets"] == 10 * 1_800 * 95 * 10**4
    for user, args in absorbed.items():
        assert credited[user] == args["creditedAssets"] - args["debtAssets"] > 0


def test_inventory_buys_and_sells_later(revm, artifacts):
    trace = run(falling({"keeper": keeper(**RICH)}), revm, artifacts)
    sales = events(trace, "CollateralSold")
    assert sales and {event.args["buyer"] for event in sales} == {"keeper"}
    bought = acquisitions(Timeline(trace), events(trace, "Liquidation"))
    assert sum(one.amount for one in bought) == sum(event.args["soldAssets"] for event in sales)
    assert sent(trace, "sell_inventory")


def test_service_to_the_public(revm, artifacts):
    """Who does not buy absorbs nevertheless; the stock stays where it is, and what is owed stays owed."""
    trace = run(falling({"keeper": keeper(buys=False)}), revm, artifacts)
    assert len(events(trace, "Absorbed")) == 3 and not sent(trace, "buy_lot")
    assert trace.blocks[-1].reserves["main"]["USDC"].claims > 0


def test_nothing_is_absorbed_for_less_than_its_gas(revm, artifacts):
    dear = {"block_space": {"base_fee_gwei": 400.0, "base_fee_moves": False}}
    trace = run(falling(**dear), revm, artifacts)
    assert not sent(trace, "liquidate")


def test_capital_pays_at_once(revm, artifacts):
    trace = run(falling(backstop={"capital_usd": 100_000}), revm, artifacts)
    assert all(record.reserves["main"]["USDC"].claims == 0 for record in trace.blocks)
    assert len(events(trace, "LotClosed")) == 3


@pytest.mark.parametrize("rate", [50.0, 500.0])
def test_rate_of_sales_slows_the_unwinding(revm, artifacts, rate):
    """Per second and at the oracle's price, no more than the rate allows on top of the burst."""
    burst = 2_000.0
    scenario = falling(backstop={"sale_rate_usd_per_s": rate, "sale_burst_usd": burst})
    trace = run(scenario, revm, artifacts)
    sales = events(trace, "CollateralSold")
    seconds = (sales[-1].block - sales[0].block) * 12
    sold_usd = sum(event.args["soldAssets"] for event in sales) / 1e18 * 1_800
    assert sold_usd <= burst + rate * seconds + 1
    assert len({event.block for event in sales}) > 5 / (rate / 50)


def test_keeper_of_a_backstop_is_an_absorber(revm, artifacts):
    engine = launch(falling(), revm, artifacts)
    assert any(isinstance(agent, Absorber) for agent in engine.agents)
