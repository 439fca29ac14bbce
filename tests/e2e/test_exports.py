"""Findings as projects of Foundry and Ape: verified, self-contained, the same loss as the replay, to the unit."""

import json
import re
import subprocess
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

import sim
from sim.export import foundry
from sim.export.ape import ape_files
from sim.export.foundry_project import foundry_files
from sim.search.dossier import Dossier, open_dossier
from tests.e2e.commands import assert_refused, assert_untouched, documents, tailspin
from tests.findings import small_finding, stored_finding

OURS = Path(sim.__file__).parents[1] / "contracts"


def dossier_of(kind: str) -> Dossier:
    return open_dossier(small_finding(kind), Path("finding.json"))


def asserted_by_foundry(files: dict[str, str]) -> dict[str, set[int]]:
    """Numbers that the tests of a Foundry project assert, by what they are."""
    found: dict[str, set[int]] = {}
    for name, text in files.items():
        if name.startswith("test/"):
            for value, label in re.findall(r"_is\([^;]*?,\s+([^,;]*?),\s*\"([^\"]*)\"\s*\);", text):
                number = 2**256 - 1 if value.startswith("type") else int(Decimal(value))
                found.setdefault(label, set()).add(number)
    return found


def asserted_by_ape(files: dict[str, str]) -> dict[str, set[int]]:
    """The same of an Ape project."""
    found: dict[str, set[int]] = {}
    for name, text in files.items():
        if name.startswith("history/"):
            for block in json.loads(text)["blocks"]:
                for one in block.get("then", ()):
                    found.setdefault(one["what"], set()).add(one["is"])
    return found


@pytest.mark.parametrize("kind", ["bad_debt", "fund_depleted", "cascade"])
def test_both_assert_what_the_chain_says_and_nothing_else(kind: str) -> None:
    dossier = dossier_of(kind)
    expected: dict[str, set[int]] = {}
    for case in (dossier.fails, dossier.holds):
        for one in case.readings:
            expected.setdefault(one.label, set()).add(one.value)
    assert asserted_by_foundry(foundry_files(dossier, "small")) == expected
    assert asserted_by_ape(ape_files(dossier, "small")) == expected


@pytest.mark.parametrize("kind", ["bad_debt", "fund_depleted"])
def test_every_transaction_is_in_both_once(kind: str) -> None:
    dossier = dossier_of(kind)
    sent = [item for frame in dossier.fails.transcript.history for item in frame.items]
    blocks = json.loads(ape_files(dossier, "small")["history/fails.json"])["blocks"]
    told = [one["note"] for block in blocks if "block" in block for one in block.get("sends", ())]
    assert len(told) == len(sent)
    history = "".join(
        text
        for name, text in foundry_files(dossier, "small").items()
        if re.fullmatch(r"test/History\d*\.sol", name)
    )
    comments = re.findall(r"^ +// (.*)$", re.sub(r"\n +//   ", " ", history), re.MULTILINE)
    assert comments == told
    assert history.count("vm.prank(") == len(sent)
    assert history.count("vm.expectRevert(") == sum(not item.ok for item in sent)


def test_a_project_holds_none_but_our_contracts() -> None:
    dossier = dossier_of("bad_debt")
    for files in (foundry_files(dossier, "small"), ape_files(dossier, "small")):
        copied = {name: text for name, text in files.items() if name.startswith("contracts/")}
        assert copied
        for name, text in copied.items():
            assert (OURS.parent / name).read_text() == text
        assert json.loads(files["package.json"])["dependencies"].keys() == {"@openzeppelin/contracts", "solady"}
        assert not [name for name in files if "exposed" in name or "hostile" in name]


def test_foundry_project_is_verified_and_passes_where_it_lies(folder: Path) -> None:
    stored = stored_finding("bad_debt", folder)
    done = documents(tailspin("export", str(stored), "--format", "foundry", "--out", "audit", "--json"))
    assert done["verified"] is True
    assert_untouched(folder, stored.name, "audit")
    files = {str(path) for path in Path("audit").rglob("*") if path.is_file()}
    assert sorted(done["files"]) == sorted(files)
    assert {"audit/foundry.toml", "audit/test/SmallBadDebt.t.sol", "audit/README.md"} <= files
    assert_refused(tailspin("export", str(stored), "--format", "foundry", "--out", "audit"), "audit/", "--force")
    assert sorted(files) == sorted(str(path) for path in Path("audit").rglob("*") if path.is_file())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["bad_debt", "fund_depleted", "cascade", "adl"])
def test_three_formats_reach_the_same_loss(kind: str, folder: Path) -> None:
    stored = stored_finding(kind, folder)
    texts = {}
    for name in ("pytest", "foundry", "ape"):
        done = sim.export(stored, folder / name, format=name)
        assert done.verified
        texts[name] = {file.relative_to(folder / name).as_posix(): file.read_text() for file in done.files}
    forge = subprocess.run(
        [foundry.find_forge(), "test", "--json"], cwd=folder / "foundry", capture_output=True, text=True
    )
    results = [one for suite in json.loads(forge.stdout).values() for one in suite["test_results"].values()]
    assert [one["status"] for one in results] == ["Success", "Success"]
    assert asserted_by_foundry(texts["foundry"]) == asserted_by_ape(texts["ape"])
    (replay,) = sim.replay(folder / "pytest" / f"small_{kind}.json")
    assert replay.same_digest


@pytest.mark.slow
@pytest.mark.parametrize("name", ["foundry", "ape"])
def test_a_loss_that_differs_by_one_unit_is_named_and_nothing_is_written(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = stored_finding("bad_debt", folder)
    dossier = dossier_of("bad_debt")
    at = max(i for i, one in enumerate(dossier.fails.readings) if one.label == "market: cash of USDC")
    readings = list(dossier.fails.readings)
    readings[at] = replace(readings[at], value=readings[at].value + 1)
    wrong = replace(dossier, fails=replace(dossier.fails, readings=tuple(readings)))
    monkeypatch.setattr(f"sim.export.{name}.open_dossier", lambda *_: wrong)
    result = tailspin("export", str(stored), "--format", name, "--out", "audit")
    assert_refused(result, stored.name, "market: cash of USDC", str(readings[at].value))
    assert_untouched(folder, stored.name)


@pytest.mark.parametrize("name", ["foundry", "ape"])
def test_what_cannot_be_exported_is_one_line(name: str, folder: Path) -> None:
    stored = stored_finding("bad_debt", folder)
    document = json.loads(stored.read_text())
    (folder / "altered.json").write_text(json.dumps({**document, "digest": "0" * 64}))
    (folder / "file").write_text("in the way")
    (folder / "taken").mkdir()
    (folder / "taken" / "package.json").write_text("{}")
    (folder / "stale" / "contracts").mkdir(parents=True)
    (folder / "stale" / "contracts" / "Other.sol").write_text("left from before")
    before = sorted(path.name for path in folder.iterdir())
    for arguments, fragment in (
        (("altered.json", "--out", "audit"), "altered.json"),
        (("missing.json", "--out", "audit"), "missing.json"),
        ((stored.name, "--out", "file"), "file"),
        ((stored.name, "--out", "taken"), "package.json"),
        ((stored.name, "--out", "stale", "--force"), "Other"),
    ):
        assert_refused(tailspin("export", *arguments, "--format", name), fragment)
    assert_refused(tailspin("export", stored.name, "--out", "audit", "--format", "hardhat"), "hardhat", "foundry")
    assert_untouched(folder, *before)
