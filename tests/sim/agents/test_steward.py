"""The steward: pokes and updates that would succeed, changes until they are in force, nothing else."""

from __future__ import annotations

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.scenario.model import Scenario
from tests.scenarios import small_document

CALM = {
    "WETH": {"decimals": 18, "price": {"kind": "constant", "price_usd": 2_000.0}},
    "USDC": {"decimals": 6, "price": {"kind": "constant", "price_usd": 1.0}},
}


def engine_of(artifacts, rule: dict, steward: dict, **changes: object):
    """Launch a small world with one moving rule and a steward."""
    document = small_document(**changes)
    document["lending"]["market"]["requirements"] = [{"kind": "moving", "assets": ["WETH"]} | rule]
    document["agents"] |= {"steward": {"kind": "steward", "market": "market"} | steward}
    return launch(Scenario.model_validate(document), RevmChain(), artifacts)


def sent(engine) -> list[tuple[int, str, bool]]:
    """Return block, function and outcome of the steward's transactions."""
    return [(tx.block, tx.function, tx.ok) for tx in engine.trace.transactions if tx.agent == "steward"]


def test_it_sends_only_what_succeeds(artifacts):
    rule = {"min_interval_s": 120, "volatility": {"interval_s": 60}}
    engine = engine_of(artifacts, rule, {"interval_s": 12})
    engine.run()
    calls = sent(engine)
    assert all(ok for _, _, ok in calls)
    updates = [block for block, function, _ in calls if function == "update"]
    assert len(updates) == 4 and all(b - a >= 10 for a, b in zip(updates, updates[1:], strict=False))
    pokes = [block for block, function, _ in calls if function == "poke"]
    rounds = {event.block for event in engine.trace.events if event.emitter == "feed-WETH"}
    assert 2 < len(pokes) <= len(rounds) + 1, "one for a round at most, the first for the one of the opening"


def test_nothing_new_is_nothing_to_sample(artifacts):
    engine = engine_of(artifacts, {"min_interval_s": 86_400}, {"interval_s": 12}, assets=CALM)
    engine.run()
    assert [function for _, function, _ in sent(engine)] == ["poke", "update"]


def test_a_change_is_the_owners_and_made_once(artifacts):
    change = {"at_s": 60, "asset": "WETH", "liquidation_threshold_bps": 8_100, "ltv_bps": 7_000, "ramp_s": 48}
    engine = engine_of(artifacts, {"volatility": None}, {"changes": [change]}, assets=CALM)
    engine.run()
    assert [function for _, function, _ in sent(engine)] == ["setHaircut"]
    (tx,) = [tx for tx in engine.trace.transactions if tx.agent == "steward"]
    assert tx.block == 4 and tx.sender == "admin" and tx.args == ("WETH", 1_000, 200, 48)
    moving = engine.world.lending["market"].risk_rules.moving
    assert moving.haircut(engine.world.tokens["WETH"].address) == (1_000, 200, 200)


def test_changes_come_in_their_order_and_what_was_kept_out_is_sent_again(artifacts):
    """The block space is too dear for five blocks after the first change is due."""
    changes = [
        {"at_s": 120, "asset": "WETH", "liquidation_threshold_bps": 8_200},
        {"at_s": 24, "asset": "WETH", "liquidation_threshold_bps": 8_000},
    ]
    demand = {"gas_per_block": 40_000_000, "fee_gwei": [100, 100, 1], "interval_s": 36, "fee_sigma": 0.0}
    engine = engine_of(
        artifacts,
        {"volatility": None},
        {"changes": changes, "max_fee_gwei": 30.0},
        assets=CALM,
        block_space={"demand": demand, "base_fee_gwei": 1.0, "base_fee_moves": False},
    )
    engine.run()
    haircuts = [event for event in engine.trace.events if event.name == "HaircutSet"]
    assert [event.args["thresholdToBps"] for event in haircuts] == [300, 100]
    assert haircuts[0].block > 2 and haircuts[1].block >= 9


def test_an_asset_with_a_change_under_way_is_not_updated(artifacts):
    change = {"at_s": 12, "asset": "WETH", "liquidation_threshold_bps": 8_000}
    engine = engine_of(artifacts, {"min_interval_s": 0, "floor_bps": 0}, {"interval_s": 12, "changes": [change]})
    engine.run()
    haircuts = [
        (event.block, event.args["volatilityBps"]) for event in engine.trace.events if event.name == "HaircutSet"
    ]
    assert haircuts[0] == (0, 0), "the owner's word comes first"
    assert all(volatility for _, volatility in haircuts[1:]) and len(haircuts) > 10
