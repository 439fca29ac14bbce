"""Borrowers are read again only when needed, and the table is never on the wrong side of health 1."""

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.protocols.lending import LendingPool
from sim.scenario.model import Scenario
from sim.units import WAD
from tests.scenarios import small_document, small_scenario


def _calm(**changes):
    assets = {
        "WETH": {"decimals": 18, "price": {"kind": "constant", "price_usd": 2_000.0}},
        "USDC": {"decimals": 6, "price": {"kind": "constant", "price_usd": 1.0}},
    }
    return small_scenario(assets=assets, agents={}, **changes)


def _count_reads(monkeypatch):
    reads: list[int] = []
    read = LendingPool.read_accounts

    def counting(self, accounts):
        reads.append(len(accounts))
        return read(self, accounts)

    monkeypatch.setattr(LendingPool, "read_accounts", counting)
    return reads


def test_nothing_is_read_again_while_no_price_index_or_balance_matters(artifacts, monkeypatch):
    reads = _count_reads(monkeypatch)
    engine = launch(_calm(), RevmChain(), artifacts)
    assert reads == [12]
    for _ in range(30):
        engine.step()
    assert reads == [12]


def test_a_price_reads_all_and_a_balance_reads_its_owner(artifacts, monkeypatch):
    reads = _count_reads(monkeypatch)
    engine = launch(small_scenario(), RevmChain(), artifacts)
    engine.run()
    prices = {block.feeds["WETH"].price_e8 for block in engine.trace.blocks}
    full, partial = [n for n in reads if n == 12], [n for n in reads if n < 12]
    assert len(full) == len(prices | {2_000 * 10**8}) + 1  # the first read, each new price, the last read
    assert sum(partial) < 12 * len(partial) + 1


def test_every_account_is_on_the_right_side_of_one_after_every_block(artifacts):
    engine = launch(small_scenario(), RevmChain(), artifacts)
    market = engine.world.lending["market"]
    addresses = [engine.world.address(role) for role in engine.world.borrowers["market"]]
    for _ in range(engine.blocks):
        engine.step()
        seen = engine._recorder.markets()["market"]
        for address, truth in zip(addresses, market.read_accounts(addresses), strict=True):
            assert (seen.accounts[address].health_wad < WAD) == (truth.health_wad < WAD)
            assert (address in seen.at_risk) == (truth.health_wad < WAD)


def test_without_a_price_health_stays_as_it_was_read_and_catches_up_later(artifacts):
    guarded = {"kind": "push", "through": [{"kind": "staleness_guard", "max_age_s": 60}]}
    engine = launch(small_scenario(feeds={"WETH": guarded, "USDC": {"kind": "push"}}), RevmChain(), artifacts)
    engine.interruptions.stop_feed("WETH", 24)
    market = engine.world.lending["market"]
    addresses = [engine.world.address(role) for role in engine.world.borrowers["market"]]
    last: dict = {}
    silent = 0
    for _ in range(engine.blocks):
        engine.step()
        accounts, priced = engine._recorder.markets()["market"].accounts, market.read_reserves()["WETH"].price_e8
        if priced:
            truth = dict(zip(addresses, market.read_accounts(addresses), strict=True))
            for address, state in accounts.items():
                assert (state.health_wad < WAD) == (truth[address].health_wad < WAD)
        elif last:
            silent += 1
            assert {a: s.health_wad for a, s in accounts.items()} == last
        last = {address: state.health_wad for address, state in accounts.items()}
    assert silent > 10
    assert (
        not any(engine.trace.blocks[20].below_one["market"])
        and engine.trace.blocks[20].feeds["WETH"].valid is False
    )
    assert [event for event in engine.trace.events if event.name == "Liquidation"]


