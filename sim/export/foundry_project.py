"""The files of a Foundry project that replays a finding."""

import re
from collections.abc import Iterator, Mapping, Sequence

from sim import __version__
from sim.export import published
from sim.export.files import PROJECT, template
from sim.export.layout import wrap
from sim.export.sections import Chapters, Functions
from sim.export.solidity import Solidity, imports
from sim.export.sources import closure, declared, is_packaged, package_json
from sim.export.story import outline
from sim.search.dossier import Case, Dossier
from sim.search.transcript import Transcript

GITIGNORE = "node_modules/\nout/\ncache/\n.env\n.foundry.local.toml\n"
TWIN = "A second test does the same with the change undone, which holds."
HEAD = "// SPDX-License-Identifier: MIT\npragma solidity 0.8.30;\n\n"
FUNCTIONS = 24
"""Functions of a file at most."""


def title(dossier: Dossier) -> str:
    """One line for the finding."""
    finding = dossier.finding
    return f"{finding.scenario['name']}: {finding.aim} after the smallest change of the design"


def foundry_files(dossier: Dossier, stem: str) -> dict[str, str]:
    """All files of the project by path; `stem` names the test."""
    suites = list(_suites(dossier, stem))
    transcripts = [case.transcript for _, cases in suites for case in cases]
    name = "".join(word.capitalize() for word in stem.split("_"))
    files: dict[str, str] = {}
    used: set[str] = set()
    for folder, cases in suites:
        suite = _Suite(folder, name, cases, dossier)
        files |= suite.files()
        used |= suite.used
    sources = [declared()[one] for one in used if one in declared()]
    versions = {one.package: one.version for transcript in transcripts for one in transcript.published.values()}
    return {
        "README.md": template("foundry_README.md").format(
            title=title(dossier),
            version=__version__,
            file=f"{name}.t.sol",
            twin="" if dossier.holds is None else f"\n{TWIN}",
            outline="\n".join(outline(dossier)),
        ),
        "foundry.toml": template("foundry.toml"),
        "package.json": package_json(stem.replace("_", "-"), versions),
        ".gitignore": GITIGNORE,
        **dict(sorted(files.items())),
        **closure(sources),
    }


def _suites(dossier: Dossier, stem: str) -> Iterator[tuple[str, list[Case]]]:
    """Cases that share a test: those in which everything has the same address."""
    fails, holds = dossier.fails, dossier.holds
    if holds is None:
        yield "test", [fails]
    elif _ground(holds.transcript) == _ground(fails.transcript):
        yield "test", [fails, holds]
    else:
        yield "test", [fails]
        yield "test/holds", [holds]


def _ground(transcript: Transcript) -> tuple:
    return transcript.start_s, transcript.roles, transcript.contracts


