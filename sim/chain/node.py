"""An Anvil process of our own, and the JSON-RPC session with a node.

The node listens on 127.0.0.1 on a port of the system's choice, which it reports itself, so that no other
program's node is ever taken for it; it ends with the process that started it.
"""

from __future__ import annotations

import base64
import ctypes
import http.client
import json
import os
import platform
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sim.chain.accounts import MNEMONIC
from sim.chain.artifacts import project_root
from sim.chain.base import BLOCK_GAS_LIMIT, CHAIN_ID, GENESIS_TIMESTAMP_S, BadChain, NodeError

BATCH_SIZE = 30
"""Requests a batch: Anvil answers up to thirty strictly in order, more of them in any order."""
REQUEST_TIMEOUT_S = 60.0
START_TIMEOUT_S = 60.0

_BLOCKS_KEPT = 32
"""Blocks whose transactions stay in the node's memory, which a long run would otherwise fill."""
_PR_SET_PDEATHSIG = 1
_URL = re.compile(r"""https?://[^\s"'()<>,]+""")
_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def redact(url: str) -> str:
    """Return an RPC address without user, password, path and query, any of which may hold a key."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "(malformed address)"
    if not parts.scheme or not host:
        return "(malformed address)"
    address = f"{parts.scheme}://{host}{f':{port}' if port else ''}"
    return f"{address}/…" if parts.path.strip("/") or parts.query else address


def hide_urls(text: str) -> str:
    """Return a message of a node with every address in it redacted."""
    return _URL.sub(lambda found: redact(found[0]), text)


def check_url(url: str) -> str:
    """Return the address of a node if it can be one; raises BadChain."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        valid = False
    if not valid:
        raise BadChain(f"node address: got {redact(url)}, allowed is http(s)://host[:port][/path]")
    return url


class NotANode(NodeError):
    """Something answers at the address, but it is no JSON-RPC server."""


class RpcError(NodeError):
    """The node refused one request."""

    def __init__(self, method: str, error: dict) -> None:
        super().__init__(method, {**error, "message": hide_urls(str(error.get("message")))})
        self._method = method
        self.code = error.get("code")
        self.message = hide_urls(str(error.get("message")))
        self.data = error.get("data")

    def __str__(self) -> str:
        return f"the node refused {self._method}: {self.message} (code {self.code})"


