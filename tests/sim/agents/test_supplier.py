"""A supplier leaves when a bound is crossed, with what cash there is. On real contracts."""

import pytest

from sim.engine import launch
from sim.errors import BadInput
from sim.scenario.loading import load_scenario
from tests.sim.agents.small import borrower, explicit, keeper, lending_scenario, weth

USDC = 10**6


def supplier(**fields):
    """A supplier of twenty million USDC beside fifty million of others."""
    return {"kind": "supplier", "market": "main", "asset": "USDC", "supply_tokens": 20_000_000, **fields}


def run(revm, artifacts, *accounts, agents, **parts):
    scenario = lending_scenario(population=explicit(*accounts), agents=agents, **parts)
    trace = launch(scenario, revm, artifacts).run()
    assert trace.violations == []
    return trace


def withdrawals(trace) -> list[tuple[int, int]]:
    events = [event for event in trace.events if event.name == "Withdrawn" and event.args["user"] == "lender"]
    return [(event.block, event.args["amount"]) for event in events]


def test_it_stays_without_a_reason(revm, artifacts):
    agents = {"lender": supplier(leave_above_utilisation_bps=9_000, leave_above_deficit_bps=0)}
    assert withdrawals(run(revm, artifacts, borrower(100, 100_000), agents=agents)) == []


def test_it_leaves_with_a_share_at_a_time(revm, artifacts):
    agents = {"lender": supplier(leave_at_s=60, withdraw_share_bps=2_500)}
    trace = run(revm, artifacts, borrower(100, 100_000), agents=agents)
    ((block, amount),) = withdrawals(trace)
    assert block == 4
    assert amount == pytest.approx(5_000_000 * USDC, rel=1e-6)
    assert trace.blocks[-1].balances["lender"]["USDC"] == amount


def test_it_leaves_above_a_utilisation_with_what_cash_there_is(revm, artifacts):
    """54 of 70 million are lent: 16 million come out at once, the rest waits for cash that never comes."""
    agents = {"lender": supplier(leave_above_utilisation_bps=7_500)}
    trace = run(revm, artifacts, borrower(50_000, 54_000_000), agents=agents)
    (block, amount), *later = withdrawals(trace)
    assert block == 0 and amount == 16_000_000 * USDC
    assert later == []
    assert trace.blocks[-1].reserves["main"]["USDC"].cash == 0


def test_the_first_to_leave_on_a_deficit_loses_nothing(revm, artifacts):
    """Nobody bears a deficit that waits for cover, so whoever leaves first leaves whole."""
    lender = supplier(leave_above_deficit_bps=0)
    trace = run(
        revm,
        artifacts,
        borrower(30_000, 38_000_000),
        agents={"lender": lender, "keeper": keeper(funding="inventory", inventory_tokens=40_000_000)},
        assets=weth(kind="waypoints", interval_s=12, prices_usd=[2_000, 2_000, 2_000, 1_000]),
        venues={"pool": {"base": "WETH", "quote": "USDC", "base_tokens": 1_000_000}},
    )
    (deficit,) = [event for event in trace.events if event.name == "DeficitCreated"]
    (block, amount), *_ = withdrawals(trace)
    assert block == deficit.block + 1
    assert amount >= 20_000_000 * USDC


def test_a_supplier_of_an_asset_that_is_not_lent_is_refused():
    with pytest.raises(BadInput, match=r"agents.lender.asset is 'wstETH', one of \['USDC', 'WETH'\] expected"):
        load_scenario(
            "flash-crash",
            [f"agents.lender={supplier(asset='wstETH', leave_at_s=1)}".replace("'", '"')],
        )
