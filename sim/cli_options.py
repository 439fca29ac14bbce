"""Options that several commands share."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import click

scenario_argument = click.argument("scenario")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
seed_option = click.option("--seed", type=click.IntRange(min=0), help="Seed of the run's random streams.")
set_option = click.option(
    "--set", "overrides", metavar="PATH=VALUE", multiple=True, help="Set a field by its dotted path; repeatable."
)
chain_option = click.option(
    "--chain", type=click.Choice(["revm", "anvil"]), default="revm", show_default=True, help="Where to execute."
)
fork_option = click.option("--fork-url", metavar="URL", help="Fork the state of this node (with --chain anvil).")
_file = click.Path(path_type=Path, dir_okay=False)


def ci_options(command: Callable) -> Callable:
    """Options of commands that report to machines: where to write what `report_of` reports."""
    for option in (
        click.option("--github-summary", "to_github", is_flag=True, help="Append it to $GITHUB_STEP_SUMMARY."),
        click.option("--summary", "summary_file", type=_file, help="Write a summary in Markdown."),
        click.option("--junit", "junit_file", type=_file, help="Write a JUnit file."),
    ):
        command = option(command)
    return command


def report_of(title: str, options: dict[str, Any]) -> AbstractContextManager:
    """The report of a command, from its `ci_options`, which are taken out of the options given."""
    from sim.report.ci import reported

    return reported(title, *(options.pop(name) for name in ("junit_file", "summary_file", "to_github")))
