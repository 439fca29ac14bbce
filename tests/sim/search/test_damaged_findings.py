"""A thousand findings damaged or edited by hand: a clear line and exit code 2 for each, the others untouched."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.search.corpus import Corpus
from tests.e2e.commands import ENVIRONMENT, assert_refused, tailspin
from tests.sim.search.test_corpus import finding  # noqa: F401 - a fixture

COUNT = 1_000
REAL = 4
ODD = [None, True, -1, 0, 10**400, 1e308, 1.5, "", "x" * 70_000, "😀\u202e\x00", [], {}, [[[]]], {"a": {"b": []}}]


def places(value: Any, where: tuple = ()) -> list[tuple]:
    """Paths of everything within a document."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, one in children for path in ((*where, key), *places(one, (*where, key)))]


def at(document: Any, where: tuple) -> Any:
    for key in where:
        document = document[key]
    return document


def put(document: Any, where: tuple, value: Any) -> None:
    at(document, where[:-1])[where[-1]] = value


def edited(change: Callable[[random.Random, dict], None]) -> Callable[[random.Random, bytes], bytes]:
    """A damage that is a change of the document; `expects`, which may be edited, is left alone."""

    def damage(dice: random.Random, text: bytes) -> bytes:
        document, before = json.loads(text), json.loads(text)
        while {**document, "expects": ""} == {**before, "expects": ""}:
            change(dice, document)
        return json.dumps(document).encode()

    return damage


def another_value(dice: random.Random, document: dict) -> None:
    put(document, dice.choice(places(document)), dice.choice(ODD))


def a_little_more(dice: random.Random, document: dict) -> None:
    numbers = [p for p in places(document) if isinstance(at(document, p), int | float)]
    where = dice.choice(numbers)
    put(document, where, at(document, where) + dice.choice([1, -1, 10**30]))


def a_field_gone(dice: random.Random, document: dict) -> None:
    where = dice.choice([p for p in places(document) if isinstance(p[-1], str)])
    del at(document, where[:-1])[where[-1]]


def an_unknown_field(dice: random.Random, document: dict) -> None:
    mappings = [(), *(p for p in places(document) if isinstance(at(document, p), dict))]
    at(document, dice.choice(mappings))[dice.choice(["digset", "note", "", "0", "expct"])] = 1


def two_swapped(dice: random.Random, document: dict) -> None:
    one, other = dice.sample(list(document), 2)
    document[one], document[other] = document[other], document[one]


def a_path_misspelt(dice: random.Random, document: dict) -> None:
    design = document["minimal"]["design"]
    path = dice.choice(list(design))
    design[path.swapcase() if dice.random() < 0.5 else path[::-1]] = design.pop(path)


def another_schema(dice: random.Random, document: dict) -> None:
    document["schema_version"] = dice.choice([0, 2, 99, "1", 1.0, None, True, [1]])


def too_deep(dice: random.Random, document: dict) -> None:
    value: Any = 1
    for _ in range(dice.choice([70, 200, 400])):
        value = [value] if dice.random() < 0.5 else {"a": value}
    document[dice.choice(list(document))] = value


def truncated(dice: random.Random, text: bytes) -> bytes:
    return text[: dice.randrange(len(text) - 2)]


def a_byte_changed(dice: random.Random, text: bytes) -> bytes:
    keep = text.index(b'"expects"')
    spots = [i for i in range(0, len(text), 7) if not keep <= i < keep + 30 and text[i : i + 1].isalnum()]
    spot = dice.choice(spots)
    return text[:spot] + bytes([text[spot] ^ dice.choice([1, 128, 255])]) + text[spot + 1 :]


def not_unicode(dice: random.Random, text: bytes) -> bytes:
    return dice.choice([b"\xff\xfe" + text, text.decode().encode("utf-16"), b"\xef\xbb\xbf" + text, b"\x80" * 40])


def no_number(dice: random.Random, text: bytes) -> bytes:
    return text.replace(
        b'"seed": 0', b'"seed": ' + dice.choice([b"NaN", b"-Infinity", b"9" * 5_000, b"1e999", b"0x1"])
    )


