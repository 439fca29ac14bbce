"""Fixtures shared by all tests: chains, artifacts, deployment, conformance vectors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from sim.chain.accounts import ACCOUNTS
from sim.chain.anvil import AnvilChain
from sim.chain.artifacts import Artifacts, load_artifacts
from sim.chain.base import Chain
from sim.chain.revm import RevmChain
from tests.conformance.vector_files import vectors_folder
from tests.deployed import Deployed, as_address

ROOT = Path(__file__).resolve().parents[1]

# No deadline: the machine's load is not the code's fault. `dev` and `ci` draw the same examples every time, `ci`
# more of them; `explore` draws new ones.
_SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile("dev", deadline=None, max_examples=50, derandomize=True, suppress_health_check=_SLOW)
settings.register_profile("explore", deadline=None, max_examples=200, suppress_health_check=_SLOW)
settings.register_profile(
    "ci", deadline=None, max_examples=200, derandomize=True, print_blob=True, suppress_health_check=_SLOW
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.fixture(scope="session")
def artifacts() -> Artifacts:
    """Compiled contracts by name, compiled first if a source changed."""
    return load_artifacts(ROOT)


@pytest.fixture
def revm() -> Iterator[RevmChain]:
    """A fresh in-process chain."""
    with RevmChain() as chain:
        yield chain


@pytest.fixture(scope="session")
def anvil_session() -> Iterator[AnvilChain]:
    """One Anvil for the whole session; tests use `anvil`."""
    with AnvilChain.start() as chain:
        yield chain


@pytest.fixture
def anvil(anvil_session: AnvilChain) -> Iterator[AnvilChain]:
    """The session's Anvil chain, whose state and time come back after the test."""
    before = anvil_session.snapshot()
    yield anvil_session
    anvil_session.record = None
    anvil_session.revert(before)


@pytest.fixture
def deploy(artifacts: Artifacts) -> Callable[..., Deployed]:
    """Deploy from account 0, which only deploys: `deploy(chain, name, *constructor_arguments)`."""

    def run(chain: Chain, name: str, *args: object) -> Deployed:
        init_code = artifacts[name].encode_constructor(*[as_address(one) for one in args])
        return Deployed(chain, artifacts, name, chain.deploy(ACCOUNTS.address(0), init_code))

    return run


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Folder of the conformance vectors: TAILSPIN_VECTORS, or `../shared/vectors` beside the project."""
    folder = vectors_folder()
    if not folder.is_dir():
        pytest.skip(f"conformance vectors are absent: {folder} (set TAILSPIN_VECTORS)")
    return folder
