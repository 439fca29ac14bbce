"""`tailspin replay`: stored findings, each with a verdict on its outcome."""

from pathlib import Path

from sim.search.replay import ReplayResult
from sim.search.replay import replay as replay_files
from sim.verbs.chains import chain_opener


def replay(*findings: str | Path, chain: str = "revm", fork_url: str | None = None) -> list[ReplayResult]:
    """Replay findings in the order given.

    Parameters
    ----------
    findings
        Files of findings, or folders of them.
    chain, fork_url
        `revm` or `anvil`; the RPC address whose state `anvil` forks.

    Raises
    ------
    BadInput : a path holds no finding, or there is no such chain; nothing has been replayed then.
    NodeError : the node failed, which is no verdict.
    """
    chain_opener(chain, fork_url)  # refuses what does not go together before anything is replayed
    return replay_files(findings, chain, fork_url)