def a_lone_surrogate(dice: random.Random, text: bytes) -> bytes:
    return text.replace(b'"name": "', b'"name": "\\ud800', 1)


def nested_beyond_reason(dice: random.Random, text: bytes) -> bytes:
    return dice.choice([b"[", b'{"a":']) * dice.choice([1_000, 100_000])


def something_else(dice: random.Random, text: bytes) -> bytes:
    return dice.choice(
        [b"", b" \n", b"null", b"[]", b'"finding"', b"0", b"{}", b"<xml/>", b"\x00" * 100, text + text]
    )


DAMAGES = [
    *(edited(one) for one in (another_value, a_little_more, a_field_gone, an_unknown_field, two_swapped)),
    *(edited(one) for one in (a_path_misspelt, another_schema, too_deep)),
    *(truncated, a_byte_changed, not_unicode, no_number, a_lone_surrogate, nested_beyond_reason, something_else),
]
VERBS = (("replay",), ("verify",), ("export", "--out", "audit"))


@pytest.fixture
def corpus(finding, tmp_path, monkeypatch):  # noqa: F811
    """A folder with two intact findings, in the working directory."""
    monkeypatch.chdir(tmp_path)
    Corpus(Path("findings")).add(finding)
    Corpus(Path("findings")).add(finding.model_copy(update={"history": finding.history[1:]}))
    return Path("findings")


def test_a_thousand_damaged_findings_are_refused_one_by_one(corpus):
    intact = {path: path.read_bytes() for path in corpus.iterdir()}
    text = next(iter(intact.values()))
    bad = corpus / "damaged.json"
    for number in range(COUNT):
        dice = random.Random(number)
        damage = DAMAGES[number % len(DAMAGES)]
        bad.write_bytes(damage(dice, text))
        verb, *options = dice.choice(VERBS)
        given = corpus if verb != "export" and dice.random() < 0.3 else bad
        result = tailspin(verb, str(given), *options)
        assert_refused(result, "damaged.json")
        assert len(result.stderr) < 500, f"{number}: a line that nobody reads"
    bad.unlink()
    assert {path: path.read_bytes() for path in corpus.iterdir()} == intact
    assert not Path("audit").exists()


@pytest.mark.parametrize("kind", ["folder", "empty folder", "nothing", "link to nothing", "pipe", "device"])
def test_what_is_no_file_is_refused(corpus, kind):
    bad = corpus / "damaged.json"
    if kind == "pipe":
        os.mkfifo(bad)
    elif kind in ("link to nothing", "device"):
        bad.symlink_to("/dev/zero" if kind == "device" else "gone.json")
    elif kind != "nothing":
        bad.mkdir()
        if kind == "folder":
            (bad / "note.txt").write_text("no finding")
    for verb in ("replay", "verify"):
        assert_refused(tailspin(verb, str(bad)), "damaged.json")
        if kind != "nothing":
            assert_refused(tailspin(verb, str(corpus)), "damaged.json")


def test_the_real_command_refuses_them_too(corpus):
    text = next(corpus.iterdir()).read_bytes()
    bad = corpus / "damaged.json"
    for number in range(REAL):
        bad.write_bytes(DAMAGES[-1 - number](random.Random(number), text))
        command = [sys.executable, "-m", "sim", VERBS[number % 2][0], str(bad)]
        done = subprocess.run(command, env=ENVIRONMENT, capture_output=True)
        assert done.returncode == 2, done.stderr
        assert done.stderr.count(b"\n") == 1 and b"Traceback" not in done.stderr
        assert done.stdout == b""


def test_the_expected_verdict_may_be_edited(corpus):
    path = next(corpus.iterdir())
    document = json.loads(path.read_text())
    codes = []
    for verdict in ("still_fails", "fixed"):
        path.write_text(json.dumps({**document, "expects": verdict}, indent=4, sort_keys=True))
        codes.append(tailspin("replay", str(path)).exit_code)
    assert sorted(codes) == [0, 1]
