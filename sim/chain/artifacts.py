"""Compiled contracts, read from Ape's manifest and compiled again when a source has changed.

The manifest `.build/__local__.json` holds the text of every source it was made from. It is current when those
texts are the ones in `contracts/` and one whole build made all of it: Ape compiles only the files that changed
themselves, so that after an edit of a library the contracts that use it keep their old code. Every build here is
therefore whole, and leaves a seal beside the manifest that any other build breaks.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from sim.chain.base import BadChain
from sim.chain.codec import ContractType, LogDecoder
from sim.chain.published import PUBLISHED, is_installed, read_published

MANIFEST = Path(".build") / "__local__.json"
SEAL = Path(".build") / ".whole_build.sha256"
_COMPILE_TIMEOUT_S = 600
_LOADED: dict[Path, tuple[tuple, Artifacts]] = {}


class CompileError(BadChain):
    """The contracts do not compile, or the compiler cannot be run (exit code 2)."""


class Artifacts(Mapping[str, ContractType]):
    """Contract types by name, and the `compiler` that made them (name, version, settings).

    Iteration is over the compiled ones. Contracts of real protocols (`sim.chain.published`) are to be had by name
    too, read from the npm packages under `root` when they are first asked for; without a `root` there are none.
    """

    def __init__(
        self, entries: Mapping[str, dict], compiler: Mapping | None = None, root: Path | None = None
    ) -> None:
        self.compiler = dict(compiler or {})
        self._entries = dict(sorted(entries.items()))
        self._types: dict[str, ContractType] = {}
        self._root = root

    def __getitem__(self, name: str) -> ContractType:
        known = self._types.get(name)
        if known is None:
            entry = self._entry(name)
            known = self._types[name] = ContractType(
                name=name,
                abi=entry["abi"],
                init_code=_code(entry, "deploymentBytecode"),
                runtime_code=_code(entry, "runtimeBytecode"),
                source_id=entry.get("sourceId", ""),
            )
        return known

    def _entry(self, name: str) -> dict:
        if name in self._entries:
            return self._entries[name]
        if self._root is not None and name in PUBLISHED:
            return read_published(self._root, name)
        raise KeyError(f"no contract {name}; there are {', '.join(self._entries)}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over names and creation codes: equal for equal behaviour, whatever the comments say.

        Published contracts count by the digests that are pinned, installed or not.
        """
        digest = hashlib.sha256()
        for name in self._entries:
            digest.update(f"{name}:{self[name].init_code.hex()}\n".encode())
        for name, published in PUBLISHED.items():
            digest.update(f"{name}:{published.code_sha256}\n".encode())
        return digest.hexdigest()

    @cached_property
    def decoder(self) -> LogDecoder:
        """Events and errors of every contract type, those of installed published ones included."""
        root = self._root
        published = [] if root is None else [self[name] for name in PUBLISHED if is_installed(root, name)]
        return LogDecoder([*self.values(), *published])


def _compiler(manifest: dict) -> dict:
    """Return name, version and settings, without the lists of sources that the settings repeat."""
    used = next(iter(manifest.get("compilers") or ()), {})
    settings = {
        key: used["settings"][key]
        for key in ("evmVersion", "optimizer", "metadata", "viaIR", "remappings")
        if key in used.get("settings", {})
    }
    return {"name": used.get("name"), "version": used.get("version"), "settings": settings}


def _code(entry: dict, key: str) -> bytes:
    text = (entry.get(key) or {}).get("bytecode") or "0x"
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise CompileError(f"{entry.get('contractName')}: its code still has unlinked libraries") from None


def project_root() -> Path:
    """Return the folder that holds `contracts/` and this package."""
    return Path(__file__).resolve().parents[2]


def load_artifacts(root: Path | str | None = None) -> Artifacts:
    """Return the contract types of the project, compiling first when the manifest is absent or stale.

    Parameters
    ----------
    root : project folder with `contracts/` and `ape-config.yaml`; the package's own by default.

    Raises
    ------
    CompileError : the compiler refused the sources or cannot be run; the manifest stays as it was.
    """
    root = Path(root).resolve() if root is not None else project_root()
    stamp = _stamp(root)
    known = _LOADED.get(root)
    if known is not None and known[0] == stamp:
        return known[1]
    manifest = _read_manifest(root)
    if manifest is None or not _is_current(root, manifest):
        manifest = _compile(root)
        stamp = _stamp(root)
    artifacts = Artifacts(manifest["contractTypes"], _compiler(manifest), root)
    _LOADED[root] = (stamp, artifacts)
    return artifacts


