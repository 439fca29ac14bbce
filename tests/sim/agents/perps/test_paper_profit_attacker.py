"""Paper profits are cash only where the market counts them: the attack on Mango, and what contains it."""

import pytest

from sim.metrics.manipulation import manipulation
from sim.metrics.timeline import Timeline
from sim.perp_trace import account_name
from tests.perp_scenarios import USD, perp_market
from tests.sim.agents.perps.small import WHALES, engine_of, made

ATTACKER = {
    "kind": "paper_profit_attacker",
    "market": "perp",
    "instrument": "WETH",
    "venue": "thin",
    "not_before_s": 36,
    "size_tokens": 2_000,
    "margin_tokens": 300_000,
    "push_tokens": 1_000_000,
    "hold_blocks": 8,
}
THIN = {"thin": {"base": "WETH", "quote": "USDC", "base_tokens": 500}}
"""Two million at 2,000: one million doubles the price and more."""


def attacked(artifacts, agents=None, pricing="oracle_impact", fields=None, **rules):
    instrument = {"pricing": {"kind": pricing}, "trading_fee_bps": 5}
    market = perp_market(
        instruments={"WETH": instrument}, **{"profit_weight_bps": 10_000, "gated": False, **rules}
    )
    engine = engine_of(
        artifacts,
        {"mango": ATTACKER | (fields or {})} | (agents or {}),
        [2_000],
        feeds={"WETH": {"kind": "pool_spot", "venue": "thin"}},
        venues=THIN,
        perps={"perp": market},
        traders=WHALES,
        blocks=25,
    )
    engine.run()
    return engine


def gain_usd(engine) -> float:
    """Change of its wallet, with spot at 2,000, and what its accounts are worth where that is above 0."""
    trace = engine.trace
    start, end = (balances["mango"] for balances in (trace.initial.balances, trace.blocks[-1].balances))
    change = (end["USDC"] - start["USDC"]) / USD + (end["WETH"] - start["WETH"]) * 2_000 / 10**18
    accounts = [trace.final_positions["perp"].get(account_name("mango", slot)) for slot in (None, "WETH")]
    return change + sum(max(one.equity_quote, 0) / USD for one in accounts if one)


def taken_usd(engine, from_block: int = 0) -> float:
    """What it withdrew from a block on, while it held the price."""
    events = engine.trace.events
    found = [e for e in events if e.name == "Withdrawn" and e.emitter == "perp" and from_block <= e.block < 11]
    return sum(e.args["amountQuote"] for e in found) / USD


def test_where_paper_profits_count_they_are_withdrawn_and_the_market_has_the_loss(artifacts):
    """2,000 long gain 2,000 each as the price doubles: four million, less both margins and the push."""
    engine = attacked(artifacts)
    assert gain_usd(engine) > 2_000_000
    taken = [tx for tx in made(engine, "mango") if tx.intent == "attack" and tx.ok]
    assert taken and all(tx.function == "withdraw" for tx in taken)
    final = engine.trace.final_positions["perp"]
    assert min(final["mango"].equity_quote, final["mango:WETH"].equity_quote) < -2_000_000 * USD
    assert not engine.trace.violations


@pytest.mark.parametrize("hold_blocks", [8, 100])
def test_the_metrics_of_attacks_know_it(artifacts, hold_blocks):
    """Also where it still has its positions at the end."""
    engine = attacked(artifacts, fields={"hold_blocks": hold_blocks})
    found = manipulation(Timeline(engine.trace))
    assert found.profit_usd == pytest.approx(gain_usd(engine), rel=0.01)
    assert found.attacks == len({tx.block for tx in made(engine, "mango") if tx.intent == "attack" and tx.ok})
    assert found.max_push_bps == pytest.approx(10_000, rel=0.01)
    assert found.gain_usd > found.profit_usd


def test_where_they_do_not_the_attack_costs_what_it_spends(artifacts):
    engine = attacked(artifacts, profit_weight_bps=0)
    assert -30_000 < gain_usd(engine) < 0
    final = engine.trace.final_positions["perp"]
    assert all(not final[name].sizes_wad for name in ("mango", "mango:WETH")), "it has closed both"


@pytest.mark.parametrize("share_bps", [2_500, 5_000, 10_000])
def test_what_is_taken_grows_with_the_weight_of_profits(artifacts, share_bps):
    """Of the long its margin and that share of its profit, but for initial margin at the price then.

    Of the short, before the push, what is above initial margin.
    """
    engine = attacked(artifacts, profit_weight_bps=share_bps)
    venue = engine.trace.blocks[10].venues["thin"].spot_e8 / 1e8
    long = 300_000 + share_bps / 10_000 * 2_000 * (venue - 2_000) - 0.025 * 2_000 * venue
    short = 0.98 * (300_000 - 0.025 * 2_000 * 2_000)
    assert taken_usd(engine) == pytest.approx(long + short, rel=0.01)


def test_a_mark_that_is_a_mean_of_the_curves_price_does_not_follow_the_push(artifacts):
    engine = attacked(artifacts, pricing="virtual_amm")
    assert gain_usd(engine) < 0
    final = engine.trace.final_positions["perp"]
    assert all(not final[name].sizes_wad for name in ("mango", "mango:WETH")), "closed in parts"


def test_a_gated_market_lets_nobody_out_once_the_loser_is_in_debt(artifacts):
    agents = {"keeper": {"kind": "perp_keeper", "market": "perp", "min_profit_usd": -1_000}}
    gated, open_ = (attacked(artifacts, agents, gated=gated) for gated in (True, False))
    debt_from = next(e.block for e in gated.trace.events if e.name == "BadDebtBooked")
    assert taken_usd(gated, debt_from + 1) == 0 < taken_usd(open_, debt_from + 1)
    assert gain_usd(gated) < gain_usd(open_)
