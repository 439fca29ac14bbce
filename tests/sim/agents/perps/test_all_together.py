"""Everybody at once on a fall and a rise: the books hold, and either chain tells the same story."""

from sim.engine import launch
from sim.scenario.loading import parse_scenario
from tests.perp_scenarios import perp_document, perp_market

WHO = {"market": "perp", "instrument": "WETH"}
AGENTS = {
    "pool-arb": {"kind": "arbitrageur", "venue": "pool"},
    "arb": {"kind": "funding_arbitrageur", "entry_bps": 120, "exit_bps": 60, **WHO},
    "basis": {"kind": "funding_arbitrageur", "venue": "pool", "entry_bps": 40, "clip_tokens": 100_000, **WHO},
    "trend": {"kind": "trend_trader", "window_s": 96, "leverage": 8, **WHO},
    "maker": {"kind": "perp_market_maker", "window_s": 60, "least_depth_bps": 3_000, **WHO},
    "keeper": {"kind": "perp_keeper", "market": "perp", "min_profit_usd": -1_000},
}


def scenario():
    instrument = {
        "pricing": {"kind": "virtual_amm", "depth_tokens": 50_000_000},
        "tiers": [{"maintenance_bps": 300}],
    }
    document = perp_document(
        clock={"block_time_s": 12, "blocks": 40},
        venues={"pool": {"base": "WETH", "quote": "USDC", "base_tokens": 3_000, "fee_bps": 5}},
        perps={"perp": perp_market(instruments={"WETH": instrument})},
        agents=AGENTS,
    )
    weth = document["assets"]["WETH"]
    weth["depth"] = {"depth_usd_per_pct": 100_000}
    weth["shocks"] = [
        {"at_s": 24, "change_bps": -900, "over_s": 120},
        {"at_s": 240, "change_bps": 4_000, "over_s": 120},
    ]
    hedgers = {"kind": "hedgers", "count": 4, "spot_tokens": 50, "leverage": 4, "venue": "pool", **WHO}
    document["traders"] = {**document["traders"], "hedge": hedgers}
    return parse_scenario(document)


def test_both_chains_tell_the_same_story_in_which_everybody_acts(revm, anvil, artifacts):
    ours = launch(scenario(), revm, artifacts).run()
    assert not ours.violations
    acted = {tx.agent for tx in ours.transactions if tx.ok}
    assert {*AGENTS, "hedge"} <= acted
    assert ours.digest == launch(scenario(), anvil, artifacts).run().digest
