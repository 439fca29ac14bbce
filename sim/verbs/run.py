"""`tailspin run`: one scenario, from its deployment to its result."""

import json
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.chain.artifacts import Artifacts, load_artifacts
from sim.chain.base import Chain, NodeError
from sim.engine import Engine, launch
from sim.errors import BadInput
from sim.files import check_folder
from sim.metrics.summary import Result, finite, summarise
from sim.report.save import MANIFEST, RunInfo, load_manifest, save_run
from sim.scenario.loading import load_scenario
from sim.scenario.model import Scenario
from sim.trace import Trace
from sim.verbs.chains import chain_opener

NODE_RETRIES = 1
Watch = Callable[[Engine], None]


@dataclass(frozen=True, slots=True)
class Run:
    """What a run gave.

    Attributes
    ----------
    folder
        Where it was saved; None if it was not.
    crossed
        The scenario's thresholds that were crossed, one line each.
    seconds
        Wall time of deployment and run.
    infrastructure
        Failures of a node after which it was run again on another one, one line each.
    """

    scenario: Scenario
    trace: Trace = field(repr=False)
    result: Result = field(repr=False)
    crossed: tuple[str, ...]
    seconds: float
    folder: Path | None = None
    infrastructure: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether an invariant broke or a threshold was crossed."""
        return bool(self.trace.violations or self.crossed)

    def as_dict(self) -> dict[str, Any]:
        """Return the result of `tailspin run --json`."""
        return {
            "scenario": self.scenario.name,
            "scenario_id": self.scenario.scenario_id,
            "seed": self.scenario.seed,
            "chain": self.trace.chain,
            "digest": self.trace.digest,
            "blocks": len(self.trace.blocks),
            "transactions": len(self.trace.transactions),
            "contract_calls": self.trace.contract_calls,
            "seconds": round(self.seconds, 3),
            "outcomes": [{"kind": one.kind, **one.details} for one in self.result.outcomes],
            "metrics": {name: finite(value) for name, value in self.result.metrics.items()},
            "thresholds_crossed": list(self.crossed),
            "invariants_broken": sorted({one.invariant for one in self.trace.violations}),
            "folder": str(self.folder) if self.folder else None,
            "infrastructure": list(self.infrastructure),
        }

    def complaints(self) -> list[str]:
        """Return why the run failed, one line per reason."""
        broken = [f"{one.invariant} broken in block {one.block}: {one.detail}" for one in self.trace.violations]
        return [*broken[:5], *(["..."] if len(broken) > 5 else []), *self.crossed]


def run(
    scenario: str | Path,
    *,
    chain: str = "revm",
    fork_url: str | None = None,
    rpc: str | None = None,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    prices: Sequence[str] | Mapping[str, str] = (),
    seed: int | None = None,
    blocks: int | None = None,
    out: str | Path | None = None,
    watch: Watch | None = None,
) -> Run:
    """Run a scenario and save trace, result and report in a folder.

    Parameters
    ----------
    scenario
        Library name, or a YAML or JSON file.
    chain, fork_url
        `revm` or `anvil`; the RPC address whose state `anvil` forks.
    rpc
        Address of a running development node to use instead of a chain of our own.
    overrides
        `path=value` texts, or values by dotted path.
    prices
        CSV file by asset, as a mapping or as `ASSET=file` texts.
    seed, blocks
        Replace those of the scenario.
    out
        The folder; by default `runs/<name>-<scenario_id>-<seed>`, with the chain's name behind if it is not revm.
    watch
        Called with the engine after every block.

    Raises
    ------
    BadInput : anything given is wrong, or the folder holds something else.
    NodeError : the node failed, and another one after it if it was ours; nothing is saved then.
    """
    open_chain = chain_opener(chain, fork_url, rpc)
    chain = "anvil" if rpc is not None else chain
    series = price_files(prices)
    loaded = load_scenario(scenario, overrides, series, seed, blocks)
    folder = Path(out) if out is not None else default_folder(loaded, chain)
    check_run_folder(folder, loaded, chain)
    artifacts = load_artifacts()
    started = time.perf_counter()
    trace, failures = _traced(loaded, open_chain, artifacts, watch, retries=NODE_RETRIES if rpc is None else 0)
    seconds = time.perf_counter() - started
    result = summarise(trace)
    done = Run(loaded, trace, result, crossed_thresholds(loaded, result), seconds, folder, failures)
    command = command_line(scenario, chain, overrides, series, seed, blocks)
    save_run(folder, trace, RunInfo(command, round(seconds, 3)), result)
    return done


def _traced(
    scenario: Scenario,
    open_chain: Callable[[], Chain],
    artifacts: Artifacts,
    watch: Watch | None,
    retries: int,
) -> tuple[Trace, tuple[str, ...]]:
    """Run a scenario, again on another node where one died under it; the trace, and what those died of."""
    failures: list[str] = []
    while True:
        with open_chain() as opened:
            try:
                return execute(launch(scenario, opened, artifacts), watch), tuple(failures)
            except NodeError as error:
                if len(failures) == retries:
                    raise
                failures.append(f"{error}; run again on another node")


def execute(engine: Engine, watch: Watch | None = None) -> Trace:
    """Run an engine to its end, showing it to `watch` after every block."""
    return engine.run(None if watch is None else lambda block, blocks: watch(engine))


def default_folder(scenario: Scenario, chain: str) -> Path:
    """Return the folder of a run for which none is given."""
    mark = "" if chain == "revm" else f"-{chain}"
    return Path("runs") / f"{scenario.name}-{scenario.scenario_id}-{scenario.seed}{mark}"


def check_run_folder(folder: Path, scenario: Scenario, chain: str) -> None:
    """Refuse a folder that holds anything but an earlier save of the same run; raises BadInput."""
    check_folder(folder, "out")
    if not folder.exists() or not any(folder.iterdir()):
        return
    run = {"scenario_id": scenario.scenario_id, "seed": scenario.seed, "chain": chain}
    saved = load_manifest(folder) if (folder / MANIFEST).is_file() else {}
    if any(saved.get(key) != value for key, value in run.items()):
        what = f"run {saved['scenario_id']} on {saved['chain']}" if saved else "something else"
        raise BadInput(f"out: {folder} holds {what}, a new or empty folder or one of the same run expected")


def price_files(prices: Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    """Return the CSV file by asset of `ASSET=file` texts; raises BadInput."""
    if isinstance(prices, Mapping):
        return dict(prices)
    files = {}
    for text in prices:
        asset, equals, file = text.partition("=")
        if not (equals and asset and file):
            raise BadInput(f"prices: got {text!r}, ASSET=file.csv expected")
        if asset in files:
            raise BadInput(f"prices: {asset} given twice, one file per asset expected")
        files[asset] = file
    return files


def crossed_thresholds(scenario: Scenario, result: Result) -> tuple[str, ...]:
    """Return one line for each of the scenario's thresholds that a result crosses."""
    return tuple(line for line in threshold_checks(scenario, result).values() if line is not None)


