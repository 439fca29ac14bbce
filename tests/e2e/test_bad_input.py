"""Whatever a person can get wrong ends in one line, the right exit code, and nothing left behind."""

import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.commands import assert_refused, assert_untouched, tailspin

SERIES_HEAD = "timestamp_utc,price_usd\n"
BAD_SCENARIOS = {
    "malformed YAML": ("name: [unclosed\n", ("bad.yaml",)),
    "not a mapping": ("- 1\n- 2\n", ()),
    "an unknown key": ("name: x\nassets: {}\nasets: {}\n", ("asets", "assets")),
    "a wrong unit": (
        "name: x\nassets: {WETH: {decimals: 18, price: {kind: constant, price_usd: 2000 USD}}}\n",
        ("assets.WETH.price.price_usd",),
    ),
    "a negative value": (
        "name: x\nassets: {WETH: {decimals: 18, price: {kind: constant, price_usd: -1}}}\n",
        ("assets.WETH.price.price_usd", "-1"),
    ),
    "an absurd value": (
        "name: x\nassets: {WETH: {decimals: 77, price: {kind: constant, price_usd: 1}}}\n",
        ("assets.WETH.decimals", "77", "18"),
    ),
    "an unknown asset": (
        "name: x\nassets: {WETH: {decimals: 18, price: {kind: constant, price_usd: 1}}}\n"
        "feeds: {WBTC: {kind: push}}\n",
        ("feeds.WBTC",),
    ),
}


@pytest.mark.parametrize("case", BAD_SCENARIOS)
@pytest.mark.parametrize("verb", ["run", "deploy"])
def test_a_bad_scenario_is_one_line(case: str, verb: str, folder: Path) -> None:
    text, fragments = BAD_SCENARIOS[case]
    (folder / "bad.yaml").write_text(text)
    assert_refused(tailspin(verb, "bad.yaml"), *fragments)
    assert_untouched(folder, "bad.yaml")


BAD_SERIES = {
    "no such column": ("time,price\n2024-01-01T00:00:00Z,1\n", "timestamp_utc"),
    "not a number": (SERIES_HEAD + "2024-01-01T00:00:00Z,1\n2024-01-01T01:00:00Z,NaN\n", "nan"),
    "unsorted": (SERIES_HEAD + "2024-01-01T01:00:00Z,1\n2024-01-01T00:00:00Z,1\n", "before"),
    "duplicated": (SERIES_HEAD + "2024-01-01T01:00:00Z,1\n2024-01-01T01:00:00Z,1\n", "duplicates"),
    "a gap": (
        SERIES_HEAD + "".join(f"2024-01-01T{hour:02}:00:00Z,1\n" for hour in (0, 1, 2, 3, 9)),
        "gap",
    ),
    "negative": (SERIES_HEAD + "2024-01-01T00:00:00Z,1\n2024-01-01T01:00:00Z,-5\n", "-5"),
}


@pytest.mark.parametrize("case", BAD_SERIES)
def test_a_bad_series_is_one_line(case: str, folder: Path) -> None:
    text, fragment = BAD_SERIES[case]
    (folder / "bad.csv").write_text(text)
    result = tailspin("run", "calm", "--prices", "WETH=bad.csv")
    assert_refused(result, "bad.csv")
    assert fragment in result.stderr.lower()
    assert_untouched(folder, "bad.csv")


@pytest.mark.parametrize(
    ("args", "fragments"),
    [
        (("run", "flash-crsh"), ("flash-crsh", "flash-crash")),
        (("run", "missing.yaml"), ("missing.yaml",)),
        (("run", "calm", "--set", "lending.main.bonus"), ("lending.main.bonus", "path=value")),
        (("run", "calm", "--set", "lendin.main.flash_fee_bps=1"), ("lendin", "lending")),
        (("run", "calm", "--set", "lending.main.flash_fee_bps=-1"), ("flash_fee_bps", "-1")),
        (("run", "calm", "--prices", "DOGE=x.csv"), ("DOGE",)),
        (("run", "calm", "--prices", "WETH"), ("WETH", "ASSET=file.csv")),
        (("run", "calm", "--prices", "WETH=missing.csv"), ("missing.csv",)),
        (("run", "calm", "--blocks", "0"), ("--blocks",)),
        (("run", "calm", "--seed", "-3"), ("--seed",)),
        (("run", "calm", "--chain", "geth"), ("--chain", "geth", "revm")),
        (("run", "calm", "--fork-url", "http://127.0.0.1:1"), ("fork-url", "anvil")),
        (("run", "calm", "--chain", "anvil", "--fork-url", "not a url"), ("address",)),
        (("run", "calm", "--sed", "3"), ("--sed", "--seed")),
        (("run",), ("SCENARIO",)),
        (("rnu", "calm"), ("rnu", "run")),
        (("deploy", "calm", "--rpc", "ftp://nowhere"), ("http",)),
        (("deploy", "calm", "--rpc", "http://127.0.0.1:1", "--keep-node"), ("--keep-node",)),
    ],
)
def test_a_bad_argument_is_one_line(args: tuple[str, ...], fragments: tuple[str, ...], folder: Path) -> None:
    assert_refused(tailspin(*args), *fragments)
    assert_untouched(folder)


def test_a_fork_of_a_dead_node_is_an_infrastructure_failure(folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://user:secret@127.0.0.1:{free.getsockname()[1]}"
    result = tailspin("run", "calm", "--chain", "anvil", "--fork-url", url)
    assert_refused(result, code=3)
    assert "secret" not in result.stderr
    assert_untouched(folder)


@pytest.fixture
def web_server() -> Iterator[str]:
    """A port in use by something that is no node."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    server.RequestHandlerClass.log_message = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://user:secret@127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_port_in_use_by_something_else_is_one_line(web_server: str, folder: Path) -> None:
    result = tailspin("deploy", "calm", "--rpc", web_server, "--manifest", "m.json")
    assert_refused(result, "127.0.0.1")
    assert "secret" not in result.stderr
    assert_untouched(folder)


def test_a_place_that_cannot_be_written_is_refused_before_the_run(folder: Path) -> None:
    (folder / "file").write_text("")
    assert_refused(tailspin("run", "calm", "--out", "file/run"), "file")
    assert_refused(tailspin("deploy", "calm", "--manifest", "file/m.json"), "file")
    assert_untouched(folder, "file")
