"""`ape run deploy`: deploy a scenario on the node that Ape connected, and write its manifest."""

from pathlib import Path

import click

from scripts._ape import (
    ConnectedProviderCommand,
    local_network_option,
    node_url,
    one_line_errors,
    scenario_option,
)
from sim.console import log, show_rows


@click.command(cls=ConnectedProviderCommand)
@local_network_option
@scenario_option
@click.option("--manifest", type=click.Path(path_type=Path), help="File of the manifest, instead of deployments/.")
def cli(scenario: str, manifest: Path | None) -> None:
    """Deploy a scenario and write the manifest of its contracts."""
    with one_line_errors():
        from sim.verbs.deploy import deploy

        file = manifest or Path("deployments") / f"{Path(scenario).stem}.json"
        document = deploy(scenario, rpc=node_url(), manifest_file=file)
        rows = [(role, one["contract"], one["address"]) for role, one in document["contracts"].items()]
        show_rows(("role", "contract", "address"), rows, f"{document['scenario']} on chain {document['chain_id']}")
        log(f"The manifest is in {file}.")