class _Suite:
    """The files of one test contract."""

    def __init__(self, folder: str, name: str, cases: Sequence[Case], dossier: Dossier) -> None:
        self.folder = folder
        self.name = name if folder == "test" else f"{name}Undone"
        self.dossier = dossier
        self.transcript = cases[0].transcript
        self.codes = published.codes([case.transcript for case in cases], PROJECT)
        self.cases = cases
        self.used: set[str] = set()
        self._said: dict[tuple[str, str], Mapping] = {}

    @property
    def _depth(self) -> str:
        return "../" * len(self.folder.split("/"))

    def files(self) -> dict[str, str]:
        """Files by path."""
        functions = Functions()
        entries = []
        groups: list[tuple[str, list[str]]] = []
        solidity = Solidity(self.transcript, self.codes)
        for at, case in enumerate(self.cases):
            solidity.transcript = case.transcript
            before = set(functions.texts)
            entries.append(Chapters(case, solidity, functions, at > 0).write())
            groups += _grouped([name for name in functions.texts if name not in before], "Holds" if at else "")
        self.used, self._said = solidity.used, solidity.said
        self.used |= {self.transcript.contracts[address] for address in self.transcript.contracts}
        files = {
            f"{self.folder}/Stage.sol": template("Stage.sol"),
            f"{self.folder}/Roles.sol": self._roles(solidity),
        }
        if self._said:
            files[f"{self.folder}/Said.sol"] = self._declarations()
        if self.transcript.published:
            files[f"{self.folder}/Published.sol"] = self._published()
        parent = "Stage"
        texts = {"": [one.text() for one in functions.routines], **{n: [t] for n, t in functions.texts.items()}}
        for file, names in (("Routines", [""]), *groups):
            body = [text for name in names for text in texts[name]]
            if body:
                files[f"{self.folder}/{file}.sol"] = self._chapter(file, parent, "\n".join(body), solidity)
                parent = file
        files[f"{self.folder}/{self.name}.t.sol"] = self._test(parent, entries)
        return files

    def _where(self, solidity: Solidity) -> dict[str, str]:
        """File of every name, as a file of the test imports it."""
        where = {name: file if is_packaged(file) else f"{self._depth}{file}" for name, file in declared().items()}
        where |= {name: "./Published.sol" for name in (*self.transcript.published, "Published")}
        where |= {name: "./Roles.sol" for name in (*solidity.names.values(), "START")}
        return where | {
            "Events": "./Said.sol",
            "Errors": "./Said.sol",
            "vm": "./Stage.sol",
            "Stage": "./Stage.sol",
        }

    def _chapter(self, name: str, parent: str, body: str, solidity: Solidity) -> str:
        found = set(re.findall(r"\b[A-Za-z_]\w*\b", re.sub(r"//.*|\"[^\"]*\"|///.*", "", body)))
        where = self._where(solidity) | {parent: f"./{parent}.sol"}
        imported = imports(found & set(where) | {parent}, where)
        return f"{HEAD}{imported}\nabstract contract {name} is {parent} {{\n{body}}}\n"

    def _roles(self, solidity: Solidity) -> str:
        transcript = self.transcript
        wanted = {a: n for a, n in solidity.names.items() if n in self.used or a in transcript.contracts}
        types = {transcript.contracts[address] for address in wanted if address in transcript.contracts}
        lines = [
            "/// @dev Start of the scenario, in seconds.",
            f"uint64 constant START = {transcript.start_s};",
            "",
        ]
        for address, name in wanted.items():
            kind = transcript.contracts.get(address)
            value = address if kind is None else f"{kind}({address})"
            lines.append(f"{kind or 'address'} constant {name} = {value};")
        where = self._where(solidity)
        return f"{HEAD}{imports(types, where)}\n" + "\n".join(lines) + "\n"

    def _declarations(self) -> str:
        text = HEAD.rstrip("\n") + "\n"
        for kind, name in (("event", "Events"), ("error", "Errors")):
            entries = [entry for (one, _), entry in sorted(self._said.items()) if one == kind]
            lines = [f"{kind} {entry['name']}({_parameters(entry)});" for entry in entries]
            body = "".join(f"    {part}\n" for line in lines for part in wrap(line, 4))
            if body:
                text += f"\n/// @notice {name} of the contracts that the tests expect.\n"
                text += f"interface {name} {{\n{body}}}\n"
        return text

    def _published(self) -> str:
        transcripts = [case.transcript for case in self.cases]
        used = published.created(transcripts) | {"UniswapV3Factory"}
        return (
            HEAD
            + 'import {vm} from "./Stage.sol";\n'
            + published.interfaces(transcripts)
            + published.reader(transcripts, used)
        )

    def _test(self, parent: str, entries: Sequence[Sequence[str]]) -> str:
        kind = self.dossier.finding.outcome.kind
        notes = "".join(f"/// {line}\n".replace("/// \n", "///\n") for line in outline(self.dossier))
        text = f'{HEAD}import {{{parent}}} from "./{parent}.sol";\n\n'
        text += f"/// @title {title(self.dossier)}\n/// @notice\n{notes}"
        text += f"contract {self.name}Test is {parent} {{\n"
        named = [
            (f"test_fails_with_{kind}", f"The design as it was found: it ends with {self.dossier.finding.aim}."),
            (
                "test_holds_with_the_change_undone",
                f"{self._undone()}: it ends without {self.dossier.finding.aim}.",
            ),
        ]
        tests = []
        for (name, note), called in zip(named[0 if self.folder == "test" else 1 :], entries, strict=False):
            body = "".join(f"        {one}();\n" for one in called)
            tests.append(f"    /// @notice {note}\n    function {name}() external {{\n{body}    }}\n")
        return text + "\n".join(tests) + "}\n"

    def _undone(self) -> str:
        """What the twin has instead of the change."""
        return ", ".join(f"{path} = {holds}" for path, (_, holds) in self.dossier.undone.items())


def _parameters(entry: Mapping) -> str:
    return ", ".join(
        f"{one['type']}{' indexed' if one.get('indexed') else ''} {one['name']}".rstrip()
        for one in entry["inputs"]
    )


def _grouped(names: Sequence[str], suffix: str) -> Iterator[tuple[str, list[str]]]:
    """Functions by the file that they go to."""
    chapters: dict[str, list[str]] = {"Opening": [], "History": [], "Loss": []}
    for name in names:
        kind = re.match(r"_(block|after|history)?(start|loss)?", name)
        chapters["History" if kind[1] else "Loss" if kind[2] else "Opening"].append(name)
    for kind, chosen in chapters.items():
        for at in range(0, len(chosen), FUNCTIONS):
            page = chosen[at : at + FUNCTIONS]
            number = "" if len(chosen) <= FUNCTIONS else str(at // FUNCTIONS + 1)
            yield f"{kind}{suffix}{number}", page
