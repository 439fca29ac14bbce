"""Keepers of a batch auction open, bid, clear and sell what they get. On real contracts."""

import pytest

from sim.agents.batch_bidder import BatchBidder
from sim.engine import launch
from sim.errors import BadInput
from sim.metrics.acquisitions import acquisitions
from sim.metrics.timeline import Timeline
from sim.trace import Trace
from sim.units import RAY
from tests.sim.agents.small import borrower, explicit, keeper, lending_scenario, weth

FALL = {"kind": "waypoints", "interval_s": 12, "prices_usd": [2_000, 2_000, 1_800]}
ACCOUNTS = explicit(borrower(10, 15_500), borrower(10, 15_600), borrower(20, 31_000), borrower(10, 5_000))
RICH = {"funding": "inventory", "inventory_tokens": 100_000}


def falling(agents: dict | None = None, execution: dict | None = None, blocks: int = 40, **parts: object):
    """Three of four accounts fall below health 1 in block 1, at once."""
    free = {"kind": "kinked", "slope1_bps": 0, "slope2_bps": 0}
    usdc = {"ltv_bps": 0, "liquidation_threshold_bps": 0, "supply_tokens": 10_000_000, "rates": free}
    market = {
        "reserves": {"WETH": {"rates": free}, "USDC": usdc},
        "terms": {"kind": "whole_position"},
        "execution": {"kind": "batch_auction", "window_s": 60} | (execution or {}),
    }
    return lending_scenario(
        clock={"blocks": blocks},
        assets=weth(**FALL),
        lending={"main": market},
        population=ACCOUNTS,
        agents=agents or {"keeper": keeper(**RICH)},
        **parts,
    )


def run(scenario, chain, artifacts) -> Trace:
    trace = launch(scenario, chain, artifacts).run()
    assert trace.violations == []
    return trace


def sent(trace: Trace, intent: str, agent: str | None = None) -> list:
    return [t for t in trace.transactions if t.intent == intent and agent in (None, t.agent)]


def events(trace: Trace, name: str) -> list:
    return [event for event in trace.events if event.name == name]


def test_every_unhealthy_account_is_sold_and_what_is_left_goes_back(revm, artifacts):
    trace = run(falling(), revm, artifacts)
    assert {event.args["user"] for event in events(trace, "LotOpened")} == {"b/0", "b/1", "b/2"}
    closed = events(trace, "LotClosed")
    assert len(closed) == 3 and all(event.args["lostAssets"] == 0 for event in closed)
    assert all(t.ok for t in trace.transactions)
    assert len(events(trace, "CollateralReturned")) == 3
    assert all(reserve.claims == 0 for reserve in trace.blocks[-1].reserves["main"].values())


def test_bids_are_below_the_fair_price_by_discounts_and_gas(revm, artifacts):
    """2 % for the sale, 1 % for the window, and the gas of a round."""
    trace = run(falling(), revm, artifacts)
    for bid in sent(trace, "bid_for_lot"):
        share = bid.meta["price_ray"] / (1_800 * 10**6 * RAY / 10**18)
        assert 0.96 < share < 0.98 * 0.99


def test_what_is_bought_is_withdrawn_and_sold(revm, artifacts):
    scenario = falling()
    trace = run(scenario, revm, artifacts)
    timeline = Timeline(trace)
    bought = [one for one in acquisitions(timeline, events(trace, "Liquidation")) if one.keeper == "keeper"]
    assert len(bought) == 3
    assert sorted(one.liquidation for one in bought) == [0, 1, 2]
    assert sent(trace, "withdraw_credit") and sent(trace, "sell_inventory")
    held = trace.blocks[-1].balances["keeper"]["WETH"] - trace.blocks[0].balances["keeper"]["WETH"]
    assert 0 <= held < sum(one.amount for one in bought)


def test_money_limits_what_is_opened(revm, artifacts):
    """20,000 dollars reach for one lot at a time of the smaller ones; refunds and sales pay for the next."""
    trace = run(falling({"keeper": keeper(funding="inventory", inventory_tokens=20_000)}), revm, artifacts)
    opened = [event.block for event in events(trace, "LotOpened")]
    assert len(opened) >= 2 and len(set(opened)) == len(opened)
    assert all(event.args["lostAssets"] == 0 for event in events(trace, "LotClosed"))


def test_no_flash_loan_can_bid(revm, artifacts):
    trace = run(falling({"keeper": keeper()}), revm, artifacts)
    assert not sent(trace, "liquidate") and not events(trace, "LotOpened")


def test_lots_that_nobody_bids_for_are_lost(revm, artifacts):
    """Opened and cleared as a service to the public, round after round, by a keeper that does not buy."""
    trace = run(falling({"keeper": keeper(buys=False)}, {"max_rounds": 2}), revm, artifacts)
    closed = events(trace, "LotClosed")
    assert len(closed) == 3 and all(event.args["recoveredAssets"] == 0 for event in closed)
    assert len(events(trace, "RoundCleared")) == 6
    assert sum(event.args["amount"] for event in events(trace, "DeficitCreated")) == sum(
        event.args["lostAssets"] for event in closed
    )
    unsold = sum(event.args["amount"] for event in events(trace, "CollateralUnsold"))
    assert unsold == sum(event.args["seizedAssets"] for event in events(trace, "Liquidation"))


def test_two_bidders_and_one_price(revm, artifacts):
    """A second keeper opens nothing twice; each lot clears at one price for both."""
    agents = {"keeper": keeper(**RICH), "other": keeper(**RICH, latency_blocks=1)}
    trace = run(falling(agents), revm, artifacts)
    bidders = {t.agent for t in sent(trace, "bid_for_lot")}
    assert bidders == {"keeper", "other"}
    assert len([event for event in events(trace, "LotOpened")]) == 3
    assert all(event.args["lostAssets"] == 0 for event in events(trace, "LotClosed"))


def test_keeper_of_a_batch_is_a_bidder(revm, artifacts):
    engine = launch(falling(), revm, artifacts)
    assert any(isinstance(agent, BatchBidder) for agent in engine.agents)


def test_window_of_less_than_a_block_is_refused():
    with pytest.raises((BadInput, ValueError), match="window_s is 12, more than the block time of 12 expected"):
        falling(execution={"window_s": 12})