def test_interest_alone_makes_an_account_liquidatable_and_the_table_sees_it(artifacts):
    rates = {"kind": "kinked", "base_rate_bps": 90_000}
    document = {
        "market": {
            "reserves": {
                "WETH": {},
                "USDC": {
                    "ltv_bps": 0,
                    "liquidation_threshold_bps": 0,
                    "liquidation_bonus_bps": 0,
                    "supply_tokens": 3_000_000,
                    "rates": rates,
                },
            }
        }
    }
    engine = launch(
        _calm(lending=document, insurance={}, clock={"block_time_s": 14_400, "blocks": 40}), RevmChain(), artifacts
    )
    market = engine.world.lending["market"]
    addresses = [engine.world.address(role) for role in engine.world.borrowers["market"]]
    crossed = False
    for _ in range(engine.blocks):
        engine.step()
        seen = engine._recorder.markets()["market"]
        below = tuple(
            address
            for address, state in zip(addresses, market.read_accounts(addresses), strict=True)
            if state.health_wad < WAD
        )
        assert seen.at_risk == below
        crossed = crossed or bool(below)
    assert crossed


RULES = [
    {
        "kind": "correlated_modes",
        "categories": {"all": {"ltv_bps": 8_700, "liquidation_threshold_bps": 9_000, "assets": ["WETH", "USDC"]}},
        "chosen_by": {"borrowers": "all"},
    },
    {"kind": "isolation", "ceilings_usd": {"WETH": 1e9}, "borrowable": ["USDC"]},
    {
        "kind": "size_tiers",
        "brackets": {"WETH": [{"floor_usd": 50_000, "ltv_bps": 6_000, "liquidation_threshold_bps": 7_000}]},
    },
    {"kind": "moving", "assets": ["WETH"], "floor_bps": 50, "min_interval_s": 60, "ramp_s": 600},
]
CUTS = [
    {"at_s": 60, "asset": "WETH", "liquidation_threshold_bps": 8_100, "ramp_s": 240},
    {"at_s": 360, "asset": "WETH", "liquidation_threshold_bps": 7_900},
    {"at_s": 420, "asset": "WETH", "liquidation_threshold_bps": 8_200},
]


def _ruled(rules, agents, **changes):
    """A world whose market has rules, on top of `small_scenario` or of one without a moving price."""
    document = small_document(**changes)
    document["lending"]["market"]["requirements"] = rules
    return Scenario.model_validate(document | {"agents": document["agents"] | agents})


@pytest.mark.parametrize("rules", [RULES, RULES[3:]], ids=["all rules", "moving alone"])
def test_rules_leave_nobody_on_the_wrong_side_of_one(artifacts, rules):
    """Prices move, haircuts step and ramp, the owner cuts at once and takes back: the table is exact."""
    steward = {"kind": "steward", "market": "market", "interval_s": 60, "changes": CUTS}
    engine = launch(_ruled(rules, {"steward": steward}), RevmChain(), artifacts)
    market = engine.world.lending["market"]
    addresses = [engine.world.address(role) for role in engine.world.borrowers["market"]]
    healthy = set()
    for _ in range(engine.blocks):
        engine.step()
        seen = engine._recorder.markets()["market"]
        for address, truth in zip(addresses, market.read_accounts(addresses), strict=True):
            assert (seen.accounts[address].health_wad < WAD) == (truth.health_wad < WAD)
            assert (address in seen.at_risk) == (truth.health_wad < WAD)
            healthy.add(truth.health_wad < WAD)
    assert healthy == {True, False}
    assert engine.trace.violations == []
    functions = {(tx.function, tx.ok) for tx in engine.trace.transactions if tx.agent == "steward"}
    assert functions == {("poke", True), ("update", True), ("setHaircut", True)}


def test_a_ramp_reads_all_once_for_every_bp(artifacts, monkeypatch):
    reads = _count_reads(monkeypatch)
    calm = {"WETH": _calm().assets["WETH"].model_dump(), "USDC": _calm().assets["USDC"].model_dump()}
    change = {"at_s": 60, "asset": "WETH", "liquidation_threshold_bps": 8_290, "ramp_s": 240}
    steward = {"kind": "steward", "market": "market", "changes": [change]}
    rules = [{"kind": "moving", "volatility": None}]
    population = {"borrowers": small_document()["population"]["borrowers"] | {"health_min": 1.1, "rescue": {}}}
    engine = launch(
        _ruled(rules, {"steward": steward}, assets=calm, population=population), RevmChain(), artifacts
    )
    for _ in range(engine.blocks):
        engine.step()
    # The opening, the cut, and each of its ten basis points.
    assert reads == [12] * 12
