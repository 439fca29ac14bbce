"""What a market does while a price is too old, in whole runs: the debt is not reported as collateral falls."""

from __future__ import annotations

from typing import Any

import pytest

from sim.chain.base import CallReverted
from sim.chain.revm import RevmChain
from sim.engine import Engine, launch
from sim.errors import BadInput
from sim.scenario.loading import parse_scenario
from sim.scenario.model import Scenario
from sim.scenario.overlays import load_design, overlaid
from sim.units import WAD
from tests.e2e.test_chains_agree import assert_agree
from tests.scenarios import small_document

MAX_AGE_S = 120
SILENT_BLOCK = MAX_AGE_S // 12 + 1
"""Ten blocks; WETH begins to fall after them, and USDC is reported once a day."""


def document(choice: str, design: str = "", **market: Any) -> dict[str, Any]:
    """The small world, whose market accepts no price of USDC older than two minutes."""
    small = small_document()
    small["lending"]["market"] |= {"invalid_price": choice} | market
    small["lending"]["market"]["reserves"]["USDC"]["max_price_age_s"] = MAX_AGE_S
    if not design:
        return small
    return overlaid(Scenario.model_validate(small).model_dump(mode="json"), load_design(design))


def engine_after_a_run(artifacts, choice: str, design: str = "", **market: Any) -> Engine:
    engine = launch(parse_scenario(document(choice, design, **market)), RevmChain(), artifacts)
    engine.run()
    assert not engine.trace.violations
    return engine


def refusal(engine: Engine, function: str, *args: object, sender: str = "borrowers/0") -> str:
    """Name of the error with which the market refuses a call; empty where it does not."""
    world, market = engine.world, engine.world.lending["market"]
    account = world.address(sender)
    call = getattr(market, function)(*args, account)
    try:
        world.chain.call(call.target, call.data, account)
    except CallReverted as reverted:
        return world.artifacts.decoder.decode_error(reverted.data).partition("(")[0]
    return ""


@pytest.mark.parametrize(
    ("choice", "design", "goes_on"),
    [
        ("revert", "", False),
        ("last_good", "", True),
        ("freeze", "", True),
        ("revert", "isolated", False),
        ("last_good", "isolated", True),
        ("revert", "soft-liquidation", False),
        ("last_good", "soft-liquidation", True),
    ],
)
def test_liquidations_go_on_at_the_last_good_price(artifacts, choice, design, goes_on):
    engine = engine_after_a_run(artifacts, choice, design)
    done = [tx for tx in engine.trace.transactions if tx.ok and tx.intent == "liquidate"]
    late = [tx for tx in done if tx.block > SILENT_BLOCK]
    assert bool(late) == goes_on


@pytest.mark.parametrize(
    ("choice", "borrow", "withdraw"),
    [("revert", "StalePrice", "StalePrice"), ("last_good", "", ""), ("freeze", "PriceInvalid", "")],
)
def test_who_may_borrow_and_withdraw_without_a_price_of_the_debt(artifacts, choice, borrow, withdraw):
    engine = engine_after_a_run(artifacts, choice)
    market = engine.world.lending["market"]
    roles = engine.world.borrowers["market"]
    states = dict(zip(roles, market.read_accounts([engine.world.address(role) for role in roles]), strict=True))
    if choice != "revert":
        healthy = max(states, key=lambda role: states[role].health_wad if states[role].debt_base else 0)
        assert states[healthy].health_wad > WAD
    else:
        healthy = roles[0]
    assert refusal(engine, "borrow", "USDC", 1, sender=healthy) == borrow
    assert refusal(engine, "withdraw", "WETH", 1, sender=healthy) == withdraw
    assert refusal(engine, "repay", "USDC", 1_000, sender=healthy) == ""


@pytest.mark.parametrize("choice", ["last_good", "freeze"])
def test_choices_agree(artifacts, choice):
    trace = assert_agree(parse_scenario(document(choice)), artifacts)
    poked = {(tx.sender, tx.target) for tx in trace.transactions if tx.intent == "upkeep" and tx.ok}
    assert poked == {("upkeep-price-market-WETH", "price-market-WETH")}


def test_freezing_stands_on_all_other_rules(artifacts):
    tiers = {
        "kind": "size_tiers",
        "brackets": {"WETH": [{"floor_usd": 50_000, "ltv_bps": 7_000, "liquidation_threshold_bps": 7_500}]},
    }
    engine = engine_after_a_run(artifacts, "freeze", requirements=[tiers])
    rules = engine.world.lending["market"].risk_rules
    assert list(rules.stack) == ["size_tiers", "price_freeze"]
    assert any(event.name == "Liquidation" for event in engine.trace.events)


def test_only_pools_can_freeze():
    with pytest.raises(BadInput, match="invalid_price is 'freeze'"):
        parse_scenario(
            document("revert", "isolated")
            | {
                "lending": {
                    "market": {"kind": "isolated", "collateral": "WETH", "debt": "USDC", "invalid_price": "freeze"}
                }
            }
        )
    assert document("freeze", "isolated")["lending"]["market"]["invalid_price"] == "last_good"
