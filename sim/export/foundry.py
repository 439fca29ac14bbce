"""A finding as a Foundry project that stands alone, written only after `forge test` has passed on it."""

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from sim.errors import BadInput
from sim.export.files import PROJECT, Export, Note, check_free, place, run_tool, template
from sim.export.foundry_project import foundry_files
from sim.export.sources import node_modules
from sim.search.dossier import open_dossier
from sim.search.finding import load_finding

SOLC = "solc-v0.8.30"
LOCAL = ".foundry.local.toml"
"""Configuration of the machine that wrote a project."""


def export_foundry(finding: Path, out: Path, force: bool = False, note: Note = lambda _: None) -> Export:
    """Write a Foundry project, once its tests pass here, offline.

    Raises
    ------
    BadInput : there is no finding, it does not fail here, the folder cannot be written, files are in the way,
        forge or the compiler is missing, or a test does not pass.
    """
    loaded = load_finding(finding)
    check_free(out, {}, force)
    forge, compiler = find_forge(), find_compiler()
    note("playing the finding and its twin")
    files = foundry_files(open_dossier(loaded, finding), re.sub(r"\W+", "_", finding.stem))
    files |= local_files(compiler)
    check_free(out, files, force)
    with tempfile.TemporaryDirectory(prefix="tailspin-export-") as folder:
        place(Path(folder), files)
        note("forge test")
        _verify(Path(folder), forge, finding)
    return Export(place(out, files), True)


def find_forge() -> Path:
    """The project's forge, else the one on PATH; raises BadInput."""
    candidates = [
        Path(sys.executable).parent / "forge",
        *sorted(node_modules().glob("@foundry-rs/forge-*/bin/forge")),
    ]
    found = next((one for one in candidates if one.is_file()), None) or shutil.which("forge")
    if found is None:
        raise BadInput("forge: the program is missing, run `make setup`")
    return Path(found)


def find_compiler() -> Path:
    """The project's pinned compiler; raises BadInput."""
    folders = [os.environ.get("SOLCX_BINARY_PATH"), PROJECT / ".cache" / "solcx", Path.home() / ".solcx"]
    found = next((Path(one) / SOLC for one in folders if one and (Path(one) / SOLC).is_file()), None)
    if found is None:
        raise BadInput(f"compiler: {SOLC} is missing, run `make setup`")
    return found


def local_files(compiler: Path) -> dict[str, str]:
    """What forge needs to know of this machine: a configuration of its own, which `.env` names to it."""
    packages = node_modules().resolve()
    config = (
        template("foundry.toml")
        .replace('"node_modules"', f'"{packages}"')
        .replace("=node_modules", f"={packages}")
    )
    config = config.replace('solc = "0.8.30"', f'solc = "{compiler}"\noffline = true')
    note = "# Of the machine that wrote this folder: delete this file elsewhere.\n"
    return {
        ".env": f'{note}FOUNDRY_CONFIG={LOCAL}\nNODE_MODULES="{packages}"\n',
        LOCAL: note + config,
    }


def _verify(folder: Path, forge: Path, finding: Path) -> None:
    """Run forge as the reader will; raises BadInput with the first complaint if a test does not pass."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FOUNDRY_", "DAPP_"))}
    code, output = run_tool([forge, "test", "--color", "never"], folder, kept, finding)
    if code:
        lines = output.splitlines()
        chosen = [one.strip() for one in lines if one.startswith(("[FAIL", "Error"))]
        reason = next(iter(chosen), " ".join("".join(lines[-3:]).split()))
        raise BadInput(f"finding {finding}: not exported, for forge does not pass here: {reason[:300]}")
