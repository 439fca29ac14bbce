"""Keepers of perpetual markets liquidate what pays, leave the rest to others, and tidy up. On real contracts."""

from __future__ import annotations

import pytest

from sim.market.gas import load_gas_table
from sim.perp_trace import account_name
from sim.units import BPS
from sim.world.action import Action
from tests.perp_scenarios import USD
from tests.sim.agents.perps.worlds import (
    DELEVERAGE,
    FUND,
    keeper,
    long,
    named,
    opened,
    prices,
    run,
    scenario,
    sent,
)

THREE = (long(50, 6_000), long(100, 12_000), long(20, 2_400))
"""At a twelfth of 6 % each: below maintenance margin at 1,890, with an equity left."""
BOT = -1_000.0


def with_keeper(*accounts, **fields):
    keys = {"path", "steth", "waterfall", "instrument", "market", "block_space", "clock", "insurance"}
    parts = {key: fields.pop(key) for key in keys & set(fields)}
    return scenario(*accounts, agents={"k": keeper(**fields)}, **parts)


def test_the_reward_is_foreseen_to_the_unit(artifacts):
    trace = run(with_keeper(*THREE, max_liquidations_per_block=1), artifacts)
    done = named(trace, "Liquidated")
    assert done and all(one["liquidator"] == "k" for one in done)
    shares = [one["feeQuote"] - one["feeQuote"] * 5_000 // BPS for one in done]
    assert [round(one.meta["expected_profit_usd"] * USD) for one in sent(trace, "liquidate")] == shares
    assert trace.final_positions["perp"]["k"].cash_quote == sum(shares)


def test_the_most_profitable_comes_first_and_as_many_as_are_allowed(artifacts):
    trace = run(with_keeper(*THREE, max_liquidations_per_block=2), artifacts)
    first = sent(trace, "liquidate")[0].block
    accounts = [one.meta["account"] for one in sent(trace, "liquidate") if one.block == first]
    assert accounts == ["t/1", "t/0"]
    assert all(one.ok for one in sent(trace, "liquidate"))


def test_no_more_accounts_are_looked_at_than_bounds_ask_for(artifacts, monkeypatch):
    """The bound of the second is below the profit of the first."""
    engine = opened(with_keeper(*THREE, max_liquidations_per_block=1), artifacts)
    while not engine._observe(0).perps["perp"].at_risk:
        engine.step()
    market, asked = engine.world.perps["perp"], []
    look = type(market).preview_liquidation
    monkeypatch.setattr(
        type(market), "preview_liquidation", lambda self, *args: asked.append(args[0].owner) or look(self, *args)
    )
    engine.step()
    assert asked == [engine.world.address("t/1")]


def test_equity_bounds_the_fee_so_that_a_large_account_near_bankruptcy_comes_later(artifacts):
    """t/1 has no more than a few dollars left, whatever its size."""
    accounts = long(50, 6_000), long(100, 11_060)
    trace = run(with_keeper(*accounts, max_liquidations_per_block=1), artifacts)
    assert sent(trace, "liquidate")[0].meta["account"] == "t/0"


@pytest.mark.parametrize(
    ("fields", "acts"),
    [
        ({}, True),
        ({"max_fee_gwei": 5.0}, False),
        ({"min_profit_usd": 1_000.0}, False),
        ({"block_space": {"base_fee_gwei": 150, "native_price_usd": 4_000, "base_fee_moves": False}}, False),
    ],
)
def test_it_acts_where_the_fee_pays_for_gas_and_profit(artifacts, fields, acts):
    trace = run(with_keeper(long(50, 6_000), **fields), artifacts)
    assert bool(sent(trace, "liquidate")) == acts
    assert bool(named(trace, "Liquidated")) == acts


def test_bids_are_a_share_of_the_profit(artifacts):
    """In dollars of gas, a third of the fee or so; at least what gets in."""
    trace = run(with_keeper(long(200, 24_000), bid_share_bps=3_000), artifacts)
    first = sent(trace, "liquidate")[0]
    paid_usd = first.fee_gwei * load_gas_table().gas("PerpMarket", "liquidate", True) * 1e-9 * 2_000
    assert 0.29 <= paid_usd / first.meta["expected_profit_usd"] <= 0.33


@pytest.mark.parametrize("least_usd", [1.0, BOT])
def test_what_needs_a_ranking_is_left_alone(artifacts, least_usd):
    """A fall beyond the bankruptcy price leaves no fee; even a bot that needs none does not name who pays."""
    made = with_keeper(long(50, 3_000), path=(2_000, 1_900), waterfall=(DELEVERAGE,), min_profit_usd=least_usd)
    trace = run(made, artifacts)
    assert trace.blocks[-1].below_maintenance["perp"]
    assert not sent(trace, "liquidate")


def test_what_leaves_no_fee_is_for_those_who_need_none(artifacts):
    for least_usd, acts in ((1.0, False), (BOT, True)):
        trace = run(with_keeper(long(50, 3_000), path=(2_000, 1_900), min_profit_usd=least_usd), artifacts)
        assert bool(sent(trace, "liquidate")) == acts
        assert bool(named(trace, "FundDrawn")) == acts


def test_a_fund_that_is_short_is_waited_for(artifacts):
    """The fund has to pay all of it and holds nothing; liquidations are not even tried until somebody fills it."""
    made = with_keeper(
        long(50, 3_000),
        path=(2_000, 1_900),
        waterfall=({**FUND, "require_full": True, "cap_tokens": 50_000},),
        insurance={"fund": {"asset": "USDC", "assets_tokens": 0}},
        min_profit_usd=BOT,
    )
    engine = opened(made, artifacts)
    for _ in range(6):
        engine.step()
    assert engine.trace.blocks[-1].below_maintenance["perp"]
    assert not sent(engine.trace, "liquidate")
    world, supplier = engine.world, engine.world.address("supplier")
    token, fund = world.tokens["USDC"], world.insurance["fund"]
    admin = world.address("admin")
    for sender, call in (
        (admin, token.mint(supplier, 50_000 * USD)),
        (supplier, token.approve(fund.address, 50_000 * USD)),
        (supplier, fund.deposit(50_000 * USD, supplier)),
    ):
        engine.submit(Action("environment", sender, call, "environment", None, call.function))
    engine.step()
    engine.step()
    assert all(one.ok for one in sent(engine.trace, "liquidate"))
    assert named(engine.trace, "FundDrawn")


@pytest.mark.parametrize("latency", [0, 2])
def test_latency_lies_between_decision_and_submission(artifacts, latency):
    trace = run(with_keeper(*THREE, latency_blocks=latency), artifacts)
    done = sent(trace, "liquidate")
    assert done and all(one.block - one.meta["observed_block"] == latency for one in done)
    assert all(one.ok for one in done), "nothing is decided on twice while it is on its way"
    assert {one.meta["account"] for one in done} == {"t/0", "t/1", "t/2"}


class TestServices:
    def test_withdrawals_are_made_to_wait_once(self, artifacts):
        """Bankrupt accounts that nobody is paid for: shown once, and again when the wait is over."""
        made = with_keeper(long(50, 3_000), path=(2_000, 1_900), market={"gate_s": 60})
        trace = run(made, artifacts)
        gates = sent(trace, "resolve")
        assert {one.function for one in gates} == {"gateWithdrawals"}
        blocks = [one.block for one in gates]
        assert len(blocks) > 1
        assert all(later - earlier >= 5 for earlier, later in zip(blocks, blocks[1:], strict=False))

    def test_where_nothing_is_gated_nobody_is_shown(self, artifacts):
        trace = run(with_keeper(long(50, 3_000), path=(2_000, 1_900), market={"gated": False}), artifacts)
        assert not sent(trace, "resolve")

    def test_an_account_in_debt_without_positions_is_taken_through_the_waterfall(self, artifacts):
        """Collateral covers the debt of a closed position at first, and no longer once its price has fallen."""
        trace = run(indebted(), artifacts)
        resolved = [one for one in sent(trace, "resolve") if one.function == "resolveDeficit"]
        assert [one.meta["account"] for one in resolved] == ["t/0"]
        assert all(one.ok for one in resolved)
        assert named(trace, "DeficitDrawn")
        assert trace.final_positions["perp"]["t/0"].equity_quote >= 0


BACKED = long(50, 100, collateral_tokens={"stETH": 4})
COLLATERAL = {"collateral": {"stETH": {"haircut_bps": 1_000, "discount_bps": 500}}}


def indebted(**fields):
    """50 WETH on 4 stETH: liquidated with a debt, which the collateral then no longer covers."""
    steth = (2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 1_200)
    return with_keeper(
        BACKED,
        path=(2_000, 1_866),
        steth=steth,
        instrument={"close_min_bps": 10_000},
        market=COLLATERAL,
        min_profit_usd=BOT,
        **fields,
    )


class TestCollateral:
    def test_it_is_bought_at_its_discount_and_sold_on_the_venue(self, artifacts):
        trace = run(indebted(inventory_tokens=20_000, venue="pool"), artifacts)
        bought = named(trace, "CollateralBought")
        assert bought and {one["buyer"] for one in bought} == {"k"}
        purchase = sent(trace, "buy_collateral")[0]
        assert purchase.ok and purchase.meta["expected_profit_usd"] > 0
        assert [one.ok for one in sent(trace, "sell_inventory")] == [True]
        last = trace.blocks[-1].balances["k"]
        assert last["stETH"] == 0
        assert last["USDC"] > 20_000 * USD
        assert trace.final_positions["perp"]["t/0"].cash_quote == 0

    def test_without_a_venue_it_is_kept(self, artifacts):
        trace = run(indebted(inventory_tokens=20_000), artifacts)
        held = trace.blocks[-1].balances["k"]["stETH"]
        assert held == sum(one["amountAssets"] for one in named(trace, "CollateralBought")) > 0
        assert not sent(trace, "sell_inventory")

    def test_an_inventory_bounds_what_is_bought(self, artifacts):
        trace = run(indebted(inventory_tokens=500), artifacts)
        assert sum(one["paidQuote"] for one in named(trace, "CollateralBought")) == 500 * USD

    def test_a_discount_that_does_not_pay_is_left(self, artifacts):
        market = {"collateral": {"stETH": {"haircut_bps": 1_000, "discount_bps": 100}}}
        instrument = {"close_min_bps": 10_000}
        made = with_keeper(
            BACKED, path=(2_000, 1_866), instrument=instrument, market=market, inventory_tokens=20_000
        )
        trace = run(made, artifacts)
        assert trace.final_positions["perp"]["t/0"].cash_quote < 0
        assert not sent(trace, "buy_collateral")


def test_names_of_accounts_are_those_of_the_trace(artifacts):
    trace = run(with_keeper(long(50, 6_000, isolated=True)), artifacts)
    assert {one.meta["account"] for one in sent(trace, "liquidate")} == {account_name("t/0", "WETH")}


def test_nothing_is_tried_while_the_index_is_not_valid(artifacts):
    """The feed falls silent for some blocks in which accounts can be liquidated; nobody sends what would fail."""
    assets = prices(2_000, 2_000, 1_890)
    del assets["stETH"]
    made = scenario(
        *THREE,
        agents={"k": keeper(latency_blocks=1)},
        instrument={"max_index_age_s": 20},
        feeds={"WETH": {"kind": "push", "heartbeat_s": 12, "delay_blocks": 0}},
        assets=assets,
        venues={},
    )
    engine = opened(made, artifacts)
    while not engine._observe(0).perps["perp"].at_risk:
        engine.step()
    silent = engine.block
    engine.interruptions.stop_feed("WETH", silent + 4)
    for _ in range(7):
        engine.step()
    done = sent(engine.trace, "liquidate")
    tries = [(one.block - silent, one.ok) for one in done]
    assert tries[:3] == [(1, False)] * 3, "decided on while prices were valid"
    assert {one.revert.split("(")[0] for one in done[:3]} == {"StaleIndex"}
    assert all(ok and after > 4 for after, ok in tries[3:])
    assert len(tries) >= 6
