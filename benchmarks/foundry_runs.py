"""The pinned forge on the contracts of a canary: its world as our search finds it, a Solidity handler, invariants.

The world is deployed on Anvil with the planted flaw, and its state is what the tests load: both sides start from
the same accounts. Handlers are bounded as an auditor would bound them: actors with money, one transaction a call,
prices within the declared envelope, time that passes.
"""

import gzip
import json
import os
import re
import resource
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.canaries import Canary
from sim.chain.anvil import AnvilChain
from sim.chain.artifacts import load_artifacts, project_root
from sim.engine import launch
from sim.export.foundry import find_compiler, find_forge
from sim.units import E8
from sim.world.world import World

FOLDER = Path(__file__).parent / "foundry"
DEPTH = 100
"""Calls of a run: enough for every flaw several times over; forge's own default is 500."""
ZERO = "0x" + 40 * "0"
LENDING = ("deficit-not-booked", "fee-on-whole", "rounding-for-the-user", "toxic-bonus", "uncapped-close")
PERPS = ("funding-on-one-side", "ranking-not-verified", "shared-backstop-collateral")
EXPRESSED = (*LENDING, *PERPS)
"""Canaries whose flaw is in a contract or its composition; the others need agents, venues and feeds around it."""
CONFIG = """[profile.default]
src = "src"
test = "test"
libs = []
auto_detect_remappings = false
remappings = [
    "contracts={root}/contracts",
    "@openzeppelin/contracts={packages}/@openzeppelin/contracts",
    "solady/src/utils={packages}/solady/src/utils",
]
allow_paths = ["{root}", "{packages}"]
solc = "{compiler}"
offline = true
evm_version = "cancun"
optimizer = true
optimizer_runs = 200
gas_limit = "18446744073709551615"
ignored_error_codes = ["unused-param", "func-mutability"]
fs_permissions = [{{ access = "read-write", path = "." }}]
threads = 1

[profile.default.invariant]
runs = 100000000
depth = {depth}
fail_on_revert = false
show_metrics = false
"""


@dataclass(frozen=True)
class Fuzzed:
    """What forge came to.

    Attributes
    ----------
    found_s
        From the end of its set-up to the first failure; None: missed.
    seconds, cpu_s
        Of its process.
    calls, reverts
        Calls of handlers, and those of them that reverted.
    length
        Calls of the shortest sequence that breaks the invariant.
    """

    found_s: float | None
    seconds: float
    cpu_s: float
    calls: int = 0
    reverts: int = 0
    length: int | None = None
    property: str = ""


def prepare(canary: Canary, folder: Path, values: Mapping | None = None) -> None:
    """Write a forge project with the canary's world into a folder, and compile it."""
    scenario = canary.stage.space.scenario(canary.values if values is None else values)
    with AnvilChain.start() as chain:
        world = launch(scenario, chain, load_artifacts()).world
        dumped = json.loads(gzip.decompress(bytes.fromhex(chain._request("anvil_dumpState")[2:])))  # noqa: SLF001
        constants = _world(canary, world, chain)
    (folder / "test").mkdir(parents=True)
    (folder / "src").mkdir()
    (folder / "state.json").write_text(json.dumps(_allocs(dumped["accounts"])))
    handler = "PerpHandler" if scenario.perps else "LendingHandler"
    for name in ("Base", handler):
        target = f"{name}.t.sol" if name == handler else f"{name}.sol"
        (folder / "test" / target).write_text((FOLDER / f"{name}.sol").read_text())
    (folder / "test" / "World.sol").write_text(constants)
    root = project_root()
    config = CONFIG.format(
        root=root, packages=(root / "node_modules").resolve(), compiler=find_compiler(), depth=DEPTH
    )
    (folder / "foundry.toml").write_text(config)
    done = subprocess.run([find_forge(), "build"], cwd=folder, env=_environment(), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"forge build: {done.stdout[-2000:]}{done.stderr[-2000:]}")


def _environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FOUNDRY_", "DAPP_"))}
    return {**kept, "RAYON_NUM_THREADS": "1", **more}


def _allocs(accounts: Mapping[str, Mapping]) -> dict[str, dict]:
    return {
        address: {
            "nonce": hex(account["nonce"]),
            "balance": account["balance"],
            "code": account["code"],
            "storage": {_word(slot): _word(value) for slot, value in account["storage"].items()},
        }
        for address, account in accounts.items()
    }


