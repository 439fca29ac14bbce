"""State-changing transactions: ours in process against Ape's contract objects on Anvil, in one run.

The same swaps go through `Chain.execute` with receipts and decoded events, and through Ape's contract call.
"""

import subprocess
import sys
import time
from dataclasses import dataclass

from sim.chain.artifacts import load_artifacts
from sim.chain.base import Block, Transaction
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.scenario.model import Scenario

TARGET_RATIO = 200
APE_TRANSACTIONS = 60


@dataclass(frozen=True)
class ApeRatio:
    """Transactions per second of either."""

    ours_per_s: float
    ape_per_s: float

    @property
    def ratio(self) -> float:
        """How many times faster."""
        return self.ours_per_s / self.ape_per_s


def measure(scenario: Scenario) -> ApeRatio:
    """Replay a run's state-changing transactions through `Chain.execute`, and time Ape on Anvil."""
    return ApeRatio(ours(scenario), ape())


def ours(scenario: Scenario) -> float:
    """Transactions a second of a run's own transactions, in their blocks, with decoded events."""
    artifacts = load_artifacts()
    chain = RevmChain()
    engine = launch(scenario, chain, artifacts)
    chain.record = []
    engine.run()
    sent = [entry for entry in chain.record if entry[0] == "tx"]
    fresh = RevmChain()
    launch(scenario, fresh, artifacts)
    blocks: dict[int, list[Transaction]] = {}
    for _, sender, to, data, timestamp_s in sent:
        blocks.setdefault(timestamp_s, []).append(Transaction(sender, to, data))
    decode = artifacts.decoder.decode
    started = time.perf_counter()
    for timestamp_s, transactions in blocks.items():
        for receipt in fresh.execute(Block(timestamp_s, transactions)):
            for log in receipt.logs:
                decode(log)
    return len(sent) / (time.perf_counter() - started)


def ape() -> float:
    """Transactions a second of Ape's contract objects on its own Anvil, measured in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks._ape_calls", str(APE_TRANSACTIONS)],
        capture_output=True,
        text=True,
        check=True,
    )
    # Ape logs to standard output as well.
    rates = [line for line in done.stdout.splitlines() if line.startswith("per_s ")]
    return float(rates[0].removeprefix("per_s "))
