"""The sampler samples every collateral when that would succeed, at the fee that gets it in, and nothing else."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.sampler import Sampler
from sim.protocols.call import Call
from sim.scenario.lending.bonus import VolatilityBonus
from tests.sim.agents.small import lending_scenario, observation


class Estimator:
    """Accepts samples of the tokens that are `due`."""

    def __init__(self) -> None:
        self.due: set[str] = set()

    def poke(self, token: str) -> Call:
        return Call("VolatilityEstimator", "0xestimator", "poke", (token,), b"")

    def would_succeed(self, call: Call, sender: str) -> bool:
        assert sender == "sampler-main"
        return call.args[0] in self.due


@pytest.fixture
def estimator() -> Estimator:
    return Estimator()


def sampler(estimator: Estimator, **fields) -> Sampler:
    scenario = lending_scenario(
        lending={
            "main": {
                "reserves": {
                    "WETH": {"supply_tokens": 1_000},
                    "USDC": {"ltv_bps": 0, "liquidation_threshold_bps": 0, "supply_tokens": 1_000},
                }
            }
        }
    )
    tokens = {symbol: SimpleNamespace(address=f"0x{symbol}") for symbol in scenario.assets}
    world = SimpleNamespace(
        lending={"main": SimpleNamespace(moving_bonus=estimator)},
        tokens=tokens,
        address=str,
        scenario=scenario,
    )
    model = VolatilityBonus(kind="volatility", **fields)
    return Sampler("sampler-main", model, world, np.random.default_rng(0))


def test_samples_collateral_that_is_due_and_no_other_asset(estimator):
    agent = sampler(estimator)
    assert agent.propose(observation()) == []
    estimator.due = {"0xWETH", "0xUSDC"}
    (action,) = agent.propose(observation())
    assert (action.call.function, action.call.args) == ("poke", ("0xWETH",))
    assert action.intent == "sample" and action.meta["asset"] == "WETH"
    assert agent.propose(observation(block=1)) != [], "until it is in"
    estimator.due = set()
    assert agent.propose(observation(block=2)) == []


def test_bids_what_gets_in_up_to_its_limit(estimator):
    estimator.due = {"0xWETH"}
    (action,) = sampler(estimator).propose(observation(inclusion_fee_gwei=100.0))
    assert action.max_fee_gwei == pytest.approx(110.0)
    (action,) = sampler(estimator, max_fee_gwei=20.0).propose(observation(inclusion_fee_gwei=100.0))
    assert action.max_fee_gwei == 20.0
