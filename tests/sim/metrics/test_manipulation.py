"""Rule: an attack's profit is what its accounts gained, its cost what its trades lost; in hand-made traces."""

from dataclasses import replace

import pytest

from sim.metrics.manipulation import attack_metrics, manipulation
from sim.metrics.timeline import Timeline
from tests.sim.metrics.traces import USDC, WETH, TraceBuilder, account

AGENTS = {"thief": {"kind": "spot_attacker", "venue": "pool"}, "arb": {"kind": "arbitrageur", "venue": "pool"}}
FEE_USD = 0.1 * 2_000
FEE = {"fee_gwei": 100.0, "gas": 1_000_000}


def balances(weth: float, usdc: float) -> dict:
    return {"thief": {"WETH": round(weth * WETH), "USDC": round(usdc * USDC)}}


def measured(builder: TraceBuilder):
    return manipulation(Timeline(builder.trace))


def attacked(agents: dict = AGENTS) -> TraceBuilder:
    """WETH at $100, 1,000 of them in the pool: 100,000 USDC push it to $400, then arbitrage brings it back.

    The thief gets 500 WETH for it, worth 50,000, and in the end has 180,000 USDC more than at the start.
    """
    builder = TraceBuilder(agents=agents)
    builder.trace.initial = replace(builder.trace.initial, balances=balances(0, 5))
    builder.block().transaction("attack", agent="thief", **FEE).swap(quote_in=100_000 * USDC)
    builder.block().transaction("arbitrage", agent="arb").swap(base_in=500 * WETH)
    return builder.set(balances=balances(0, 180_005))


def test_profit_cost_and_gain():
    found = measured(attacked())
    assert found.attacks == 1
    assert found.profit_usd == pytest.approx(180_000 - FEE_USD)
    assert found.cost_usd == pytest.approx(50_000 + FEE_USD)
    assert found.gain_usd == pytest.approx(230_000)
    assert found.max_push_bps == 30_000


def test_a_position_counts_while_it_is_worth_more_than_its_debt():
    builder = attacked()
    for debt, equity in ((30_000, 20_000), (60_000, 0)):
        builder.trace.final_accounts = {"main": {"push-thief": account(500, debt), "someone": account(500, 0)}}
        assert measured(builder).profit_usd == pytest.approx(180_000 - FEE_USD + equity)
    builder.trace.final_accounts = {"main": {"thief": account(1, 0), "push-thief": account(2, 0)}}
    assert measured(builder).profit_usd == pytest.approx(180_000 - FEE_USD + 300)


def test_flash_fees_are_a_cost_that_balances_already_bear():
    builder = attacked()
    builder.block().transaction("attack", agent="thief")
    builder.event("push-thief", "SpotPushed", loanAsset="USDC", flashFee=90 * USDC).set(
        balances=balances(0, 180_005)
    )
    found = measured(builder)
    assert found.attacks == 2
    assert found.cost_usd == pytest.approx(50_090 + FEE_USD)
    assert found.profit_usd == pytest.approx(180_000 - FEE_USD)


def test_what_failed_is_no_attack_but_costs_its_fee():
    builder = TraceBuilder(agents=AGENTS)
    builder.trace.initial = replace(builder.trace.initial, balances=balances(0, 0))
    builder.block().transaction("attack", agent="thief", ok=False, **FEE).set(balances=balances(0, 0))
    found = measured(builder)
    assert (found.attacks, found.max_push_bps) == (0, 0)
    assert found.profit_usd == pytest.approx(-FEE_USD)
    assert found.cost_usd == pytest.approx(FEE_USD)


def test_a_fall_of_the_price_counts_by_its_size():
    builder = TraceBuilder(agents=AGENTS)
    builder.block().transaction("push", agent="thief").swap(base_in=1_000 * WETH)
    assert measured(builder).max_push_bps == 7_500


def test_trades_of_others_are_not_its():
    builder = attacked({**AGENTS, "thief": {"kind": "keeper"}, "other": {"kind": "mean_attacker"}})
    found = measured(builder)
    assert (found.attacks, found.profit_usd, found.cost_usd, found.max_push_bps) == (0, 0, 0, 0)


def test_without_an_adversary_there_is_nothing_to_say():
    builder = TraceBuilder().block()
    assert attack_metrics(Timeline(builder.trace)) == {}
    names = ["attacks", "attack_profit_usd", "manipulation_cost_usd", "manipulation_gain_usd", "max_spot_push_bps"]
    assert list(attack_metrics(Timeline(attacked().trace))) == names
