"""Rule: a rate spike alone liquidates. No price moves, in no feed and nowhere outside."""

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import summarise
from sim.scenario.loading import load_scenario

LENDER_STAYS = ("agents.lender=null", "lending.main.reserves.WETH.supply_tokens=54000")


@pytest.fixture(scope="module")
def run(artifacts):
    def once(*overrides):
        with RevmChain() as chain:
            trace = launch(load_scenario("rate-spike", overrides), chain, artifacts).run()
        assert trace.violations == []
        return trace

    return once


@pytest.fixture(scope="module")
def spike(run):
    return run()


def lent(block) -> float:
    reserve = block.reserves["main"]["WETH"]
    return reserve.total_debt / (reserve.total_debt + reserve.cash)


def test_no_price_moves(spike):
    first = spike.initial
    for block in spike.blocks:
        assert block.exogenous_e8 == first.exogenous_e8
        assert {asset: feed.price_e8 for asset, feed in block.feeds.items()} == {
            asset: feed.price_e8 for asset, feed in first.feeds.items()
        }


def test_the_lender_s_exit_makes_the_rate_and_the_rate_the_liquidations(spike):
    (exit_,) = [event for event in spike.events if event.name == "Withdrawn"]
    assert exit_.args["user"] == "lender"
    assert lent(spike.blocks[exit_.block - 1]) == pytest.approx(0.842, abs=0.001)
    assert lent(spike.blocks[exit_.block]) == pytest.approx(0.988, abs=0.001)
    updates = [event for event in spike.events if event.name == "ReserveUpdated" and event.args["asset"] == "WETH"]
    peak = max(event.args["borrowRateRay"] for event in updates) / 1e27
    assert peak == pytest.approx(0.027 + 0.8 * (lent(spike.blocks[exit_.block]) - 0.9) / 0.1, rel=1e-3)
    liquidations = [event for event in spike.events if event.name == "Liquidation"]
    assert [event.args["user"] for event in liquidations] == [f"loops/{i}" for i in range(len(liquidations))]
    assert len(liquidations) >= 3
    assert liquidations[0].block > exit_.block
    assert all(event.args["collateralPriceBase"] == 2_400 * 10**8 for event in liquidations)
    # Debt that was 0.05 % short of the threshold got there by interest over the blocks since the exit.
    waited_s = (liquidations[0].block - exit_.block) * 300
    assert peak * waited_s / 31_536_000 == pytest.approx(0.0005, rel=0.15)


def test_each_liquidation_brings_cash_back(spike):
    assert lent(spike.blocks[-1]) < 0.91
    assert summarise(spike).metrics["bad_debt_usd"] == 0


def test_with_the_lender_nobody_is_liquidated(run):
    trace = run(*LENDER_STAYS)
    assert not [event for event in trace.events if event.name == "Liquidation"]