def _word(text: str) -> str:
    return "0x" + text.removeprefix("0x").zfill(64)


def _world(canary: Canary, world: World, chain: AnvilChain) -> str:
    """Constants of a world in Solidity."""
    scenario, roles = world.scenario, world.roles.all()
    asset = scenario.space.envelope.shock_asset
    quote = next(name for name in scenario.assets if name != asset)
    envelope = scenario.space.envelope
    perp = next(iter(world.perps.values()), None)
    market = perp.name if perp else next(iter(scenario.lending))
    named = "traders" if perp else "population"
    actors = [roles[role] for role in roles if role.partition("/")[0] in getattr(scenario, named)]
    terms = getattr(scenario.lending.get(market), "terms", None)
    addresses = {
        "MARKET": roles[market],
        "BASE": roles[asset],
        "QUOTE": roles[quote],
        "FEED": roles[f"feed-{asset}"],
        "REPORTER": roles[f"reporter-{asset}"],
        "ADMIN": roles["admin"],
        "KEEPER": roles["keeper"],
        "LENS": roles.get("perp-lens", ZERO),
        "STAGE": roles.get(f"stage-{market}-deleverage", ZERO),
        "VAULT": roles.get(f"stage-{market}-lenders", ZERO),
    }
    numbers = {
        "START_S": chain.timestamp_s,
        "START_BLOCK": chain.block_number,
        "MAX_STEP_BPS": envelope.max_shock_bps,
        "MAX_FALL_BPS": envelope.max_total_fall_bps,
        "MAX_RISE_BPS": envelope.max_total_rise_bps or 0,
        "MAX_WAIT_BLOCKS": envelope.max_wait_blocks,
        "CLOSE_FACTOR_BPS": getattr(terms, "close_factor_bps", 10_000),
    }
    lines = [f"    address internal constant {name} = {address};" for name, address in addresses.items()]
    lines += [f"    uint256 internal constant {name} = {number};" for name, number in numbers.items()]
    lines.append(f"    int256 internal constant PRICE_E8 = {round(scenario.assets[asset].price.price_usd * E8)};")
    lines.append("    function actors() internal pure returns (address[] memory all) {")
    lines.append(f"        all = new address[]({len(actors)});")
    lines += [f"        all[{i}] = {address};" for i, address in enumerate(actors)]
    body = "\n".join([*lines, "    }"])
    head = "// SPDX-License-Identifier: MIT\npragma solidity 0.8.30;\n"
    return f"{head}\n/// @notice The world of {canary.name}.\nlibrary World {{\n{body}\n}}\n"


def fuzz(folder: Path, seconds: float, seed: int, shrink: bool = False) -> Fuzzed:
    """Run forge's invariant tests on one thread until one breaks or the time is over."""
    more = {
        "FOUNDRY_INVARIANT_TIMEOUT": str(round(seconds)),
        "FOUNDRY_INVARIANT_SHRINK_RUN_LIMIT": "5000" if shrink else "0",
    }
    command = [find_forge(), "test", "--fuzz-seed", str(seed + 1), "-j", "1", "--color", "never"]
    for name in ("began.txt", "found.txt"):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "cache" / "invariant", ignore_errors=True)
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, cwd=folder, env=_environment(**more), capture_output=True, text=True)
    spent, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    text = done.stdout
    if "Suite result" not in text:
        raise RuntimeError(f"forge test: {text[-2000:]}{done.stderr[-2000:]}")
    failed = re.search(r"\[FAIL: ?([^\]]*)\]", text)
    return Fuzzed(
        found_s=_read_s(folder / "found.txt") - _read_s(folder / "began.txt") if failed else None,
        seconds=spent,
        cpu_s=cpu_s,
        calls=_last_int(r"calls: (\d+)", text) or 0,
        reverts=_last_int(r"reverts: (\d+)", text) or 0,
        length=_last_int(r"shrunk: (\d+)", text),
        property=failed[1] if failed else "",
    )


def _last_int(pattern: str, text: str) -> int | None:
    found = re.findall(pattern, text)
    return int(found[-1]) if found else None


def _read_s(path: Path) -> float:
    return int(path.read_text()) / 1000
