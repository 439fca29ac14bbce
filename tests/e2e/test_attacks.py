"""Rule: a market that believes a spot price loses to an attack in one transaction; one that reads a mean does not.

What an attack brings net of what it costs is printed for both, from the trace alone.
"""

from collections.abc import Callable
from functools import cache
from math import sqrt

import pytest

from sim.chain.artifacts import Artifacts, load_artifacts
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.errors import BadInput
from sim.metrics.summary import Result, summarise
from sim.scenario.loading import load_scenario
from sim.trace import Trace

NO_CASH = "lending.main.reserves.USDC.supply_tokens=600000"
"""Lenders have lent all to the borrowers: what is left to attack are these."""
FLASH_ALONE, HOLDER_ALONE = "agents.holder=null", "agents.flash=null"
POOL_USD = 2_000_000
Run = Callable[..., tuple[Trace, Result]]


@pytest.fixture(scope="module")
def run(artifacts: Artifacts) -> Run:
    """Run a scenario of the library with overrides, once in this module."""

    @cache
    def once(name: str, *overrides: str) -> tuple[Trace, Result]:
        with RevmChain() as chain:
            trace = launch(load_scenario(name, overrides), chain, artifacts).run()
        assert trace.violations == []
        return trace, summarise(trace)

    return once


def loss_usd(multiple: float) -> float:
    """What arbitrage takes from whoever raises the price m-fold, of the pool of these scenarios."""
    return POOL_USD * (sqrt(multiple) + 1 / sqrt(multiple) - 2)


class TestSpot:
    def test_one_transaction_takes_what_lenders_have(self, run):
        trace, result = run("manipulated-spot")
        metrics = result.metrics
        (attack,) = (item for item in trace.transactions if item.intent == "attack")
        assert attack.ok and attack.function == "push"
        (event,) = (event for event in trace.events if event.name == "SpotPushed")
        cash = trace.initial.reserves["main"]["USDC"].cash
        assert event.args["borrowed"] == cash, "all of it"
        assert metrics["attack_profit_usd"] == pytest.approx(7_566_734, rel=1e-3)
        assert metrics["manipulation_cost_usd"] == pytest.approx(129_145, rel=1e-2)
        assert metrics["attack_profit_usd"] > 0.9 * cash / 1e6

    def test_nothing_but_fees_of_its_own_is_in_it(self, run):
        """The money is a flash loan: the attacker had none before."""
        trace, result = run("manipulated-spot")
        assert set(trace.initial.balances["attacker"].values()) == {0}
        profit = trace.blocks[-1].balances["attacker"]["USDC"] / 1e6
        fees = result.metrics["attack_profit_usd"] - profit
        assert -2_000 < fees < 0

    def test_lenders_lose_what_the_attacker_gains(self, run):
        _, result = run("manipulated-spot")
        assert result.metrics["bad_debt_usd"] == pytest.approx(result.metrics["manipulation_gain_usd"], rel=1e-3)

    def test_the_price_is_back_when_anybody_looks(self, run):
        """Pushed thirtyfold within the transaction, it is 60 % up at the end of its block, and back one later."""
        trace, result = run("manipulated-spot")
        (attack,) = (item for item in trace.transactions if item.intent == "attack")
        prices = [block.venues["pool"].spot_e8 / 5e8 for block in trace.blocks]
        assert result.metrics["max_spot_push_bps"] > 200_000
        assert 1 < prices[attack.block] < 2
        assert prices[attack.block + 1] == pytest.approx(1, abs=0.004)

    def test_without_cash_to_take_it_pushes_down_and_liquidates(self, run):
        trace, result = run("manipulated-spot", NO_CASH)
        (event,) = (event for event in trace.events if event.name == "SpotPushed")
        assert event.args["loanAsset"] == "GOV" and event.args["liquidated"] == 8
        metrics = result.metrics
        assert metrics["attack_profit_usd"] == pytest.approx(211_075, rel=1e-2)
        assert metrics["liquidations"] == 8 and metrics["induced_liquidations"] == 8
        assert metrics["borrower_loss_usd"] + metrics["bad_debt_usd"] > metrics["attack_profit_usd"]

    @pytest.mark.parametrize("overrides", [(), (NO_CASH,)])
    def test_on_a_mean_the_same_attacker_does_nothing(self, run, overrides):
        trace, result = run("manipulated-spot+twap-oracle", *overrides)
        assert not [item for item in trace.transactions if item.agent == "attacker"]
        metrics = result.metrics
        assert (metrics["attacks"], metrics["attack_profit_usd"], metrics["bad_debt_usd"]) == (0, 0, 0)

    def test_a_pushed_price_is_believed_only_by_whom_it_reaches(self, run):
        """With a feed of the outside market, the market has nothing to do with the venue."""
        _, result = run("manipulated-spot", "feeds.GOV={kind: push}")
        assert result.metrics["attacks"] == 0

    def test_a_median_outvotes_it(self, run):
        sources = "{chain: {kind: push}, pool: {kind: pool_mean}, now: {kind: pool_spot}}"
        named = sources.replace("_mean", "_mean, venue: pool").replace("_spot", "_spot, venue: pool")
        _, result = run("manipulated-spot", f"feeds.GOV={{kind: median, sources: {named}}}")
        assert (result.metrics["attacks"], result.metrics["bad_debt_usd"]) == (0, 0)

    def test_a_band_around_a_mean_spares_lenders_and_not_borrowers(self, run):
        """Within 20 % no loan exceeds its collateral, but borrowers can be pushed below their limit."""
        anchored = "{kind: anchored, band_bps: 2000, anchor: {kind: pool_mean, venue: pool}}"
        _, result = run("manipulated-spot", f"feeds.GOV={{kind: pool_spot, venue: pool, through: [{anchored}]}}")
        metrics = result.metrics
        assert metrics["bad_debt_usd"] == 0 and metrics["liquidations"] == 5
        assert metrics["attack_profit_usd"] == pytest.approx(17_600, rel=0.02)

    def test_profit_is_what_the_attacker_saw_in_its_simulation(self, run):
        trace, _ = run("manipulated-spot")
        (attack,) = (item for item in trace.transactions if item.intent == "attack")
        gained = trace.blocks[-1].balances["attacker"]["USDC"] / 1e6
        assert gained == pytest.approx(attack.meta["expected_profit_usd"], rel=1e-6)


