"""A verification compares everything that a finding records, and says what differs."""

import json
import os
import signal

import pytest

from sim.chain.anvil import AnvilChain
from sim.chain.base import NodeError
from sim.search import replay as replay_module
from sim.search.corpus import Corpus
from sim.search.finding import TippingRecord, load_finding, sealed
from sim.search.replay import replay_finding
from sim.search.verify import verify_finding
from tests.e2e.commands import assert_refused, documents, tailspin
from tests.sim.search.test_corpus import finding  # noqa: F401 - a fixture
from tests.sim.search.worlds import DELAY, THRESHOLD, small_stage


@pytest.fixture
def path(finding, tmp_path):  # noqa: F811
    tipping = (TippingRecord(path=THRESHOLD, holds=8_000, fails=9_400),)
    return Corpus(tmp_path).add(finding.model_copy(update={"tipping": tipping}))


def rewritten(path, change):
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(sealed(document)))


@pytest.mark.parametrize("chain", ["revm", "anvil"])
def test_everything_agrees_on_either_chain(path, chain):
    (verified,) = documents(tailspin("verify", str(path), "--chain", chain, "--json"))["verifications"]
    assert verified["agrees"] and verified["chain"] == chain
    assert all(check["agrees"] for check in verified["checks"])
    names = [check["name"] for check in verified["checks"]]
    assert {"verdict", "digest", "blocks", "transactions", "scenario_id", "bad_debt.bad_debt_usd"} <= set(names)
    assert f"{THRESHOLD}=8000" in names
    assert tailspin("verify", str(path), "--chain", chain).exit_code == 0


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda d: d.update(digest="0" * 64), "digest"),
        (lambda d: d.update(blocks=99), "blocks"),
        (lambda d: d.update(scenario_id="0" * 16), "scenario_id"),
        (lambda d: d["outcome"]["details"].update(bad_debt_usd=1.0), "bad_debt.bad_debt_usd"),
        (lambda d: d["actions"][3].update(sender="nobody"), "identical transactions"),
        (lambda d: d["actions"].pop(), "transactions"),
        (lambda d: d.update(expects="fixed"), "verdict"),
        (lambda d: d["tipping"][0].update(holds=9_300), f"{THRESHOLD}=9300"),
        (lambda d: d["scenario"].update(no_longer=1), "applies"),
    ],
)
def test_what_differs_is_named_and_ends_with_1(path, change, name):
    rewritten(path, change)
    result = tailspin("verify", str(path), "--json")
    assert result.exit_code == 1
    (verified,) = documents(result)["verifications"]
    differs = [check["name"] for check in verified["checks"] if check["binding"] and not check["agrees"]]
    assert name in differs
    assert f"{name}\t" in tailspin("verify", str(path)).stdout


def test_other_versions_and_contracts_may_differ(path):
    rewritten(path, lambda d: (d["versions"].update(numpy="0"), d.update(artifacts_digest="0")))
    result = tailspin("verify", str(path))
    assert result.exit_code == 0
    assert "differs, and may" in result.stdout


def test_what_is_no_finding_is_bad_input(path):
    path.write_text("{}")
    assert_refused(tailspin("verify", str(path)), path.name)
    assert_refused(tailspin("verify", "gone.json"), "gone.json")


@pytest.fixture
def dying(monkeypatch):
    """The next `dying[0]` nodes are dead before they are used."""
    left, start = [1], replay_module._chain

    def chain(name, fork_url):
        opened = start(name, fork_url)
        if left[0] > 0 and isinstance(opened, AnvilChain):
            left[0] -= 1
            os.kill(opened._node.process_id, signal.SIGKILL)
        return opened

    monkeypatch.setattr(replay_module, "_chain", chain)
    return left


def test_a_node_that_dies_is_followed_by_another_and_reported_apart(path, dying):
    stored = load_finding(path)
    result = replay_finding(stored, path, small_stage().artifacts, "anvil")
    assert (result.verdict, result.digest) == ("still_fails", stored.digest)
    assert len(result.infrastructure) == 1
    dying[0] = 1
    told = tailspin("replay", str(path), "--chain", "anvil")
    assert told.exit_code == 0
    assert told.stderr.startswith("tailspin: ")


def test_nodes_that_keep_dying_are_an_infrastructure_failure_and_no_verdict(path, dying, tmp_path):
    dying[0] = 10
    with pytest.raises(NodeError):
        verify_finding(load_finding(path), path, small_stage().artifacts, "anvil")
    junit = tmp_path / "junit.xml"
    assert_refused(tailspin("replay", str(path), "--chain", "anvil", "--junit", str(junit)), code=3)
    assert '<error message="' in junit.read_text() and "<failure" not in junit.read_text()
    assert DELAY in load_finding(path).minimal.design
