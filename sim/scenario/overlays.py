"""A design: what one way to liquidate changes about any scenario with a market that it is for.

Patches are merged as RFC 7396 (JSON merge patch) says: mappings field by field, null takes a field back to its
default, anything else replaces. Beyond it, a mapping that names its `kind` replaces the old one whole, so that it
means the same on every scenario. In the patches of markets and agents, `$market`, `$collateral` and `$debt` stand
for the market's name and for the pair that its borrowers hold. In the patch of feeds, `$feed` stands for the whole
former feed, and an entry `$through` of a list for all of its layers.

A design is for lending markets, for perpetual markets (`perps`, `instruments`, `stages`), or for both.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from sim.errors import BadInput
from sim.scenario.base import Model, Name
from sim.scenario.complaints import complaint
from sim.scenario.conversion import POOL, converted, pair_of
from sim.scenario.references import DESIGNS, design_document, names_in
from sim.scenario.text import plain_json

Patch = dict[str, Any]
WORDS = {"lending": "lending", "perps": "perpetual"}
"""What kinds of markets are called."""


class Design(Model):
    """An overlay on a scenario; a patch that is left out changes nothing."""

    name: Name
    summary: Annotated[str, Field(min_length=1)]
    requirements: tuple[str, ...] = ()
    source: Annotated[str, Field(min_length=1, description="the protocol or paper that it is taken from")]
    market: Patch = Field(default={}, description="merged into every lending market")
    reserves: Patch = Field(default={}, description="merged into every reserve of those")
    collateral: Patch = Field(default={}, description="merged into every reserve with a liquidation threshold")
    feeds: Patch = Field(default={}, description="merged into the feed of every asset of those")
    venue_feeds: Patch = Field(
        default={}, description="merged into those feeds whose asset a venue trades for a dollar, with its name"
    )
    fund: Patch = Field(default={}, description="merged into the insurance fund of every lending market")
    keepers: Patch = Field(default={}, description="merged into every keeper")
    agents: Patch = Field(default={}, description="merged into the agents, once for every lending market")
    perps: Patch = Field(default={}, description="merged into every perpetual market")
    instruments: Patch = Field(default={}, description="merged into every instrument of those")
    stages: dict[str, Patch | None] = Field(
        default={}, description="merged into every stage of a kind in their waterfalls; null leaves those out"
    )

    @property
    def is_for_perps(self) -> bool:
        """Whether it changes perpetual markets."""
        return bool(self.perps or self.instruments or self.stages)

    @property
    def is_for_lending(self) -> bool:
        """Whether it changes lending markets, or anything around them."""
        others = self.market, self.reserves, self.collateral, self.feeds, self.venue_feeds, self.fund
        return any(others) or bool(self.keepers or self.agents) or not self.is_for_perps


def list_designs() -> list[Design]:
    """Return the designs of the library by name."""
    return [load_design(name) for name in names_in(DESIGNS)]


def load_design(ref: str) -> Design:
    """Return a design of the library or of a YAML or JSON file; raises BadInput."""
    text = plain_json(design_document(ref), f"design {ref}")
    try:
        return Design.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise BadInput(f"design {ref}: {complaint(Design, json.loads(text), error)}") from None


def merged(document: Any, patch: Any) -> Any:
    """Return `document` with a patch merged in; neither is changed."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(document) if isinstance(document, Mapping) and "kind" not in patch else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def overlaid(document: Mapping[str, Any], design: Design) -> dict[str, Any]:
    """Return a scenario's plain data, every default spelled out, with a design put on it.

    Raises
    ------
    BadInput
        If there is nothing in the scenario that the design could change, or a pool cannot become its kind.
    """
    for kind, is_wanted in (("lending", design.is_for_lending), ("perps", design.is_for_perps)):
        if is_wanted and not document[kind]:
            raise BadInput(f"it has no {WORDS[kind]} market, at least one expected")
    result = {
        **document,
        "name": f"{document['name']}+{design.name}",
        "summary": f"{document['summary']} {design.summary}".strip(),
        "requirements": list(dict.fromkeys((*document["requirements"], *design.requirements))),
        "lending": {name: _market(document, name, design) for name in document["lending"]},
        "perps": {name: _perp_market(name, market, design) for name, market in document["perps"].items()},
        "agents": {
            name: merged(agent, design.keepers) if agent["kind"] == "keeper" else agent
            for name, agent in document["agents"].items()
        },
    }
    for name in document["lending"]:
        result["agents"] = merged(result["agents"], _named(document, name, design.agents))
    if design.feeds:
        result["feeds"] = {**document["feeds"], **_feeds(document, design.feeds)}
    if design.venue_feeds:
        result["feeds"] = {**result["feeds"], **_venue_feeds(document, design.venue_feeds)}
    if design.fund:
        result["insurance"] = {**document["insurance"], **_funds(document, design.fund)}
    return result