class TestMean:
    def test_the_flash_attack_moves_nothing_and_pays_for_it(self, run):
        """Forced: it loses what it pays for the collateral beyond its worth, and gains nothing of the market."""
        trace, result = run("twap-defends", FLASH_ALONE)
        (attack,) = (item for item in trace.transactions if item.intent == "attack")
        feeds = [block.feeds["GOV"].price_e8 / 5e8 for block in trace.blocks]
        assert feeds[attack.block] == 1, "in its own block"
        assert max(feeds) < 1.03, "12 seconds of half an hour at 3.4 times the price"
        metrics = result.metrics
        assert metrics["attack_profit_usd"] == pytest.approx(-798_000, rel=0.05)
        assert metrics["manipulation_cost_usd"] == pytest.approx(-metrics["attack_profit_usd"], rel=1e-3)
        assert abs(metrics["manipulation_gain_usd"]) < 10
        assert metrics["bad_debt_usd"] == 0

    def test_holding_the_price_costs_a_push_a_block(self, run):
        trace, result = run("twap-defends", HOLDER_ALONE)
        pushes = [item for item in trace.transactions if item.function == "swapExactIn" and item.agent == "holder"]
        assert [item.ok for item in pushes] == [True] * 5
        fee = 0.003 * 5 * POOL_USD * (sqrt(2) - 1)
        metrics = result.metrics
        assert metrics["manipulation_cost_usd"] == pytest.approx(5 * loss_usd(2) + fee, rel=0.01)
        assert metrics["attack_profit_usd"] == pytest.approx(-metrics["manipulation_cost_usd"], rel=1e-3)
        highest = max(block.feeds["GOV"].price_e8 for block in trace.blocks) / 5e8
        assert highest == pytest.approx(1 + 5 * 12 / 1_800, rel=2e-3), "five blocks of 150 at twice the price"
        assert metrics["bad_debt_usd"] == 0

    @pytest.mark.parametrize(("window_s", "pays"), [(24, True), (60, True), (72, False), (1_800, False)])
    def test_how_long_the_window_must_be(self, run, window_s, pays):
        """An attacker that may choose height and time attacks a mean of a minute, and none that is longer."""
        window = (f"feeds.GOV.window_s={window_s}", "feeds.GOV.spacing_s=12")
        _, result = run("twap-defends", HOLDER_ALONE, "agents.holder.unprofitable_too=false", *window)
        metrics = result.metrics
        assert (metrics["attacks"] == 1) == pays
        assert (metrics["attack_profit_usd"] > 300_000) == pays
        assert (metrics["bad_debt_usd"] > 0) == pays

    def test_the_same_market_on_a_spot_price_loses(self, run):
        _, result = run("twap-defends+spot-oracle", FLASH_ALONE)
        assert result.metrics["attack_profit_usd"] > 7_000_000

    def test_a_geometric_mean_moves_less(self, run):
        trace, result = run("twap-defends", HOLDER_ALONE, "feeds.GOV.mean=geometric")
        arithmetic, _ = run("twap-defends", HOLDER_ALONE)
        highest, other = (
            max(block.feeds["GOV"].price_e8 for block in one.blocks) / 5e8 for one in (trace, arithmetic)
        )
        assert 1 < highest < other
        assert result.metrics["attack_profit_usd"] < -1_000_000


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        ("agents.attacker.lender=nobody", "agents.attacker.lender is 'nobody', one of"),
        ("agents.attacker.market=vaults", "agents.attacker.market is 'vaults', one of"),
        ("agents.attacker.venue=pole", "agents.attacker.venue is 'pole', one of"),
        ("agents.attacker.max_push_bps=0", "agents.attacker.max_push_bps"),
    ],
)
def test_bad_input(override, complaint):
    with pytest.raises(BadInput, match=complaint):
        load_scenario("manipulated-spot", [override])


def test_uniswap_v3_is_pushed_as_well():
    """By the attack in one transaction, which is sized by simulation; the other one is in closed form."""
    on_v3 = "venues.pool.kind=uniswap_v3"
    with pytest.raises(BadInput, match=r"agents.holder.venue is 'pool' of kind 'uniswap_v3', 'constant_product'"):
        load_scenario("twap-defends", [on_v3])
    with RevmChain() as chain:
        trace = launch(load_scenario("manipulated-spot", [on_v3]), chain, load_artifacts()).run()
    metrics = summarise(trace).metrics
    assert trace.violations == [] and metrics["attacks"] == 1
    assert metrics["attack_profit_usd"] == pytest.approx(7_544_566, rel=1e-2)


def test_only_pools_are_attacked():
    attacker = "{kind: spot_attacker, market: gov-market, venue: gov-usdc}"
    with pytest.raises(BadInput, match=r"market is 'gov-market' of kind 'isolated', 'pool' expected"):
        load_scenario("isolated-contagion-free", [f"agents.attacker={attacker}"])
