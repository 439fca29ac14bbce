"""First step of every make target: environment, node packages, compiler and artifacts, each only if missing.

Runs on the Python that will own the environment and needs nothing installed. Ends with exit code 2 and one line
on what is missing.
"""

import hashlib
import os
import platform
import shutil
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
SOLC_VERSION = "0.8.30"
SOLC_BINARIES = "binaries.soliditylang.org"
FOUNDRY_VERSION = "1.7.1"
NODE_MINIMUM = 20
CONNECT_TIMEOUT_S = 3
DOWNLOAD_TIMEOUT_S = 60

ENVIRONMENT_LINE = (
    "import os, sys; os.environ.setdefault('SOLCX_BINARY_PATH', os.path.join(sys.prefix, 'solcx'));"
    " os.environ['PATH'] = os.path.join(sys.prefix, 'bin') + os.pathsep + os.environ.get('PATH', '')\n"
)
"""Read by Python at every start in the environment: the pinned compiler and node come first."""


def fail(message: str) -> None:
    """End with one line and exit code 2."""
    print(f"setup: {message}", file=sys.stderr)
    raise SystemExit(2)


def say(message: str) -> None:
    """Report a step on standard error."""
    print(f"setup: {message}", file=sys.stderr, flush=True)


def run(*command: object, what: str, env: dict[str, str] | None = None) -> str:
    """Run a command quietly; show its last lines and stop if it fails."""
    try:
        done = subprocess.run(
            [str(part) for part in command], cwd=ROOT, capture_output=True, text=True, env=env, check=False
        )
    except OSError as error:
        fail(f"{what} failed: {error}")
    if done.returncode:
        print("\n".join((done.stdout + done.stderr).strip().splitlines()[-15:]), file=sys.stderr)
        fail(f"{what} failed with exit code {done.returncode} (its last lines are above)")
    return done.stdout


def stamp_of(*files: str) -> str:
    """Hash of the files that a step depends on, and of the interpreter."""
    digest = hashlib.sha256(sys.version.encode())
    for name in files:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def is_done(stamp: Path, value: str) -> bool:
    """Whether a step was finished with the same inputs."""
    return stamp.is_file() and stamp.read_text() == value


