"""Opens the chain that a verb was asked for."""

from collections.abc import Callable

from sim.chain.anvil import AnvilChain
from sim.chain.base import Chain
from sim.chain.revm import RevmChain
from sim.errors import BadInput

CHAINS = ("revm", "anvil")


def chain_opener(name: str = "revm", fork_url: str | None = None, rpc: str | None = None) -> Callable[[], Chain]:
    """Return a function that opens a fresh chain; the caller closes what it opens.

    Parameters
    ----------
    name
        `revm` (in this process) or `anvil` (a node of its own).
    fork_url
        RPC address whose state to fork; only for `anvil`.
    rpc
        Address of a running development node to use instead.

    Raises
    ------
    BadInput : an unknown chain, or a fork in process.
    """
    if rpc is not None:
        return lambda: AnvilChain.attach(rpc)
    if name not in CHAINS:
        raise BadInput(f"chain: got {name!r}, allowed is one of {', '.join(CHAINS)}")
    if name == "revm":
        if fork_url is not None:
            raise BadInput("fork-url: given with chain revm, allowed with chain anvil only")
        return RevmChain
    return lambda: AnvilChain.start(fork_url=fork_url)
