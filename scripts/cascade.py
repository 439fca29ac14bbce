"""`ape run cascade`: run a scenario on the node that Ape connected."""

import click

from scripts._ape import (
    ConnectedProviderCommand,
    local_network_option,
    node_url,
    one_line_errors,
    scenario_option,
)
from sim.console import log, show_run, watch_run


@click.command(cls=ConnectedProviderCommand)
@local_network_option
@scenario_option
@click.option("--blocks", type=click.IntRange(min=1), help="Run this many blocks.")
def cli(scenario: str, blocks: int | None) -> None:
    """Run a scenario block by block and save its result."""
    with one_line_errors():
        from sim.verbs.run import run

        with watch_run(scenario) as watch:
            done = run(scenario, rpc=node_url(), blocks=blocks, watch=watch)
        show_run(done)
        log(f"The run is in {done.folder}.")