def _market(document: Mapping[str, Any], name: str, design: Design) -> dict[str, Any]:
    market = document["lending"][name]
    if not (design.market or design.reserves or design.collateral):
        return market
    kind = design.market.get("kind", POOL)
    given = {field: value for field, value in design.market.items() if field != "kind"}
    patch = _named(document, name, given)
    if kind != market["kind"]:
        return merged(converted(document, name, design.market), patch)
    if kind != POOL:
        return merged(market, patch)
    reserves = {}
    for asset, reserve in market["reserves"].items():
        secures = reserve["liquidation_threshold_bps"] > 0
        reserves[asset] = merged(merged(reserve, design.reserves), design.collateral if secures else {})
    return merged({**market, "reserves": reserves}, patch)


def _perp_market(name: str, market: Mapping[str, Any], design: Design) -> dict[str, Any]:
    """A perpetual market, patched; raises BadInput where a kind of stage is named that it does not have."""
    missing = set(design.stages) - {stage["kind"] for stage in market["waterfall"]}
    if missing:
        raise BadInput(f"perps.{name}.waterfall has no stage of kind {min(missing)!r}, one expected")
    instruments = {asset: merged(one, design.instruments) for asset, one in market["instruments"].items()}
    patches = [(stage, design.stages.get(stage["kind"], {})) for stage in market["waterfall"]]
    waterfall = [merged(stage, patch) for stage, patch in patches if patch is not None]
    return merged({**market, "instruments": instruments, "waterfall": waterfall}, design.perps)


def _named(document: Mapping[str, Any], market: str, patch: Any) -> Any:
    """A patch with the names of a market and its pair in place of what stands for them, in keys and values."""
    if isinstance(patch, Mapping):
        return {_named(document, market, key): _named(document, market, value) for key, value in patch.items()}
    if isinstance(patch, list):
        return [_named(document, market, item) for item in patch]
    if not isinstance(patch, str) or "$" not in patch:
        return patch
    names = {"$market": market}
    if "$collateral" in patch or "$debt" in patch:
        names["$collateral"], names["$debt"] = pair_of(document, market)
    for placeholder, value in names.items():
        patch = patch.replace(placeholder, value)
    return patch


def _feeds(document: Mapping[str, Any], patch: Patch) -> dict[str, Any]:
    """The feeds that the lending markets read, patched."""
    read = {asset for market in document["lending"].values() for asset in _assets(market)}
    return {
        asset: merged(feed, _around(feed, patch)) for asset, feed in document["feeds"].items() if asset in read
    }


def _venue_feeds(document: Mapping[str, Any], patch: Patch) -> dict[str, Any]:
    """Feeds of what lending markets read, where a venue trades it for what is always worth a dollar."""
    read = {asset for market in document["lending"].values() for asset in _assets(market)}
    found: dict[str, Any] = {}
    for name, venue in document["venues"].items():
        price, base = document["assets"][venue["quote"]]["price"], venue["base"]
        is_dollar = price["kind"] == "constant" and price["price_usd"] == 1
        if is_dollar and base in read and base in document["feeds"] and base not in found:
            found[base] = merged(document["feeds"][base], {**patch, "venue": name})
    if not found:
        raise BadInput("none of the assets that markets read is traded for one of a constant 1 USD, one expected")
    return found


def _assets(market: Mapping[str, Any]) -> list[str]:
    return list(market["reserves"]) if market["kind"] == POOL else [market["collateral"], market["debt"]]


def _around(feed: Mapping[str, Any], patch: Any) -> Any:
    """A patch of feeds with a former feed in place of what stands for it and for its layers."""
    if isinstance(patch, Mapping):
        return {key: _around(feed, value) for key, value in patch.items()}
    if isinstance(patch, list):
        layers = [feed["through"] if item == "$through" else [_around(feed, item)] for item in patch]
        return [item for part in layers for item in part]
    return feed if patch == "$feed" else patch


def _funds(document: Mapping[str, Any], patch: Patch) -> dict[str, Any]:
    """The insurance funds of the lending markets, patched."""
    funds = {}
    for name, market in document["lending"].items():
        fund = market.get("insurance")
        if fund is None:
            raise BadInput(f"lending.{name} has no insurance fund, one expected")
        funds[fund] = merged(document["insurance"][fund], patch)
    return funds
