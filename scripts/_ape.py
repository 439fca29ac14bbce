"""What the Ape commands share: the connected node, the option that names a scenario, errors in one line."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from ape import networks
from ape.cli import ConnectedProviderCommand, network_option

from sim.console import log
from sim.exits import verdict

scenario_option = click.option(
    "--scenario", default="flash-crash", show_default=True, help="Library name, or a YAML or JSON file."
)
local_network_option = network_option(default="ethereum:local:foundry")

__all__ = ["ConnectedProviderCommand", "local_network_option", "node_url", "one_line_errors", "scenario_option"]


def node_url() -> str:
    """Return the address of the node that Ape connected; a provider without one cannot be used."""
    provider = networks.provider
    url = getattr(provider, "http_uri", None) or getattr(provider, "uri", None)
    if not url:
        raise click.UsageError(f"network {provider.network_choice}: a node with an HTTP address expected")
    return url


@contextmanager
def one_line_errors() -> Iterator[None]:
    """End with one line and the exit code of the commands' contract on any error that a person can cause."""
    try:
        yield
    except Exception as error:
        code, message = verdict(error)
        log(f"tailspin: {message}")
        raise SystemExit(code) from None
