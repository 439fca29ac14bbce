"""Rules of a market as a world opens: positions, choices and books are right when the rules begin to bind."""

from __future__ import annotations

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.scenario.model import Scenario
from sim.units import E8, WAD
from sim.world.contracts import WorldError
from tests.scenarios import small_document
from tests.sim.scenario.test_requirements import ISOLATION, MODES, MOVING, TIERS

HEALTH_BPS = 11_500


def world_of(artifacts, rules: list, **market: object):
    """Open a small world whose borrowers all ask for a health of 1.15."""
    document = small_document()
    document["lending"]["market"] |= {"requirements": rules} | market
    document["population"]["borrowers"] |= {"health_median": 1.15, "health_sigma": 0, "collateral_sigma": 1.5}
    return launch(Scenario.model_validate(document), RevmChain(), artifacts)


@pytest.mark.parametrize(
    "rules",
    [[MODES], [TIERS], [MOVING | {"floor_bps": 300}], [ISOLATION], [MODES, TIERS, MOVING | {"floor_bps": 300}]],
    ids=["modes", "tiers", "moving", "isolation", "all"],
)
def test_borrowers_have_the_health_that_they_ask_for_under_the_rules(artifacts, rules):
    accounts = world_of(artifacts, rules).trace.initial_accounts["market"]
    assert len(accounts) == 12
    for account in accounts.values():
        # Debt is rounded to a millionth of a dollar.
        assert account.health_wad == pytest.approx(HEALTH_BPS * WAD // 10_000, rel=1e-6)


def test_modes_are_chosen_before_they_bind(artifacts):
    world = world_of(artifacts, [MODES]).world
    modes = world.lending["market"].risk_rules.stack["correlated_modes"]
    for role in world.borrowers["market"]:
        data = world.chain.call(modes.address, modes.contract.encode("modeOf", world.address(role)))
        assert int.from_bytes(data, "big") == 1
    rule = world.lending["market"].rules()["WETH"]
    assert (rule.threshold_bps, rule.bonus_bps) == (9_000, 100)


def test_books_of_isolation_hold_all_debt_from_the_opening_on(artifacts):
    """And after a run with rescues and liquidations."""
    engine = world_of(artifacts, [ISOLATION])
    world = engine.world
    isolation = world.lending["market"].risk_rules.stack["isolation"]
    call = isolation.contract.encode("isolatedDebtBase", world.tokens["WETH"].address)

    def booked() -> int:
        return int.from_bytes(world.chain.call(isolation.address, call), "big")

    def owed() -> int:
        return sum(state.debt_base for state in world.lending["market"].read_accounts(addresses))

    addresses = [world.address(role) for role in world.borrowers["market"]]
    assert booked() == pytest.approx(owed(), abs=12 * 100) and booked() > 100_000 * E8
    before = booked()
    engine.run()
    assert any(event.name == "Liquidation" for event in engine.trace.events)
    assert booked() == pytest.approx(owed(), abs=12 * 100) and booked() < before


def test_debt_above_a_ceiling_at_the_start_is_refused_in_one_line(artifacts):
    with pytest.raises(WorldError) as caught:
        world_of(artifacts, [ISOLATION | {"ceilings_usd": {"WETH": 1_000}}])
    text = str(caught.value)
    assert text.startswith("the scenario cannot be opened: borrowers/0 calling isolation-market.enter failed with")
    assert "DebtCeilingExceeded(" in text and "\n" not in text


def test_caps_bind_after_the_opening_and_stop_no_liquidation(artifacts):
    """Everybody has borrowed above the cap; a rescue by top-up is new supply and is refused."""
    reserves = small_document()["lending"]["market"]["reserves"]
    capped = {
        "WETH": reserves["WETH"] | {"supply_cap_tokens": 101},
        "USDC": reserves["USDC"] | {"borrow_cap_tokens": 1},
    }
    engine = world_of(artifacts, [], reserves=capped)
    engine.run()
    trace = engine.trace
    assert any(event.name == "Liquidation" for event in trace.events)
    rescues = [tx for tx in trace.transactions if tx.intent == "rescue"]
    assert rescues and all(not tx.ok and tx.revert.startswith("CapExceeded(WETH, ") for tx in rescues)
    assert trace.violations == []
