"""A finding as an Ape project that stands alone, written only after `ape run replay` has passed on it."""

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sim import __version__
from sim.errors import BadInput
from sim.export.files import PROJECT, Export, Note, check_free, place, run_tool, template
from sim.export.foundry import find_compiler
from sim.export.foundry_project import GITIGNORE, title
from sim.export.published import codes
from sim.export.sources import closure, declared, node_modules, package_json
from sim.export.story import Story, outline
from sim.search.dossier import Case, Dossier, open_dossier
from sim.search.finding import load_finding
from sim.search.loss import Reading
from sim.search.transcript import Created, Frame, Said, Sent, Transcript


def export_ape(finding: Path, out: Path, force: bool = False, note: Note = lambda _: None) -> Export:
    """Write an Ape project, once its script has passed here on a node of its own.

    Raises
    ------
    BadInput : there is no finding, it does not fail here, the folder cannot be written, files are in the way, Ape,
        its node or the compiler is missing, or the script does not pass.
    """
    loaded = load_finding(finding)
    check_free(out, {}, force)
    program, environment = find_ape(), _environment()
    note("playing the finding and its twin")
    files = ape_files(open_dossier(loaded, finding), re.sub(r"\W+", "-", finding.stem))
    check_free(out, files, force)
    with tempfile.TemporaryDirectory(prefix="tailspin-export-") as folder:
        place(Path(folder), files)
        note("ape run replay")
        (Path(folder) / "node_modules").symlink_to(node_modules().resolve())
        _verify(Path(folder), program, environment, finding)
    return Export(place(out, files), True)


def find_ape() -> Path:
    """The `ape` of this environment, else the one on PATH; raises BadInput."""
    beside = Path(sys.executable).parent / "ape"
    found = beside if beside.is_file() else shutil.which("ape")
    if found is None:
        raise BadInput("ape: the program is missing, run `make setup`")
    return Path(found)


def _environment() -> dict[str, str]:
    """What Ape needs: the pinned compiler, and Anvil on the PATH."""
    nodes = [one.parent for one in sorted(node_modules().glob("@foundry-rs/anvil-*/bin/anvil"))]
    path = [Path(sys.executable).parent, *nodes, os.environ.get("PATH", "")]
    return {
        **os.environ,
        "PATH": os.pathsep.join(map(str, path)),
        "SOLCX_BINARY_PATH": str(find_compiler().parent),
    }


def ape_files(dossier: Dossier, name: str) -> dict[str, str]:
    """All files of the project by path."""
    cases = {"fails": dossier.fails, **({} if dossier.holds is None else {"holds": dossier.holds})}
    transcripts = [case.transcript for case in cases.values()]
    versions = {one.package: one.version for transcript in transcripts for one in transcript.published.values()}
    sources = {declared()[one] for transcript in transcripts for one in transcript.sources}
    titles = {"fails": f"{title(dossier)}", "holds": f"no {dossier.finding.aim} with the change undone"}
    return {
        "README.md": template("ape_README.md").format(
            title=title(dossier), version=__version__, outline="\n".join(outline(dossier))
        ),
        "ape-config.yaml": template("ape-config.yaml").format(name=name.lower()),
        "package.json": package_json(name.lower(), versions),
        ".gitignore": GITIGNORE + ".build/\n",
        "scripts/replay.py": template("replay.py.txt"),
        **{f"history/{one}.json": _history(case, titles[one], dossier) for one, case in cases.items()},
        **closure(sources),
    }


def _history(case: Case, title_: str, dossier: Dossier) -> str:
    transcript = case.transcript
    document = {
        "title": title_,
        "about": outline(dossier),
        "deployer": transcript.deployer,
        "roles": dict(transcript.roles),
        "contracts": {transcript.role_of[address]: name for address, name in transcript.contracts.items()},
        "published": {
            name: {"file": f"{one.package}/{one.path}", "sha256": one.code_sha256}
            for name, one in transcript.published.items()
        },
        "blocks": list(_Blocks(case).all()),
    }
    return json.dumps(document, indent=1) + "\n"


