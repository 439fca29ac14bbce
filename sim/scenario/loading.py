"""From a library name or a file to a Scenario, and back.

Whatever is wrong with what was given ends in one line: a `BadInput` that names the dotted path of the field, what
was given and what is allowed.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.errors import BadInput
from sim.scenario.axes import check_range
from sim.scenario.complaints import complaint
from sim.scenario.dates import keep_dates
from sim.scenario.fields import find_field, set_field, shape_of, unknown_name, with_kinds
from sim.scenario.model import Scenario
from sim.scenario.outside import CsvPath
from sim.scenario.overlays import Design, load_design, overlaid
from sim.scenario.references import scenario_document, split_reference
from sim.scenario.text import plain_json, read_yaml, write_json, write_yaml


def load_scenario(
    ref: str | Path,
    overrides: Mapping[str, Any] | Sequence[str] = (),
    prices: Mapping[str, str] | None = None,
    seed: int | None = None,
    blocks: int | None = None,
) -> Scenario:
    """Return a scenario of the library or of a YAML or JSON file, with the designs put on it.

    Parameters
    ----------
    ref
        Name in the library, or path of a file, then `+` and a design for each that is put on it, in that order.
        Series named in a file are relative to its folder.
    overrides
        `path=value` texts, or values by path; a text is read as a YAML scalar, null removes an entry.
    prices
        CSV file by asset, instead of its path and its scheduled shocks. The run is then as long as the series
        unless `blocks` or an override says otherwise; see `keep_dates` for its start.
    seed, blocks
        Replace those of the scenario.

    Raises
    ------
    BadInput
        If anything given is wrong.
    """
    base, designs = split_reference(ref)
    found = [load_design(name) for name in designs]
    scenario = parse_scenario(*scenario_document(base))
    for design in found:
        scenario = with_design(scenario, design)
    settings: list[tuple[str, Any]] = []
    for asset, file in (prices or {}).items():
        if asset not in scenario.assets:
            raise unknown_name(f"asset {asset!r} of the prices", asset, scenario.assets)
        settings.append((f"assets.{asset}.price", {"kind": "csv", "file": str(file)}))
        settings += [(f"assets.{asset}.shocks", []), ("clock.blocks", None)]
    settings += keep_dates(scenario, prices or {})
    settings += _override_values(overrides)
    settings += [("seed", seed)] if seed is not None else []
    settings += [("clock.blocks", blocks)] if blocks is not None else []
    return with_fields(scenario, settings) if settings else scenario


def with_fields(scenario: Scenario, fields: Mapping[str, Any] | Sequence[tuple[str, Any]]) -> Scenario:
    """Return `scenario` with the values at dotted paths replaced, all of them before it is checked again.

    Series are relative to the working directory.

    Raises
    ------
    BadInput
        If a path does not exist or the result is not a valid scenario.
    """
    document = scenario.model_dump(mode="json")
    for path, value in fields.items() if isinstance(fields, Mapping) else fields:
        set_field(Scenario, document, path, value)
        if path.endswith(".price.file"):
            set_field(Scenario, document, path.removesuffix("file") + "sha256", None)
    return _parsed(document, Path())


def with_design(scenario: Scenario, design: Design) -> Scenario:
    """Return `scenario` with a design put on it, named `BASE+DESIGN`.

    A search space keeps the fields that the design has too.

    Raises
    ------
    BadInput
        If the design does not fit the scenario.
    """
    try:
        changed = _parsed(overlaid(scenario.model_dump(mode="json"), design), Path())
    except BadInput as error:
        raise BadInput(f"design {design.name} does not fit {scenario.name}: {error}") from None
    document = changed.model_dump(mode="json")
    lost = list(_lost_fields(changed))
    for part, path, _ in lost:
        del document["space"][part][path]
    return _parsed(document, Path()) if lost else changed


def field_value(scenario: Scenario, path: str) -> Any:
    """Return the value at a dotted path; raises `BadInput` if there is none."""
    return find_field(Scenario, scenario.model_dump(mode="json"), path)[1]


def parse_scenario(document: Any, folder: Path = Path()) -> Scenario:
    """Return the scenario of plain data; `scenario_id`, which records carry, may stand in it.

    Parameters
    ----------
    document
        Mapping of fields.
    folder
        What file names of series are relative to. They become absolute, and their content's hash is filled in.

    Raises
    ------
    BadInput
        If it is not a valid scenario.
    """
    scenario = _parsed(document, folder)
    _check_space(scenario)
    return scenario


def _parsed(document: Any, folder: Path) -> Scenario:
    """The scenario of plain data, whatever its search space names: another kind may lack some of its fields."""
    if isinstance(document, Mapping):
        document = {key: value for key, value in document.items() if key != "scenario_id"}
        document = with_kinds(shape_of(Scenario), {**document, **_spot_venues(document)})
    text = plain_json(document, "the scenario")
    plain = json.loads(text)
    try:
        scenario = Scenario.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise complaint(Scenario, plain, error) from None
    for asset, model in scenario.assets.items():
        if isinstance(model.price, CsvPath):
            _pin_series(plain["assets"][asset]["price"], f"assets.{asset}.price", folder)
    return Scenario.model_validate_json(json.dumps(plain), strict=True)


def _spot_venues(document: Mapping[str, Any]) -> dict[str, Any]:
    """Feeds in which one that reads a venue and names none reads the first that trades its asset."""
    feeds, venues = document.get("feeds"), document.get("venues")
    if not isinstance(feeds, Mapping) or not isinstance(venues, Mapping):
        return {}

    def venue_of(asset: str) -> dict[str, str]:
        trading = (
            name
            for name, venue in venues.items()
            if isinstance(venue, Mapping)
            and asset in (venue.get("base"), venue.get("quote"))
            and venue.get("kind") != "split"
        )
        name = next(trading, None)
        return {} if name is None else {"venue": name}

    return {
        "feeds": {
            asset: {**venue_of(asset), **feed}
            if isinstance(feed, Mapping) and feed.get("kind") in ("pool_spot", "pool_mean")
            else feed
            for asset, feed in feeds.items()
        }
    }


def dump_yaml(scenario: Scenario) -> str:
    """Return the scenario as YAML with every field spelled out; loading it gives an equal one."""
    return write_yaml(scenario.model_dump(mode="json"))


def dump_json(scenario: Scenario) -> str:
    """Return the scenario as JSON with every field spelled out; loading it gives an equal one."""
    return write_json(scenario.model_dump(mode="json"))


def _override_values(overrides: Mapping[str, Any] | Sequence[str]) -> list[tuple[str, Any]]:
    if isinstance(overrides, Mapping):
        pairs = list(overrides.items())
    else:
        pairs = []
        for text in overrides:
            path, equals, value = text.partition("=")
            if not equals:
                raise BadInput(f"override {text!r} has no '=', path=value expected")
            pairs.append((path.strip(), value))
    return [(path, read_yaml(v, path) if isinstance(v, str) else v) for path, v in pairs]


def _pin_series(price: dict[str, Any], path: str, folder: Path) -> None:
    """Make the file name absolute and hold the price to the file's content."""
    file = (folder / price["file"]).resolve()
    try:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "cannot be read"
        raise BadInput(f"{path}.file is {price['file']!r}: {reason}, a readable CSV file expected") from None
    if price.get("sha256") not in (None, digest):
        raise BadInput(f"{path}.sha256 is {price['sha256']}, but the content of {price['file']} has {digest}")
    price.update(file=str(file), sha256=digest)


def _check_space(scenario: Scenario) -> None:
    """Refuse a search space over fields that do not exist, or with values that they cannot have."""
    if scenario.space is None:
        return
    document = scenario.model_dump(mode="json")
    for part in ("design", "environment"):
        for path, bounds in getattr(scenario.space, part).items():
            check_range(f"space.{part}", document, path, bounds)


def _lost_fields(scenario: Scenario) -> Iterator[tuple[str, str, BadInput]]:
    """Fields of the search space that the scenario does not have: part, path and complaint."""
    if scenario.space is None:
        return
    document = scenario.model_dump(mode="json")
    for part in ("design", "environment"):
        for path in getattr(scenario.space, part):
            try:
                find_field(Scenario, document, path)
            except BadInput as error:
                yield part, path, error
