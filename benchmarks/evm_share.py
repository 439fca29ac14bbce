"""How much of a run's wall time the EVM takes: the run against a raw replay of its own calls.

Both run in this process, one after the other, so the ratio does not depend on the machine's speed. The raw
replay hands the recorded messages to pyrevm with nothing in between.
"""

import time
from dataclasses import dataclass

from pyrevm import BlockEnv

from sim.chain.artifacts import load_artifacts
from sim.chain.base import BLOCK_GAS_LIMIT, CALL_GAS_LIMIT, TX_GAS_LIMIT
from sim.chain.revm import RevmChain
from sim.engine import Engine, launch
from sim.metrics.summary import summarise
from sim.scenario.loading import load_scenario
from sim.scenario.model import Scenario

TARGET_SHARE = 0.5


@dataclass(frozen=True)
class EvmShare:
    """Calls of a run, its wall time and that of the raw replay (seconds)."""

    calls: int
    run_s: float
    raw_s: float

    @property
    def share(self) -> float:
        """Rate of the run's calls over the rate of the same calls replayed raw."""
        return self.raw_s / self.run_s


def measure(scenario: Scenario) -> EvmShare:
    """Run a scenario from launch to summary with its messages recorded, then replay them raw."""
    artifacts = load_artifacts()
    chain = RevmChain()
    engine = launch(scenario, chain, artifacts)
    chain.record = []
    started = time.perf_counter()
    summarise(engine.run())
    run_s = time.perf_counter() - started
    return EvmShare(len(chain.record), run_s, replay_raw(scenario, chain.record))


def replay_raw(scenario: Scenario, record: list[tuple[str, str, str, bytes, int]]) -> float:
    """Seconds that pyrevm alone takes for the recorded messages, on a world freshly opened."""
    chain = RevmChain()
    Engine(launch(scenario, chain, load_artifacts()).world)
    evm = chain._evm  # noqa: SLF001 - the point is to go around the chain
    now_s, number = 0, chain.block_number
    started = time.perf_counter()
    for kind, sender, to, data, timestamp_s in record:
        if timestamp_s != now_s:
            now_s, number = timestamp_s, number + 1
            evm.set_block_env(BlockEnv(number=number, timestamp=now_s, basefee=0, gas_limit=BLOCK_GAS_LIMIT))
        try:
            if kind == "tx":
                evm.message_call(sender, to, data, None, TX_GAS_LIMIT)
                evm.reset_transient_storage()
            else:
                before = evm.snapshot()
                try:
                    evm.message_call(sender, to, data, None, CALL_GAS_LIMIT)
                finally:
                    evm.revert(before)
        except RuntimeError:
            continue
    return time.perf_counter() - started


def black_thursday(borrowers: int = 500) -> Scenario:
    """Black Thursday with a number of borrowers who hold the same collateral in total."""
    scenario = load_scenario("black-thursday")
    name, group = next(iter(scenario.population.items()))
    each = group.collateral_tokens * group.count / borrowers
    sizes = {f"population.{name}.count": borrowers, f"population.{name}.collateral_tokens": each}
    return load_scenario("black-thursday", overrides=sizes)
