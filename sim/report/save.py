"""A run as a folder: tables of the trace, result, manifest and page; written whole or not at all."""

import json
import os
import platform
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sim.errors import BadInput
from sim.files import write_failure
from sim.metrics.summary import Result, summarise
from sim.report.page import render_page
from sim.report.parquet import read_trace, write_trace
from sim.trace import ReserveRule, Trace, Violation

SCHEMA_VERSION = 2
SOLC_VERSION = "0.8.30"
"""The pragma of every contract."""
MANIFEST = "manifest.json"
RESULT = "result.json"
SCENARIO = "scenario.json"
PAGE = "report.html"


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What a trace does not know: the command that reproduces the run, and how long it took (seconds)."""

    command: str
    seconds: float | None = None


def versions() -> dict[str, str]:
    """Versions on which a run depends."""
    found = {"python": platform.python_version(), "solc": SOLC_VERSION}
    for package in ("tailspin", "pyrevm", "numpy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def result_document(trace: Trace, result: Result) -> dict[str, Any]:
    """The result as JSON: outcomes, metrics, waves, keepers and violations."""
    return {
        "outcomes": [asdict(outcome) for outcome in result.outcomes],
        "liquidation_class": result.liquidation_class,
        "metrics": dict(result.metrics),
        "waves": [asdict(wave) for wave in result.waves],
        "keeper_profit_usd": dict(result.keeper_profit_usd),
        "violations": [asdict(violation) for violation in trace.violations],
    }


def manifest_document(trace: Trace, info: RunInfo, files: list[str]) -> dict[str, Any]:
    """What the run was, and how to have it again."""
    return {
        "schema_version": SCHEMA_VERSION,
        "scenario": trace.scenario.get("name"),
        "scenario_id": trace.scenario.get("scenario_id"),
        "seed": trace.seed,
        "chain": trace.chain,
        "digest": trace.digest,
        "blocks": len(trace.blocks),
        "transactions": len(trace.transactions),
        "contract_calls": trace.contract_calls,
        "seconds": info.seconds,
        "decimals": dict(trace.decimals),
        "market_rules": {
            market: {asset: asdict(rule) for asset, rule in rules.items()}
            for market, rules in trace.market_rules.items()
        },
        "versions": versions(),
        "command": info.command,
        "files": sorted(files),
    }


def save_run(folder: Path, trace: Trace, info: RunInfo, result: Result | None = None) -> Path:
    """Write a run to `folder` and return the path of its page. An earlier run there is replaced.

    Raises
    ------
    BadInput
        If the folder holds something else than a run, or cannot be written to.
    OSError
        If the disk is full or broken.
    """
    folder = Path(folder)
    _require_replaceable(folder)
    result = summarise(trace) if result is None else result
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise write_failure(folder, "out", error) from None
    try:
        _write(scratch, trace, info, result)
        _swap(scratch, folder)
    except OSError as error:
        raise write_failure(folder, "out", error) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder / PAGE


def _require_replaceable(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise BadInput(f"out is {str(folder)!r}, a folder without a run in it; an empty or new folder expected")
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"out is {str(folder)!r}, a file; a folder expected")


def _write(scratch: Path, trace: Trace, info: RunInfo, result: Result) -> None:
    scratch.chmod(0o755)
    files = write_trace(scratch, trace, result)
    _write_json(scratch / SCENARIO, dict(trace.scenario))
    _write_json(scratch / RESULT, result_document(trace, result))
    manifest = manifest_document(trace, info, [*files, SCENARIO, RESULT, PAGE])
    (scratch / PAGE).write_text(render_page(trace, result, manifest), encoding="utf-8")
    _write_json(scratch / MANIFEST, manifest)


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=2, default=dict) + "\n", encoding="utf-8")


def _swap(scratch: Path, folder: Path) -> None:
    """Put the finished folder in place; the old one is gone only once the new one is there."""
    if not folder.exists():
        os.replace(scratch, folder)
        return
    retired = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    os.replace(folder, retired / "run")
    try:
        os.replace(scratch, folder)
    except OSError:
        os.replace(retired / "run", folder)
        raise
    finally:
        shutil.rmtree(retired, ignore_errors=True)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object of a run. Raises BadInput if it is missing or not JSON."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path.name} of the run {str(path.parent)!r} cannot be read: {error.strerror}") from None
    except ValueError:
        raise BadInput(f"{path.name} of the run {str(path.parent)!r} is not JSON") from None
    if not isinstance(document, dict):
        raise BadInput(f"{path.name} of the run {str(path.parent)!r} is not a JSON object")
    return document


def load_manifest(folder: Path) -> dict[str, Any]:
    """Manifest of a saved run. Raises BadInput if there is none or it is of another schema version."""
    manifest = read_json(Path(folder) / MANIFEST)
    if manifest.get("schema_version") != SCHEMA_VERSION:
        given = manifest.get("schema_version")
        raise BadInput(f"schema_version of {str(folder)!r} is {given!r}, {SCHEMA_VERSION} expected")
    return manifest


def load_trace(folder: Path) -> Trace:
    """The trace of a saved run, equal to the one saved. Raises BadInput if a part is missing or broken."""
    folder = Path(folder)
    manifest = load_manifest(folder)
    scenario, result = read_json(folder / SCENARIO), read_json(folder / RESULT)
    try:
        trace = Trace(
            scenario,
            manifest["chain"],
            manifest["seed"],
            manifest["decimals"],
            {
                market: {asset: ReserveRule(**rule) for asset, rule in rules.items()}
                for market, rules in manifest["market_rules"].items()
            },
        )
        trace.digest = manifest["digest"]
        trace.contract_calls = manifest["contract_calls"]
        trace.violations = [Violation(**violation) for violation in result["violations"]]
        return read_trace(folder, trace)
    except (OSError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadInput(f"the run {str(folder)!r} is broken: {type(error).__name__} {error}") from None


def write_page(folder: Path) -> Path:
    """Write the page of a saved run anew and return its path. Raises BadInput if a part is missing or broken."""
    folder = Path(folder)
    trace, manifest = load_trace(folder), load_manifest(folder)
    try:
        page = render_page(trace, summarise(trace), manifest)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        # What a scenario or a manifest holds is looked at no earlier.
        raise BadInput(f"the run {str(folder)!r} is broken: {type(error).__name__} {error}") from None
    scratch = folder / f".{PAGE}"
    scratch.write_text(page, encoding="utf-8")
    os.replace(scratch, folder / PAGE)
    return folder / PAGE