def install_python_packages() -> None:
    """Create the environment and install the locked packages, hashes checked."""
    stamp, value = VENV / "installed", stamp_of("requirements.lock", "pyproject.toml", "scripts/_setup.py")
    if is_done(stamp, value):
        return
    if not BIN.is_dir():
        say(f"creating .venv with Python {platform.python_version()}")
        run(sys.executable, "-m", "venv", VENV, what="creating the environment (is the venv module there?)")
    say("installing Python packages (about a minute the first time)")
    pip = [BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run(*pip, "--require-hashes", "--requirement", "requirements.lock", what="pip install")
    run(*pip, "--no-deps", "--no-build-isolation", "--editable", ".", what="installing tailspin itself")
    packages = Path(
        run(BIN / "python", "-c", "import site; print(site.getsitepackages()[0])", what="python").strip()
    )
    (packages / "tailspin_toolchain.pth").write_text(ENVIRONMENT_LINE)
    stamp.write_text(value)


def check_node() -> None:
    """Stop unless Node is there and new enough."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        fail(f"Node {NODE_MINIMUM} or later with npm is needed, `node` or `npm` is not on PATH")
    version = run("node", "--version", what="node --version").strip()
    if int(version.lstrip("v").split(".")[0]) < NODE_MINIMUM:
        fail(f"node is {version}, at least v{NODE_MINIMUM} is needed")


def node_packages_stamp() -> tuple[Path, str]:
    """Return the file that says which node packages are installed, and what it has to hold."""
    return ROOT / "node_modules" / ".installed", stamp_of("package-lock.json", "package.json")


def install_node_packages() -> None:
    """Install the locked node packages: the node, the compiler and the Solidity libraries."""
    stamp, value = node_packages_stamp()
    if is_done(stamp, value):
        return
    say("installing node packages")
    run("npm", "ci", "--ignore-scripts", "--no-fund", "--no-audit", what="npm ci")
    stamp.write_text(value)


def foundry_binary(name: str) -> Path:
    """Path of a Foundry program inside its npm package for this platform."""
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system())
    machine = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine().lower()
    )
    package = f"{name}-{system}-{machine}"
    path = ROOT / "node_modules" / "@foundry-rs" / package / "bin" / name
    if not path.is_file() and system and machine:
        # The lock file holds the packages of Linux on x86-64; other platforms take the same version by name.
        npm_install = ("npm", "install", "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit")
        run(*npm_install, f"@foundry-rs/{package}@{FOUNDRY_VERSION}", what=f"npm install {package}")
    if not path.is_file():
        given = f"{platform.system()} {platform.machine()}"
        fail(f"no {name} for {given}: Linux and macOS on x86-64 and ARM64 are supported")
    return path


def link_programs() -> None:
    """Put the pinned node and test runner into the environment."""
    for name in ("anvil", "forge"):
        link, target = BIN / name, foundry_binary(name)
        if not (link.is_symlink() and link.resolve() == target.resolve()):
            link.unlink(missing_ok=True)
            link.symlink_to(target)


def native_compiler() -> Path | None:
    """Fetch the native compiler where it can be had; None elsewhere. Its checksum is verified by py-solc-x."""
    folder = VENV / "native-solc"
    binary = folder / f"solc-v{SOLC_VERSION}"
    if not binary.is_file():
        try:
            socket.create_connection((SOLC_BINARIES, 443), timeout=CONNECT_TIMEOUT_S).close()
        except OSError:
            return None
        folder.mkdir(exist_ok=True)
        code = f"import solcx; solcx.install_solc({SOLC_VERSION!r}, solcx_binary_path={str(folder)!r})"
        try:
            subprocess.run(
                [BIN / "python", "-c", code], capture_output=True, timeout=DOWNLOAD_TIMEOUT_S, check=True
            )
        except (subprocess.SubprocessError, OSError):
            shutil.rmtree(folder, ignore_errors=True)
            return None
    works = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)
    return binary if works.returncode == 0 and SOLC_VERSION in works.stdout else None


def install_compiler() -> None:
    """Place one executable that is the compiler, native where it can be had, else the npm package."""
    wrapper = VENV / "solcx" / f"solc-v{SOLC_VERSION}"
    if wrapper.is_file() and os.access(wrapper, os.X_OK):
        return
    native = native_compiler()
    say(f"compiler {SOLC_VERSION}: {'native binary' if native else 'npm package'}")
    wrapper.parent.mkdir(exist_ok=True)
    prefix = f"TAILSPIN_NATIVE_SOLC='{native}' " if native else ""
    wrapper.write_text(f"#!/bin/sh\n{prefix}exec node '{ROOT / 'scripts' / '_solc.cjs'}' \"$@\"\n")
    wrapper.chmod(0o755)


def compile_contracts() -> None:
    """Compile if the artifacts are missing or older than the sources."""
    code = (
        "import sys; from sim.chain.artifacts import CompileError, load_artifacts\n"
        "try: load_artifacts()\n"
        "except CompileError as error: sys.exit(str(error))"
    )
    run(BIN / "python", "-c", code, what="compiling the contracts")


def main() -> None:
    """Run all steps."""
    if not (3, 11) <= sys.version_info[:2] < (3, 13):
        fail(f"Python is {platform.python_version()}, 3.11 or 3.12 is needed")
    first_time = not is_done(*node_packages_stamp())
    if first_time:
        check_node()
    install_python_packages()
    install_node_packages()
    link_programs()
    install_compiler()
    compile_contracts()
    if first_time:
        say("ready; `. .venv/bin/activate` puts `tailspin` and `ape` on PATH")


if __name__ == "__main__":
    main()
