"""Thousands of calls of one function in a few messages: how contracts are held against their mirrors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from random import Random

from sim.chain.accounts import ACCOUNTS
from sim.chain.artifacts import load_artifacts
from sim.chain.revm import RevmChain
from tests.deployed import Deployed

INPUTS = 10_000
PER_CALL = 500
WORD = 32

Row = Sequence[int]


@cache
def _site() -> tuple[RevmChain, Deployed]:
    chain, artifacts = RevmChain(), load_artifacts()
    address = chain.deploy(ACCOUNTS.address(0), artifacts["ExposedBatch"].encode_constructor())
    return chain, Deployed(chain, artifacts, "ExposedBatch", address)


@cache
def exposed(name: str) -> Deployed:
    """Return a contract without constructor arguments, on the chain that batches run on."""
    chain, batch = _site()
    init_code = batch.artifacts[name].encode_constructor()
    return Deployed(chain, batch.artifacts, name, chain.deploy(ACCOUNTS.address(0), init_code))


def asked(target: Deployed, function: str, rows: Sequence[Row]) -> Iterator[tuple[int, ...]]:
    """Yield the words that `function` returns for each row of argument words; all of static types."""
    batch, selector = _site()[1], target.type.function(function).selector
    for at in range(0, len(rows), PER_CALL):
        page = rows[at : at + PER_CALL]
        data = b"".join(word.to_bytes(WORD) for row in page for word in row)
        results = batch.read("ask", target.address, selector, len(page[0]) * WORD, data)
        words = [int.from_bytes(results[i : i + WORD]) for i in range(0, len(results), WORD)]
        width = len(words) // len(page)
        yield from (tuple(words[i : i + width]) for i in range(0, len(words), width))


def wide(random: Random, bits: int) -> int:
    """Draw a number whose size, and not its value, is uniform: as many small ones as large ones."""
    return random.getrandbits(random.randint(0, bits))


def assert_equal_mirror(
    target: Deployed, function: str, draw: Callable[[Random], Row], mirror: Callable[..., int | tuple[int, ...]]
) -> None:
    """Hold `function` against `mirror(*row)` on 10,000 rows that `draw` makes."""
    random = Random(function)
    rows = [draw(random) for _ in range(INPUTS)]
    for row, found in zip(rows, asked(target, function, rows), strict=True):
        expected = mirror(*row)
        assert found == (expected if isinstance(expected, tuple) else (expected,)), row
