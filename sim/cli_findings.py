"""The commands about findings: search, replay and verify."""

from pathlib import Path
from typing import Any

import click

from sim.cli_options import (
    chain_option,
    ci_options,
    fork_option,
    json_option,
    report_of,
    scenario_argument,
    set_option,
)
from sim.console import log, progress_bar, show_json, show_rows, show_search, show_verifications
from sim.exits import FAILED, OK


class _WithProfiles(click.Command):
    """A command whose help ends with the profiles."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write them out."""
        from sim.search.profiles import profile_lines

        with formatter.section("Profiles"):
            formatter.write_dl(list(profile_lines().items()))


@click.command(cls=_WithProfiles)
@scenario_argument
@click.option(
    "--for",
    "outcomes",
    metavar="AIM[,AIM]",
    default="",
    help="What to look for: outcomes, metrics with a bound ('bad_debt_usd>1e6'), or `thresholds`.",
)
@click.option("--maximize", metavar="METRIC[,METRIC]", default="", help="Keep the history that takes it furthest.")
@click.option("--profile", metavar="NAME", help="How much to do; see below. Other options take its parts' place.")
@click.option(
    "--vary",
    metavar="PATH=RANGE",
    multiple=True,
    help="What the design may be: LOW:HIGH[:STEP], LOW:HIGH:log or a,b,c; `env:PATH=...` for the environment."
    " Takes the place of the scenario's own; repeatable.",
)
@click.option("--examples", type=click.IntRange(min=1), help="How many histories to draw with each seed.")
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="Stop finding after this time.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes; one per core by default.")
@click.option("--first/--all", default=None, help="Stop at the first history that reaches an aim, or go on.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the search.")
@click.option("--seeds", type=click.IntRange(min=1), help="Search this often, each time with the next seed.")
@set_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("findings"),
    show_default=True,
    help="Folder of the findings; those of the scenario are replayed first.",
)
@ci_options
@json_option
def search(scenario: str, as_json: bool, **options: Any) -> int:
    """Search for a design change that makes a safe scenario fail."""
    if not options["outcomes"] and not options["maximize"]:
        raise click.UsageError("--for or --maximize: neither is given, one of them expected")
    with report_of(f"tailspin search {scenario}", options) as report:
        from sim.verbs.search import search as search_scenario
        from sim.verbs.told import told_of_search

        with progress_bar(scenario, options["examples"], "examples") as advance:
            result = search_scenario(scenario, progress=advance, **options)
        told_of_search(report, result)
    if as_json:
        show_json(result.as_dict())
    else:
        show_search(result)
    for line in result.unreadable:
        log(f"tailspin: passed over {line}")
    return FAILED if result.found else OK


@click.command()
@click.argument("findings", metavar="FINDING...", nargs=-1, required=True, type=click.Path(path_type=Path))
@chain_option
@fork_option
@ci_options
@json_option
def replay(findings: tuple[Path, ...], as_json: bool, **options: Any) -> int:
    """Replay stored findings and compare each verdict with the one its file expects."""
    with report_of("tailspin replay", options) as report:
        from sim.verbs.replay import replay as replay_findings
        from sim.verbs.told import told_of_replays

        replays = replay_findings(*findings, **options)
        told_of_replays(report, replays)
    if as_json:
        show_json({"replays": [one.as_dict() for one in replays]})
    else:
        rows = [(one.path, one.verdict, one.outcome, one.digest) for one in replays]
        show_rows(("finding", "verdict", "outcome", "digest"), rows)
    for line in report.notes:
        log(f"tailspin: {line}")
    return OK if all(one.as_expected for one in replays) else FAILED


@click.command()
@click.argument("findings", metavar="FINDING...", nargs=-1, required=True, type=click.Path(path_type=Path))
@chain_option
@fork_option
@ci_options
@json_option
def verify(findings: tuple[Path, ...], as_json: bool, **options: Any) -> int:
    """Run stored findings again and compare everything recorded in them, to the last digest.

    A replay asks whether a finding still fails; this asks whether it is reproduced here exactly, and whether it
    holds with each change of its design undone as far as it says. Versions and contracts are shown and may be
    others.
    """
    with report_of("tailspin verify", options) as report:
        from sim.verbs.told import told_of_verifications
        from sim.verbs.verify import verify as verify_findings

        verified = verify_findings(*findings, **options)
        told_of_verifications(report, verified)
    if as_json:
        show_json({"verifications": [one.as_dict() for one in verified]})
    else:
        show_verifications(verified)
    for line in report.notes:
        log(f"tailspin: {line}")
    return OK if all(one.agrees for one in verified) else FAILED