def threshold_checks(scenario: Scenario, result: Result) -> dict[str, str | None]:
    """Return for each threshold of the scenario one line if a result crosses it, and None if not."""
    lines: dict[str, str | None] = {}
    for name, (metric, limit) in scenario.thresholds.limits.items():
        value = result.metrics.get(metric)
        crossed = value is not None and value > limit
        text = f"thresholds.{name}: {metric} is {value:,.12g}, at most {limit:,.12g} allowed" if crossed else None
        lines[name] = text
    return lines


def command_line(
    scenario: str | Path,
    chain: str,
    overrides: Sequence[str] | Mapping[str, Any],
    prices: Mapping[str, str],
    seed: int | None,
    blocks: int | None,
) -> str:
    """Return the command that reproduces a run; a fork's address is left out, for it may hold a key."""
    words = ["tailspin", "run", str(scenario)]
    words += ["--chain", chain] if chain != "revm" else []
    if isinstance(overrides, Mapping):
        overrides = [f"{path}={json.dumps(value)}" for path, value in overrides.items()]
    words += [word for text in overrides for word in ("--set", text)]
    words += [word for asset, file in prices.items() for word in ("--prices", f"{asset}={file}")]
    words += ["--seed", str(seed)] if seed is not None else []
    words += ["--blocks", str(blocks)] if blocks is not None else []
    return shlex.join(words)
