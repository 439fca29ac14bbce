"""What attackers do and leave alone, on real contracts."""

import pytest

from sim.engine import launch
from sim.metrics.summary import summarise
from tests.sim.agents.small import borrower, explicit, lending_scenario

SPOT = {"WETH": {"kind": "pool_spot", "venue": "pool"}, "USDC": {"kind": "push", "heartbeat_s": 86_400}}
MEAN = {**SPOT, "WETH": {"kind": "pool_mean", "venue": "pool", "window_s": 1_200}}
SPOT_ATTACKER = {"kind": "spot_attacker", "market": "main", "venue": "pool"}
MEAN_ATTACKER = {"kind": "mean_attacker", "market": "main", "venue": "pool", "capital_usd": 1e9}
ARBITRAGEUR = {"kind": "arbitrageur", "venue": "pool"}


def run(revm, artifacts, attacker: dict, feeds: dict = SPOT, **parts):
    agents = {"attacker": attacker, "arb": ARBITRAGEUR}
    trace = launch(lending_scenario(**{"feeds": feeds, "agents": agents, **parts}), revm, artifacts).run()
    assert trace.violations == []
    return trace


def of(trace, intent: str):
    return [item for item in trace.transactions if item.agent == "attacker" and item.intent == intent]


class TestSpot:
    def test_it_borrows_from_whom_it_attacks_where_no_other_lends(self, revm, artifacts):
        """The market is its own lender: what it lends for the push is not there to be borrowed."""
        trace = run(revm, artifacts, SPOT_ATTACKER)
        (attack,) = of(trace, "attack")
        assert attack.ok
        assert summarise(trace).metrics["attack_profit_usd"] > 1e6

    def test_it_waits_for_its_time_and_stops_after_its_number(self, revm, artifacts):
        trace = run(revm, artifacts, SPOT_ATTACKER | {"not_before_s": 60, "attacks": 2})
        blocks = [item.block for item in of(trace, "attack") if item.ok]
        assert 1 <= len(blocks) <= 2 and blocks[0] >= 4

    @pytest.mark.parametrize(
        ("change", "feeds"),
        [
            ({}, MEAN),
            ({"min_profit_usd": 1e12}, SPOT),
            ({"max_push_bps": 1_000}, SPOT),
        ],
    )
    def test_what_does_not_pay_it_leaves_alone(self, revm, artifacts, change, feeds):
        """A mean, more profit than there is, a push below 1 / LTV²."""
        assert not of(run(revm, artifacts, SPOT_ATTACKER | change, feeds), "attack")

    def test_a_forced_attack_without_money_reverts(self, revm, artifacts):
        trace = run(revm, artifacts, SPOT_ATTACKER | {"unprofitable_too": True}, MEAN)
        attacks = of(trace, "attack")
        assert attacks and not any(item.ok for item in attacks)
        assert attacks[0].revert.startswith("InsufficientProfit(-")

    def test_a_forced_attack_with_money_loses_it(self, revm, artifacts):
        forced = SPOT_ATTACKER | {"unprofitable_too": True, "own_usd": 20_000_000}
        trace = run(revm, artifacts, forced, MEAN)
        (attack,) = of(trace, "attack")
        assert attack.ok
        metrics = summarise(trace).metrics
        assert metrics["attack_profit_usd"] == pytest.approx(-metrics["manipulation_cost_usd"], rel=1e-3)
        assert metrics["attack_profit_usd"] < -1e6

    def test_victims_are_liquidated_where_nothing_can_be_borrowed(self, revm, artifacts):
        lending = {
            "main": {
                "reserves": {
                    "WETH": {"supply_tokens": 1_000, "borrowable": False},
                    "USDC": {"ltv_bps": 0, "liquidation_threshold_bps": 0, "supply_tokens": 14_000},
                }
            },
            "bank": {"reserves": {"WETH": {"supply_tokens": 10_000}}},
        }
        owes = explicit(borrower(10, 13_000))
        thin = {"pool": {"base": "WETH", "quote": "USDC", "base_tokens": 100}}
        attacker = SPOT_ATTACKER | {"lender": "bank"}
        trace = run(revm, artifacts, attacker, lending=lending, population=owes, venues=thin)
        (event,) = (event for event in trace.events if event.name == "Liquidation")
        assert event.args["user"] == "b/0" and event.args["liquidator"] == "push-attacker"


class TestMean:
    def forced(self, **change) -> dict:
        return MEAN_ATTACKER | {"unprofitable_too": True, "forced_hold_blocks": 3} | change

    def test_it_holds_the_price_at_the_end_of_each_block(self, revm, artifacts):
        trace = run(revm, artifacts, self.forced(), MEAN)
        spots = [block.venues["pool"].spot_e8 / 2_000e8 for block in trace.blocks]
        first = of(trace, "push")[0].block
        assert spots[first : first + 3] == pytest.approx([2, 2, 2], rel=0.01)
        assert spots[first + 3] == pytest.approx(1, rel=0.01)
        assert [item.function for item in of(trace, "push")] == ["swapExactIn"] * 3 + ["supply"]

    def test_it_borrows_at_the_mean_that_it_made(self, revm, artifacts):
        trace = run(revm, artifacts, self.forced(), MEAN)
        borrows = of(trace, "attack")
        assert borrows[0].ok and {item.function for item in borrows} == {"borrow"}
        assert len({item.block for item in borrows}) == summarise(trace).metrics["attacks"] == 1
        account = trace.final_accounts["main"]["attacker"]
        raised = 1 + 3 * 12 / 1_200
        supplied = account.supplied["WETH"] / 1e18
        assert account.debt["USDC"] / 1e6 == pytest.approx(supplied * 2_000 * raised * 0.8, rel=5e-3)

    def test_without_arbitrage_the_price_stays_and_nothing_is_bought_twice(self, revm, artifacts):
        trace = run(revm, artifacts, self.forced(), MEAN, agents={"attacker": self.forced()})
        swaps = [item for item in of(trace, "push") if item.function == "swapExactIn"]
        assert [item.ok for item in swaps] == [True, False, False]
        assert "InsufficientOutput" in swaps[1].revert
        assert summarise(trace).metrics["attacks"] == 1

    def test_it_does_nothing_that_does_not_pay(self, revm, artifacts):
        assert not of(
            run(revm, artifacts, MEAN_ATTACKER, MEAN | {"WETH": {**MEAN["WETH"], "window_s": 7_200}}), "push"
        )

    def test_a_feed_that_does_not_read_the_venue_is_never_attacked(self, revm, artifacts):
        pushed = {**SPOT, "WETH": {"kind": "push"}}
        assert not of(run(revm, artifacts, MEAN_ATTACKER, pushed), "push")

    def test_where_it_pays_it_gets_about_what_it_expected(self, revm, artifacts):
        short = {**MEAN, "WETH": {**MEAN["WETH"], "window_s": 60, "spacing_s": 12}}
        trace = run(revm, artifacts, MEAN_ATTACKER | {"max_hold_blocks": 8}, short)
        expected = of(trace, "push")[0].meta["expected_profit_usd"]
        assert expected > 1e6
        assert summarise(trace).metrics["attack_profit_usd"] == pytest.approx(expected, rel=0.25)
