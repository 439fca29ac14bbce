"""What exports are made of: all that was sent, sent again, and what the chain says of the loss."""

from dataclasses import replace
from pathlib import Path

import pytest

from sim.errors import BadInput
from sim.search.dossier import Dossier, open_dossier
from sim.search.loss import read_loss
from sim.search.transcript import Created, Sent
from tests.findings import CASES, small_finding
from tests.sim.search.worlds import THRESHOLD


@pytest.fixture(scope="module", params=[*CASES, "adl"])
def dossier(request: pytest.FixtureRequest) -> Dossier:
    return open_dossier(small_finding(request.param), Path("finding.json"))


def test_every_transaction_of_the_trace_is_in_the_transcript_in_order(dossier: Dossier) -> None:
    transcript = dossier.fails.transcript
    sent = [item for frame in transcript.history for item in frame.items]
    assert [item.record for item in sent] == transcript.played.trace.transactions
    for item in sent:
        assert transcript.role_of[item.sender] == item.record.sender
        assert transcript.role_of[item.target] == item.record.target
        assert (item.call.name, item.ok) == (item.record.function, item.record.ok)


def test_every_contract_with_code_of_the_deployer_is_in_the_transcript(dossier: Dossier) -> None:
    transcript = dossier.fails.transcript
    created = [item for frame in transcript.opening for item in frame.items if isinstance(item, Created)]
    assert {item.address: item.contract for item in created} == transcript.contracts
    assert {item.role: item.address for item in created}.items() <= transcript.roles.items()


def test_sent_again_the_books_are_those_of_the_trace(dossier: Dossier) -> None:
    transcript = dossier.fails.transcript
    last = transcript.played.trace.blocks[-1]
    read = {one.label: one.value for one in dossier.fails.readings if one.frame == len(transcript.frames) - 1}
    for market, reserves in last.reserves.items():
        assert read[f"{market}: deficit of USDC"] == reserves["USDC"].deficit
        assert read[f"{market}: cash of USDC"] == reserves["USDC"].cash
    for market, instruments in last.perps.items():
        assert read[f"{market}: badDebtQuote of WETH"] == instruments["WETH"].bad_debt_quote
        assert read[f"{market}: longWad of WETH"] == instruments["WETH"].long_wad
    assert read["fund: totalAssets"] == last.funds["fund"]
    for role in ("keeper", "arbitrageur", "fund", *last.reserves, *last.perps):
        assert read.get(f"USDC: balanceOf of {role}", 0) == last.balances[role]["USDC"]


def test_positions_that_were_deleveraged_are_read_before_and_after() -> None:
    dossier = open_dossier(small_finding("adl"), Path("finding.json"))
    transcript = dossier.fails.transcript
    said = [one for frame in transcript.history for item in frame.items for _, one in item.events]
    deleveraged = [
        dict(zip([i["name"] for i in one.entry["inputs"]], one.args, strict=True))
        for one in said
        if one.name == "Deleveraged"
    ]
    assert deleveraged
    for event in deleveraged:
        key = (event["owner"], event["slot"], event["instrument"])
        sizes = [one.value for one in dossier.fails.readings if one.call.args == key and one.field == "sizeWad"]
        assert len(sizes) == 2
        assert abs(sizes[1]) < abs(sizes[0])


def test_the_twin_has_the_history_and_not_the_outcome(dossier: Dossier) -> None:
    kind = dossier.finding.outcome.kind
    assert dossier.holds is not None
    assert dossier.holds.transcript.played.history == dossier.fails.transcript.played.history
    assert dossier.holds.transcript.played.outcome(kind) is None
    assert dossier.undone
    for path, (fails, holds) in dossier.undone.items():
        assert dossier.finding.minimal.design[path] == fails != holds


def test_the_twin_is_the_tipping_one_where_that_holds() -> None:
    dossier = open_dossier(small_finding("bad_debt"), Path("finding.json"))
    assert dossier.undone == {THRESHOLD: (9_400, 8_500)}


def test_a_transcript_that_ends_otherwise_is_refused() -> None:
    transcript = open_dossier(small_finding("bad_debt"), Path("finding.json")).fails.transcript
    at = next(i for i, frame in enumerate(transcript.frames) if frame.block is not None and frame.items)
    frame = transcript.frames[at]
    first = frame.items[0]
    assert isinstance(first, Sent)
    altered = replace(frame, items=(replace(first, ok=not first.ok), *frame.items[1:]))
    frames = (*transcript.frames[:at], altered, *transcript.frames[at + 1 :])
    with pytest.raises(BadInput, match=first.call.name):
        read_loss(replace(transcript, frames=frames), "bad_debt")


@pytest.mark.parametrize("field", ["digest", "details", "design"])
def test_a_finding_that_is_another_here_is_refused(field: str) -> None:
    finding = small_finding("bad_debt")
    if field == "digest":
        altered = finding.model_copy(update={"digest": "0" * 64})
    elif field == "details":
        details = {**finding.outcome.details, "bad_debt_usd": finding.outcome.details["bad_debt_usd"] + 1e-8}
        altered = finding.model_copy(update={"outcome": finding.outcome.model_copy(update={"details": details})})
    else:
        minimal = finding.minimal.model_copy(update={"design": {THRESHOLD: 8_100}})
        altered = finding.model_copy(update={"minimal": minimal})
    with pytest.raises(BadInput, match="finding.json: not exported"):
        open_dossier(altered, Path("finding.json"))