def _sources(root: Path) -> list[Path]:
    found = sorted((root / "contracts").rglob("*.sol"))
    if not found:
        raise CompileError(f"{root / 'contracts'} holds no Solidity source")
    return found


def _stamp(root: Path) -> tuple:
    manifest = root / MANIFEST
    files = [*_sources(root), *([manifest] if manifest.exists() else [])]
    return tuple((str(path), (stat := path.stat()).st_mtime_ns, stat.st_size) for path in files)


def _read_manifest(root: Path) -> dict | None:
    """Return the manifest, or None when it is absent or damaged."""
    try:
        manifest = json.loads((root / MANIFEST).read_bytes())
        manifest["contractTypes"], manifest["sources"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return manifest


def _is_current(root: Path, manifest: dict) -> bool:
    known = {name: source.get("content") for name, source in manifest["sources"].items()}
    present = {path.relative_to(root).as_posix(): path for path in _sources(root)}
    stated = {name for name in known if name.startswith("contracts/")}
    if stated != set(present) or _read_seal(root) != _seal(manifest):
        return False
    return all(_text(known[name]) == _text(path.read_text("utf-8")) for name, path in present.items())


def _seal(manifest: dict) -> str:
    """Return the digest of all sources and codes of a manifest."""
    sources = {name: _text(source.get("content")) for name, source in manifest["sources"].items()}
    codes = {name: entry.get("deploymentBytecode") for name, entry in manifest["contractTypes"].items()}
    return hashlib.sha256(json.dumps([sources, codes], sort_keys=True).encode()).hexdigest()


def _read_seal(root: Path) -> str:
    try:
        return (root / SEAL).read_text("utf-8")
    except OSError:
        return ""


def _text(content: object) -> str:
    """Return source text without the differences that Ape's line-wise copy makes."""
    if isinstance(content, dict):
        content = "\n".join(content[key] for key in sorted(content, key=int))
    return "\n".join(str(content or "").splitlines()).rstrip("\n")


@contextmanager
def _lock(root: Path) -> Iterator[None]:
    folder = (root / MANIFEST).parent
    folder.mkdir(exist_ok=True)
    with open(folder / ".compile.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _compile(root: Path) -> dict:
    """Run `ape compile` once among all processes and return the manifest it wrote."""
    path = root / MANIFEST
    with _lock(root):
        manifest = _read_manifest(root)
        if manifest is not None and _is_current(root, manifest):
            return manifest
        before = path.read_bytes() if manifest is not None else None
        complete = False
        try:
            path.unlink(missing_ok=True)
            _run_ape(root, "compile", "--force")
            manifest = _read_manifest(root)
            if manifest is not None:
                (root / SEAL).write_text(_seal(manifest), "utf-8")
            if manifest is None or not _is_current(root, manifest):
                raise CompileError(f"ape compile wrote no current {MANIFEST}")
            complete = True
        finally:
            if not complete:
                _put_back(path, before)
    return manifest


def _put_back(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
        return
    beside = path.with_suffix(".tmp")
    beside.write_bytes(content)
    beside.replace(path)


def _run_ape(root: Path, *arguments: str) -> None:
    bin_folder = Path(sys.executable).parent
    environment = dict(os.environ)
    environment["PATH"] = f"{bin_folder}{os.pathsep}{environment.get('PATH', '')}"
    compilers = root / ".cache" / "solcx"
    if compilers.is_dir():
        environment.setdefault("SOLCX_BINARY_PATH", str(compilers))
    command = [str(bin_folder / "ape"), *arguments]
    try:
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, timeout=_COMPILE_TIMEOUT_S
        )
    except FileNotFoundError:
        raise CompileError(f"{command[0]} is missing: run `make setup`") from None
    except subprocess.TimeoutExpired:
        raise CompileError(f"ape compile did not end within {_COMPILE_TIMEOUT_S} s") from None
    if done.returncode:
        raise CompileError(_complaint(re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)))


def _complaint(output: str) -> str:
    """Return one line out of what the compiler printed, without its drawings of the source."""
    lines = [line.strip() for line in output.splitlines() if line.strip(" |^~")]
    errors = [at for at, line in enumerate(lines) if line.startswith("ERROR:")]
    if errors and "Traceback" not in output:
        return f"the contracts do not compile: {' '.join(lines[errors[0] :][:8])}"
    return f"ape compile failed, `make setup` fetches the compiler: {lines[-1][:200] if lines else 'no output'}"
