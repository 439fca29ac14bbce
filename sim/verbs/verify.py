"""`tailspin verify`: stored findings run again, and everything recorded in them compared."""

from pathlib import Path

from sim.chain.artifacts import load_artifacts
from sim.search.corpus import finding_files
from sim.search.finding import load_finding
from sim.search.verify import Verification, verify_finding
from sim.verbs.chains import chain_opener


def verify(*findings: str | Path, chain: str = "revm", fork_url: str | None = None) -> list[Verification]:
    """Verify findings in the order given.

    Parameters
    ----------
    findings
        Files of findings, or folders of them.
    chain, fork_url
        `revm` or `anvil`; the RPC address whose state `anvil` forks.

    Raises
    ------
    BadInput : a path holds no finding, or there is no such chain; nothing has been run then.
    NodeError : the node failed, and another one after it.
    """
    chain_opener(chain, fork_url)  # refuses what does not go together before anything is run
    loaded = [(path, load_finding(path)) for path in finding_files(findings)]
    artifacts = load_artifacts()
    return [verify_finding(finding, path, artifacts, chain, fork_url) for path, finding in loaded]
