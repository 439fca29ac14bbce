"""The command `tailspin`: options here, work in `sim.verbs`.

Standard output is the result (one JSON object with `--json`), standard error progress and logs. Exit codes: 0;
1 for a run with a broken invariant or a crossed threshold, a search that found something, a replay whose verdict
is not the one its file expects, a verification in which something differs; 2 for bad input; 3 for an
infrastructure failure; 130 for Ctrl-C.
"""

import difflib
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from sim import __version__
from sim.cli_findings import replay, search, verify
from sim.cli_options import (
    chain_option,
    ci_options,
    fork_option,
    json_option,
    report_of,
    scenario_argument,
    seed_option,
    set_option,
)
from sim.console import (
    log,
    progress_bar,
    show_comparison,
    show_json,
    show_rows,
    show_run,
    watch_run,
)
from sim.exits import FAILED, OK, verdict


class Verbs(click.Group):
    """The group of commands, with errors in one line and the exit codes of the contract."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple:
        """Find a command; an unknown one ends with the nearest name."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], self.commands, n=1)
            hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(self.commands)} expected"
            raise click.UsageError(f"no command {args[0]!r}: {hint}")
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> NoReturn:
        """Run and exit."""
        try:
            code = super().main(*args, standalone_mode=False, **extra)
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read the output has seen enough.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = OK
        except Exception as error:
            code, message = verdict(error)
            log(f"tailspin: {message}")
        sys.exit(code if isinstance(code, int) else OK)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="tailspin")
def cli() -> None:
    """Find out where a DeFi design tips into a liquidation cascade.

    SCENARIO is a name that `tailspin list` shows, or a YAML or JSON file; SCENARIO+DESIGN puts a design on it.
    """


@cli.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Show the scenarios of the library, and the designs that can be put on them."""
    from sim.verbs.list_designs import list_designs
    from sim.verbs.list_scenarios import list_scenarios

    entries, designs = list_scenarios(), list_designs()
    if as_json:
        keys = ("name", "summary", "requirements")
        show_json(
            {
                "scenarios": [{key: getattr(entry, key) for key in keys} for entry in entries],
                "designs": [{key: getattr(one, key) for key in (*keys, "source")} for one in designs],
            }
        )
    else:
        show_rows(("scenario", "summary"), [(entry.name, entry.summary) for entry in entries])
        show_rows(("design", "summary"), [(f"+{one.name}", one.summary) for one in designs])


@cli.command()
@scenario_argument
@chain_option
@fork_option
@set_option
@click.option("--prices", metavar="ASSET=FILE.csv", multiple=True, help="Replay a price series; repeatable.")
@seed_option
@click.option("--blocks", type=click.IntRange(min=1), help="Run this many blocks.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the result, instead of one in runs/.")
@ci_options
@json_option
def run(scenario: str, as_json: bool, **options: Any) -> int:
    """Run a scenario and save its trace, result and report."""
    with report_of(f"tailspin run {scenario}", options) as report:
        from sim.verbs.run import run as run_scenario
        from sim.verbs.told import told_of_run

        with watch_run(scenario) as watch:
            done = run_scenario(scenario, watch=watch, **options)
        told_of_run(report, done)
    if as_json:
        show_json(done.as_dict())
    else:
        show_run(done)
    for line in (*report.notes, *done.complaints()):
        log(f"tailspin: {line}")
    return FAILED if done.failed else OK


@cli.command()
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True)
@click.option("--designs", metavar="all|NAME,...", help="Designs to put on each; all that fit by default.")
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="Runs of each design.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes; one per core by default.")
@click.option("--blocks", type=click.IntRange(min=1), help="Run this many blocks.")
@set_option
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the tables and the single runs.")
@json_option
def compare(scenarios: tuple[str, ...], as_json: bool, **options: Any) -> int:
    """Compare designs side by side, on the same shocks and seeds.

    Every SCENARIO is run with every design that fits it, unless one of them names its design (SCENARIO+DESIGN):
    then they are compared as they are.
    """
    from sim.verbs.compare import compare as compare_designs

    with progress_bar("compare", None, "runs") as advance:
        compared = compare_designs(*scenarios, progress=advance, **options)
    if as_json:
        show_json(compared.as_dict())
    else:
        show_comparison(compared)
    for line in compared.failures:
        log(f"tailspin: {line}")
    return FAILED if compared.failures else OK


@cli.command()
@click.argument("finding", type=click.Path(path_type=Path))
@click.option(
    "--format",
    type=click.Choice(["pytest", "foundry", "ape"]),
    default="pytest",
    show_default=True,
    help="What runs it elsewhere: pytest with this package, `forge test`, or `ape run replay`.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@click.option("--force", is_flag=True, help="Replace files that are in the way.")
@json_option
def export(finding: Path, as_json: bool, **options: Any) -> None:
    """Export a finding as a test that reaches the same loss, verified before it is written.

    Foundry and Ape get a project that stands alone: our contracts, every transaction, and what the chain must say
    of the loss, for the finding and for the same with its change undone.
    """
    from sim.verbs.export import export as export_finding

    with progress_bar("export", None) as advance:
        result = export_finding(finding, note=lambda text: advance(0, None, text), **options)
    if as_json:
        show_json(result.as_dict())
    else:
        for file in result.files:
            click.echo(file)


@cli.command()
@scenario_argument
@click.option("--rpc", metavar="URL", help="Deploy on this development node instead of one of our own.")
@click.option("--manifest", type=click.Path(path_type=Path), help="Write the manifest to this file too.")
@click.option("--keep-node", is_flag=True, help="Leave our own node running until Ctrl-C.")
@set_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (the default here).")
def deploy(
    scenario: str,
    rpc: str | None,
    manifest: Path | None,
    keep_node: bool,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Deploy a scenario on a node and print its manifest."""
    from sim.verbs.deploy import deployed, wait_for_interrupt

    if keep_node and rpc is not None:
        raise click.UsageError("--keep-node: given with --rpc, allowed for a node of our own only")
    with deployed(scenario, rpc=rpc, manifest_file=manifest, overrides=overrides) as (document, chain):
        show_json(document)
        if keep_node:
            sys.stdout.flush()
            chain.hand_over()
            log(f"The node listens on {chain.shown} until Ctrl-C.")
            wait_for_interrupt()


@cli.command()
@click.argument("run_folder", metavar="RUN_DIR", type=click.Path(path_type=Path))
@json_option
def report(run_folder: Path, as_json: bool) -> None:
    """Write the HTML report of a saved run anew."""
    from sim.verbs.report import report as write_report

    file = write_report(run_folder)
    if as_json:
        show_json({"report": str(file)})
    else:
        click.echo(file)


for command in (search, replay, verify):
    cli.add_command(command)


def main() -> None:
    """Entry point of the command."""
    cli.main(prog_name="tailspin")


if __name__ == "__main__":
    main()
