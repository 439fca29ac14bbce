"""Verdicts of replays: they follow the outcome, not the digest."""

import json

import pytest

from sim.chain.anvil import AnvilChain
from sim.errors import BadInput
from sim.search.corpus import Corpus
from sim.search.finding import sealed
from sim.search.replay import replay
from tests.sim.search.test_corpus import finding  # noqa: F401 - a fixture
from tests.sim.search.worlds import THRESHOLD


@pytest.fixture
def path(finding, tmp_path):  # noqa: F811
    return Corpus(tmp_path).add(finding)


def edited(path, change):
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(sealed(document)))
    return path


def test_a_finding_still_fails_with_its_digest(path, finding):  # noqa: F811
    (result,) = replay(path)
    assert (result.verdict, result.outcome, result.digest) == ("still_fails", "bad_debt", finding.digest)
    assert result.as_expected and result.same_digest


def test_a_finding_has_the_same_digest_on_a_node(path, finding):  # noqa: F811
    assert AnvilChain.name == "anvil"
    (result,) = replay([path], "anvil")
    assert (result.verdict, result.digest) == ("still_fails", finding.digest)


def test_a_design_that_was_put_right_is_fixed(path):
    def put_right(document):
        market = document["scenario"]["lending"]["market"]["reserves"]["WETH"]
        market.update(liquidation_bonus_bps=0)
        document["scenario"]["population"]["borrowers"].update(health_min=2.0, health_median=3.0)

    (result,) = replay(edited(path, put_right))
    assert (result.verdict, result.as_expected) == ("fixed", False)


def test_a_digest_that_changed_does_not_change_the_verdict(path):
    (result,) = replay(edited(path, lambda document: document.update(digest="0" * 64)))
    assert (result.verdict, result.same_digest) == ("still_fails", False)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["minimal"]["design"].update({"lending.gone.flash_fee_bps": 1}),
        lambda d: d["minimal"]["design"].update({THRESHOLD: 20_000}),
        lambda d: d["scenario"].update(no_longer=1),
        lambda d: d["history"].insert(0, {"action": "wait", "blocks": 24}),
        lambda d: d["history"].insert(0, {"action": "stop_feed", "asset": "GONE", "blocks": 1}),
    ],
)
def test_what_no_longer_exists_does_not_apply(path, change):
    (result,) = replay(edited(path, change))
    assert result.verdict == "not_applicable"
    assert result.reason


def test_an_expected_verdict_can_be_another(path):
    (result,) = replay(edited(path, lambda document: document.update(expects="fixed")))
    assert not result.as_expected


def test_nothing_is_replayed_if_a_file_is_damaged(path):
    damaged = path.with_name("damaged.json")
    damaged.write_text("{}")
    with pytest.raises(BadInput, match="damaged.json"):
        replay([path, damaged])
    with pytest.raises(BadInput, match="chain is 'hardhat', one of revm, anvil expected"):
        replay(path, "hardhat")