class _Blocks:
    """The blocks of a case as plain data."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._transcript: Transcript = case.transcript
        self._story = Story(case.transcript)
        self._codes = {code: name for name, code in codes([case.transcript], PROJECT).items()}

    def all(self) -> Iterator[dict[str, Any]]:
        """Yield them in order; empty ones only where something is asked after them."""
        for index, frame in enumerate(self._transcript.frames):
            asked = [self._reading(one) for one in self._case.readings if one.frame == index]
            if frame.items or asked:
                yield self._block(frame) | ({"then": asked} if asked else {})

    def _block(self, frame: Frame) -> dict[str, Any]:
        deploys = [self._deploy(one) for one in frame.items if isinstance(one, Created)]
        sends = [self._send(one) for one in frame.items if isinstance(one, Sent)]
        return {
            "number": frame.number,
            "timestamp_s": frame.timestamp_s,
            **({} if frame.block is None else {"block": frame.block}),
            **({"deploys": deploys} if deploys else {}),
            **({"sends": sends} if sends else {}),
        }

    def _deploy(self, one: Created) -> dict[str, Any]:
        return {"role": one.role, "contract": one.contract, "arguments": self._arguments(one.call)}

    def _send(self, one: Sent) -> dict[str, Any]:
        role = self._transcript.role_of
        says = [
            {"who": role[emitter], "event": said.name, "arguments": self._named(said)}
            for emitter, said in one.events
        ]
        failed = {
            "reverts": "without a known error" if one.error is None else self._story.said(one.error),
            "revert_data": f"0x{one.revert_data.hex()}",
        }
        return {
            **({"note": self._story.told(one)} if one.record is not None else {}),
            "who": role[one.sender],
            "to": role[one.target],
            "does": _signature(one.call.entry),
            "arguments": self._arguments(one.call),
            **({"says": says} if says else {}),
            **({} if one.ok else failed),
        }

    def _reading(self, one: Reading) -> dict[str, Any]:
        return {
            "what": one.label,
            "of": self._transcript.role_of[one.target],
            "asks": _signature(one.call.entry),
            "arguments": self._arguments(one.call),
            "field": one.field,
            "position": one.position,
            "is": one.value,
        }

    def _arguments(self, said: Said) -> list[Any]:
        return [self._plain(one, value) for one, value in zip(said.entry["inputs"], said.args, strict=True)]

    def _named(self, said: Said) -> dict[str, Any]:
        names = [one["name"] for one in said.entry["inputs"]]
        return dict(zip(names, self._arguments(said), strict=True))

    def _plain(self, entry: Mapping[str, Any], value: Any) -> Any:
        kind = entry["type"]
        if kind.endswith("]"):
            inner = {**entry, "type": kind[: kind.rindex("[")]}
            return [self._plain(inner, one) for one in value]
        if kind == "tuple":
            values = value.values() if isinstance(value, Mapping) else value
            parts = zip(entry["components"], values, strict=True)
            return {part["name"]: self._plain(part, one) for part, one in parts}
        if kind == "address":
            role = self._transcript.role_of.get(value)
            return value if role is None else f"@{role}"
        if isinstance(value, bytes):
            return f"code:{self._codes[value]}" if value in self._codes else f"0x{value.hex()}"
        return value


def _signature(entry: Mapping[str, Any]) -> str:
    return f"{entry['name']}({','.join(_canonical(one) for one in entry['inputs'])})"


def _canonical(entry: Mapping[str, Any]) -> str:
    if not entry["type"].startswith("tuple"):
        return entry["type"]
    return f"({','.join(_canonical(one) for one in entry['components'])}){entry['type'][5:]}"


def _verify(folder: Path, program: Path, environment: Mapping[str, str], finding: Path) -> None:
    """Run the script as the reader will; raises BadInput with its complaint if it does not pass."""
    code, output = run_tool([program, "run", "replay"], folder, environment, finding)
    if code:
        text = re.sub(r"\x1b\[[0-9;]*m", "", output)
        errors = [line for line in text.splitlines() if re.match(r"\s*(\w*Error|ERROR)\b", line)]
        reason = " ".join((errors[-1] if errors else text[-300:]).split())
        raise BadInput(f"finding {finding}: not exported, for its script does not pass here: {reason[:300]}")