class Rpc:
    """One kept-open HTTP connection to a node.

    Every request raises NodeError when the node is gone, silent for `timeout_s` or no JSON-RPC server.
    """

    def __init__(self, url: str, timeout_s: float = REQUEST_TIMEOUT_S) -> None:
        parts = urlsplit(check_url(url))
        self.shown = redact(url)
        self._timeout_s = timeout_s
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._headers = {"Content-Type": "application/json"}
        if parts.username is not None:
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
            self._headers["Authorization"] = f"Basic {base64.b64encode(login).decode()}"
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=timeout_s)

    def __repr__(self) -> str:
        return f"Rpc({self.shown})"

    def request(self, method: str, *params: object) -> object:
        """Return one result; raises RpcError when the node refuses."""
        return self.batch([(method, params)])[0]

    def batch(self, calls: Sequence[tuple[str, Sequence]]) -> list:
        """Return the results of several requests, sent in chunks that keep their order; raises RpcError."""
        results = []
        for (method, _), answer in zip(calls, self.answers(calls), strict=True):
            if "error" in answer:
                raise RpcError(method, answer["error"])
            results.append(answer["result"])
        return results

    def answers(self, calls: Sequence[tuple[str, Sequence]]) -> Iterator[dict]:
        """Yield the raw answers of several requests in order, refusals included."""
        for first in range(0, len(calls), BATCH_SIZE):
            chunk = calls[first : first + BATCH_SIZE]
            body = [
                {"jsonrpc": "2.0", "id": at, "method": method, "params": params}
                for at, (method, params) in enumerate(chunk)
            ]
            answered = self._post(body, chunk[0][0])
            try:
                by_id = {one["id"]: one for one in answered}
                ordered = [by_id[at] for at in range(len(chunk))]
            except (TypeError, KeyError):
                raise NodeError(f"{self.shown} left requests of a {chunk[0][0]} batch unanswered") from None
            yield from ordered

    def _post(self, body: list[dict], what: str) -> object:
        connection = self._connection
        try:
            if connection.sock is None:
                connection.connect()
                connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.request("POST", self._target, json.dumps(body), self._headers)
            response = connection.getresponse()
            text = response.read()
        except TimeoutError:
            connection.close()
            raise NodeError(f"{self.shown} did not answer {what} within {self._timeout_s:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise NodeError(f"{self.shown} is gone: {what} failed with {type(error).__name__}") from None
        try:
            return json.loads(text)
        except ValueError:
            raise NotANode(f"{self.shown} answered {what} with HTTP {response.status}, not JSON-RPC") from None

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def find_anvil(root: Path | None = None) -> Path:
    """Return the pinned Anvil: of the project's npm packages, or the link to it in the environment.

    Any other Anvil, on the PATH or elsewhere, is never taken.

    Raises
    ------
    BadChain : it is not installed.
    """
    machine = _ARCHITECTURES.get(platform.machine().lower(), platform.machine().lower())
    package = f"anvil-{sys.platform}-{machine}"
    pinned = (root or project_root()) / "node_modules" / "@foundry-rs" / package / "bin" / "anvil"
    if os.access(pinned, os.X_OK):
        return pinned
    linked = Path(sys.prefix) / "bin" / "anvil"
    if os.access(linked, os.X_OK) and "@foundry-rs" in linked.resolve().parts:
        return linked
    raise BadChain(f"the pinned Anvil (npm package @foundry-rs/{package}) is not installed: run `make setup`")


def _die_with_parent() -> None:
    """Ask Linux, between fork and exec, to kill the node when the thread that starts it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _end(process: subprocess.Popen, owner: int) -> None:
    """End the node, unless this is a forked copy of the process that owns it."""
    if os.getpid() == owner and process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class AnvilNode:
    """A running Anvil that belongs to this process.

    Attributes
    ----------
    url : its address. process_id : its process. forks : whether it forks another node.
    """

    def __init__(
        self, fork_url: str | None = None, fork_block: int | None = None, binary: Path | None = None
    ) -> None:
        self.forks = fork_url is not None
        command = [str(binary or find_anvil()), *_options(fork_url, fork_block)]
        # A file, not a pipe: nobody drains it, and a full pipe would stop the node.
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the node
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                preexec_fn=_die_with_parent,
                process_group=0,  # an interrupt at the keyboard ends us, and we end the node
            )
        except OSError as error:
            raise BadChain(f"Anvil cannot be started: {error.strerror}") from None
        self._finalizer = weakref.finalize(self, _end, self._process, os.getpid())
        self.process_id = self._process.pid
        self.url = f"http://127.0.0.1:{self._await_port()}"

    def __repr__(self) -> str:
        return f"AnvilNode({self.url}, process {self.process_id})"

    def _await_port(self) -> int:
        limit = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < limit:
            ended = self._process.poll() is not None
            for line in self._lines():
                if line.startswith("Listening on 127.0.0.1:"):
                    return int(line.rpartition(":")[2])
            if ended:
                raise NodeError(f"Anvil did not start: {self._complaint()}")
            time.sleep(0.002)
        self.close()
        raise NodeError(f"Anvil did not start within {START_TIMEOUT_S:g} s")

    def _lines(self) -> Iterable[str]:
        # Read by position: the descriptor's own offset is shared with the node, which writes there.
        descriptor = self._output.fileno()
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode("utf-8", "replace").splitlines()

    def _complaint(self) -> str:
        text = " ".join(" ".join(self._lines()).split()) or f"exit code {self._process.returncode}"
        return hide_urls(text)[-400:]

    def explain_end(self) -> str | None:
        """Return how the node ended, or None while it runs."""
        code = self._process.poll()
        return None if code is None else f"Anvil (process {self.process_id}) ended with exit code {code}"

    def close(self) -> None:
        """End the node; safe to repeat."""
        self._finalizer()
        self._output.close()


def _options(fork_url: str | None, fork_block: int | None) -> list[str]:
    options = ["--host", "127.0.0.1", "--port", "0", "--hardfork", "cancun", "--chain-id", str(CHAIN_ID)]
    options += ["--base-fee", "0", "--gas-price", "0", "--gas-limit", str(BLOCK_GAS_LIMIT)]
    options += ["--no-mining", "--order", "fifo", "--prune-history", "--auto-impersonate"]
    options += ["--no-request-size-limit", "--transaction-block-keeper", str(_BLOCKS_KEPT)]
    options += ["--accounts", "10", "--mnemonic", MNEMONIC]
    if fork_url is None:
        return [*options, "--timestamp", str(GENESIS_TIMESTAMP_S)]
    options += ["--fork-url", check_url(fork_url), "--no-storage-caching", "--retries", "1"]
    return [*options, *(["--fork-block-number", str(fork_block)] if fork_block is not None else [])]
