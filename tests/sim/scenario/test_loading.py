"""Rule: what is dumped loads back the same; what is wrong is one line naming field, given and allowed."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import BadInput
from sim.scenario import Scenario
from sim.scenario.loading import (
    dump_json,
    dump_yaml,
    field_value,
    load_scenario,
    parse_scenario,
    with_fields,
)
from sim.scenario.references import list_library
from sim.scenario.text import read_json, read_yaml
from tests.sim.scenario.strategies import documents, scenarios

BASE = {
    "name": "base",
    "assets": {
        "WETH": {"decimals": 18, "price": {"kind": "constant", "price_usd": 2_000}},
        "USDC": {"decimals": 6, "price": {"kind": "gbm", "start_price_usd": 1}},
    },
    "feeds": {"WETH": {"kind": "push"}, "USDC": {"kind": "push"}},
    "venues": {"pool": {"base": "WETH", "quote": "USDC", "base_tokens": 100}},
    "lending": {"main": {"reserves": {"WETH": {}, "USDC": {"supply_tokens": 1e6}}}},
    "population": {
        "whales": {
            "kind": "explicit",
            "market": "main",
            "accounts": [{"collateral_tokens": {"WETH": 1}, "debt_tokens": {"USDC": 10}}],
        }
    },
    "agents": {"keeper": {"kind": "keeper", "market": "main", "venue": "pool"}},
    "space": {
        "design": {"lending.main.reserves.WETH.ltv_bps": {"low": 7_000, "high": 8_000}},
        "envelope": {"shock_asset": "WETH"},
    },
}
SERIES = "timestamp_utc,price_usd\n2020-03-12T00:00:00Z,100\n2020-03-12T01:00:00Z,90\n"


def changed(path: str, value) -> dict:
    document = copy.deepcopy(BASE)
    *parents, last = path.split(".")
    at = document
    for part in parents:
        at = at[int(part) if isinstance(at, list) else part]
    at[last] = value
    return document


def one_line(call, *args, **kwargs) -> str:
    with pytest.raises(BadInput) as raised:
        call(*args, **kwargs)
    text = str(raised.value)
    assert "\n" not in text and text
    return text


@pytest.fixture
def base(tmp_path):
    file = tmp_path / "base.yaml"
    file.write_text(dump_yaml(parse_scenario(BASE)))
    return file


@given(scenarios())
def test_yaml_and_json_load_back_to_an_equal_scenario(scenario):
    for text in (read_yaml(dump_yaml(scenario), "yaml"), read_json(dump_json(scenario), "json")):
        again = parse_scenario(text)
        assert again == scenario
        assert again.scenario_id == scenario.scenario_id


def mappings(document, path=()):
    """Every mapping of fields of models (dicts keyed by names of the author's own are left out)."""
    named = {"assets", "feeds", "venues", "lending", "insurance", "population", "agents", "reserves", "sources"}
    if isinstance(document, dict):
        if not path or path[-1] not in named:
            yield document, path
        for key, value in document.items():
            yield from mappings(value, (*path, key))
    elif isinstance(document, list):
        for i, value in enumerate(document):
            yield from mappings(value, (*path, str(i)))


@given(documents(), st.data())
def test_every_single_key_typo_names_the_nearest_field(document, data):
    try:
        parse_scenario(document)
    except BadInput:
        return
    mapping, path = data.draw(st.sampled_from(list(mappings(document))))
    key = data.draw(st.sampled_from(list(mapping)))
    i = data.draw(st.integers(0, len(key) - 1))
    typo = key[:i] + data.draw(st.sampled_from("qz")) + key[i + data.draw(st.integers(0, 1)) :]
    mapping[typo] = mapping.pop(key)
    text = one_line(parse_scenario, document)
    assert repr(key) in text and ".".join((*path, typo)) in text


@pytest.mark.parametrize(
    "path,value,message",
    [
        ("lending.main.reserves.WETH.ltv_bps", 80.5, "is 80.5, a whole number of basis points (100 is 1 %)"),
        ("lending.main.reserves.WETH.ltv_bps", "80%", "is '80%', a whole number of basis points"),
        ("lending.main.reserves.WETH.ltv_bps", True, "is true, a whole number of basis points"),
        (
            "lending.main.reserves.WETH.ltv_bps",
            -1,
            "is -1, a whole number of basis points (100 is 1 %) at least",
        ),
        ("lending.main.reserves.WETH.ltv_bps", 8_500, "is 8500, at most the liquidation threshold 8300"),
        ("assets.WETH.price.price_usd", -5, "is -5, a number of US dollars above 0"),
        ("assets.WETH.price.price_usd", 1e300, "is 1e+300, a number of US dollars above 0 and at most"),
        ("assets.WETH.price.price_usd", float("nan"), "is nan, a number of US dollars"),
        ("assets.WETH.price.price_usd", "2000", "is '2000', a number of US dollars"),
        ("assets.WETH.decimals", 19, "is 19, a whole number at least 0 and at most 18"),
        ("assets.WETH.price", 5, "is 5, a mapping with kind one of constant, waypoints, csv"),
        ("assets.USDC.price.kind", "gmb", "is 'gmb', nearest is 'gbm'"),
        ("assets.USDC.price.volatilty_per_year", 1, "is unknown, nearest is 'volatility_per_year'"),
        ("venues.pool.base", "WTEH", "is 'WTEH', one of ['USDC', 'WETH'] expected"),
        ("agents.keeper.market", "mian", "is 'mian', one of ['main'] expected"),
        ("agents.keeper.funding", "flash", "is 'flash', one of flash_loan, inventory expected"),
        ("agents.keeper", None, "is null, a mapping with kind one of keeper"),
        ("population.whales.accounts.0.collateral_tokens", {"WBTC": 1}, "is 'WBTC', one of"),
        (
            "clock",
            {"blocks": 10**9},
            ".blocks is 1000000000, a whole number of blocks above 0 and at most",
        ),
        ("population.whales.accounts", [], "is [], at least 1 entry expected"),
        ("assets.WETH.price", {"kind": "csv", "file": "none.csv"}, ".file is 'none.csv': No such file"),
    ],
)
def test_a_wrong_value_names_path_given_and_allowed(path, value, message):
    text = one_line(parse_scenario, changed(path, value))
    assert f"{path}{' ' if message[0] != '.' else ''}{message}" in text


def test_a_name_that_cannot_be_a_role_is_refused():
    text = one_line(parse_scenario, changed("assets.1 x", BASE["assets"]["USDC"]))
    assert text.startswith("assets has the key '1 x', a name (a letter, then")


def test_a_search_space_over_an_unknown_field_is_refused():
    document = changed("space.design", {"lending.main.reserves.WETH.ltv": {"low": 1, "high": 2}})
    assert "space.design: lending.main.reserves.WETH.ltv is unknown, nearest is 'ltv_bps'" in one_line(
        parse_scenario, document
    )


@pytest.mark.parametrize(
    "text,message",
    [
        ("a: [1", "line 1, column 6: expected ',' or ']'"),
        ("name: x\n  y: 2", "line 2, column 4: mapping values are not allowed here"),
        ("a: 1\na: 2", "line 2, column 1: key 'a' is given twice"),
        ("!!python/object:os.system x", "line 1, column 1: could not determine a constructor"),
        ("- 1", "holds a list, a mapping of fields expected"),
        ("", "holds nothing, a mapping of fields expected"),
        ("a: !!timestamp 2020-01-01", "more than plain data"),
        ("a: &a [*a]", "more than plain data"),
    ],
)
def test_malformed_yaml_is_refused_with_its_place(tmp_path, text, message):
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    assert message in one_line(load_scenario, file)


@pytest.mark.parametrize("depth", [100, 1_000])
def test_deep_nesting_is_refused(tmp_path, depth):
    file = tmp_path / "deep.yaml"
    file.write_text("[" * depth + "]" * depth)
    assert "expected" in one_line(load_scenario, file)


@pytest.mark.parametrize(
    "text,message",
    [('{"a":', "line 1, column 6: Expecting value"), ('{"a":1,"a":2}', "key 'a' is given twice")],
)
def test_malformed_json_is_refused_with_its_place(tmp_path, text, message):
    file = tmp_path / "bad.json"
    file.write_text(text)
    assert message in one_line(load_scenario, file)


def test_a_file_or_name_that_does_not_exist_is_refused(tmp_path):
    assert "No such file" in one_line(load_scenario, tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe")
    assert "not UTF-8 text" in one_line(load_scenario, tmp_path / "bytes.yaml")
    assert "scenario 'flash-crsh' is unknown, nearest is 'flash-crash'" in one_line(load_scenario, "flash-crsh")


def test_scalars_are_those_of_yaml_1_2():
    text = "{a: 1e6, b: 1_000, c: yes, d: 2020-03-12, e: true, f: ~, g: 1:30, h: 010, i: .5}"
    assert read_yaml(text, "x") == {
        "a": 1e6, "b": 1_000, "c": "yes", "d": "2020-03-12", "e": True, "f": None, "g": "1:30", "h": 10, "i": 0.5
    }  # fmt: skip


def test_an_override_reaches_any_field(base):
    scenario = load_scenario(
        base,
        [
            "assets.WETH.price.price_usd=1e3",
            "assets.WETH.shocks.0={at_s: 60, change_bps: -500}",
            "assets.WETH.depth.depth_usd_per_pct=5e6",
            "assets.USDC.price.kind=constant",
            "assets.USDC.price.price_usd=0.99",
            "population.whales.accounts[0].debt_tokens.USDC=12.5",
            "lending.main.reserves.WETH.liquidation_bonus_bps=400",
            "agents.second={kind: arbitrageur, venue: pool}",
            "agents.keeper=null",
        ],
        seed=7,
        blocks=9,
    )
    assert scenario.assets["WETH"].price.price_usd == 1_000
    assert scenario.assets["WETH"].shocks[0].change_bps == -500
    assert scenario.assets["WETH"].depth.depth_usd_per_pct == 5e6
    assert scenario.assets["USDC"].price.price_usd == 0.99
    assert scenario.population["whales"].accounts[0].debt_tokens["USDC"] == 12.5
    assert scenario.lending["main"].reserves["WETH"].liquidation_bonus_bps == 400
    assert list(scenario.agents) == ["second"]
    assert (scenario.seed, scenario.clock.blocks) == (7, 9)
    assert scenario.scenario_id != load_scenario(base).scenario_id


@pytest.mark.parametrize(
    "override,message",
    [
        ("assets.WTEH.price.price_usd=1", "assets.WTEH is unknown, nearest is 'WETH'"),
        ("assets.WETH.price.price=1", "assets.WETH.price.price is unknown, nearest is 'price_usd'"),
        ("lending.main.reserves.WETH.ltv_bp=1", "nearest is 'ltv_bps'"),
        ("population.whales.accounts.3.debt_tokens.USDC=1", "accounts.3 is unknown, nearest is '0'"),
        ("lending.main.reserves.WETH.ltv_bps=80%", "is '80%', a whole number of basis points"),
        ("lending.main.reserves.WETH.ltv_bps=[", "line 1, column 2"),
        ("clock.blocks", "has no '=', path=value expected"),
        ("clock..blocks=1", "is not a path, names joined by dots"),
        ("clock.blocks.x=1", "clock.blocks.x is unknown, nothing can be given there"),
        ("assets.USDC.price.kind=constant", "assets.USDC.price.price_usd is missing"),
    ],
)
def test_a_wrong_override_is_refused(base, override, message):
    assert message in one_line(load_scenario, base, [override])


def test_wrong_seeds_and_lengths_are_refused(base):
    assert "seed is -1" in one_line(load_scenario, base, seed=-1)
    assert "clock.blocks is 0" in one_line(load_scenario, base, blocks=0)


def test_every_field_of_a_scenario_is_found_by_its_path():
    scenario = parse_scenario(BASE)
    leaves = 0
    stack = [((), scenario.model_dump(mode="json"))]
    while stack:
        path, value = stack.pop()
        if path and path[:2] != ("space", "design"):
            assert field_value(scenario, ".".join(path)) == value
            leaves += 1
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        stack += [((*path, str(key)), child) for key, child in items]
    assert leaves > 100
    assert with_fields(scenario, {"clock.blocks": 5.0}).clock.blocks == 5, "a search draws floats"


def test_prices_from_a_file_replace_the_path_and_set_the_length(base, tmp_path):
    file = tmp_path / "series.csv"
    file.write_text(SERIES)
    scenario = load_scenario(base, ["clock.block_time_s=60"], {"WETH": str(file)})
    assert scenario.assets["WETH"].price.kind == "csv" and scenario.clock.blocks is None
    assert load_scenario(base, prices={"WETH": str(file)}, blocks=3).clock.blocks == 3
    assert "nearest is 'WETH'" in one_line(load_scenario, base, prices={"WTH": str(file)})
    assert "No such file" in one_line(load_scenario, base, prices={"WETH": "none.csv"})


def test_a_series_of_the_same_event_sets_the_clock_and_leaves_gas_demand_on_its_dates(tmp_path):
    base = load_scenario("black-thursday")
    gas = base.block_space.demand.fee_gwei
    for day, shift in ((11, 24), (12, 0), (13, -24)):
        file = tmp_path / f"from-{day}.csv"
        file.write_text(SERIES.replace("03-12", f"03-{day}"))
        scenario = load_scenario("black-thursday", prices={"WETH": str(file)})
        assert scenario.clock.start_s == base.clock.start_s - shift * 3_600
        moved = scenario.block_space.demand.fee_gwei
        assert moved[max(shift, 0) :] == gas[max(-shift, 0) :] and set(moved[: max(shift, 0)]) <= {gas[0]}
        assert scenario.assets["WETH"].shocks == ()
    other = tmp_path / "other.csv"
    other.write_text(SERIES.replace("2020", "2021"))
    assert load_scenario("black-thursday", prices={"WETH": str(other)}).block_space == base.block_space
    prices = {"WETH": str(other), "DAI": str(file)}
    assert "prices begin at different times (WETH at 2021-03-12" in one_line(
        load_scenario, "black-thursday", prices=prices
    )


def test_the_hash_covers_the_content_of_a_series_and_not_its_place(base, tmp_path):
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text(SERIES)
    second.write_text(SERIES)
    ids = {load_scenario(base, prices={"WETH": str(f)}).scenario_id for f in (first, second)}
    assert len(ids) == 1
    pinned = dump_json(load_scenario(base, prices={"WETH": str(first)}))
    first.write_text(SERIES.replace("90", "80"))
    assert load_scenario(base, prices={"WETH": str(first)}).scenario_id not in ids
    assert "assets.WETH.price.sha256 is" in one_line(parse_scenario, json.loads(pinned))


def test_a_series_is_relative_to_the_file_that_names_it(tmp_path):
    (tmp_path / "series.csv").write_text(SERIES)
    document = changed("assets.WETH.price", {"kind": "csv", "file": "series.csv"})
    (tmp_path / "own.json").write_text(json.dumps(document))
    assert load_scenario(tmp_path / "own.json").assets["WETH"].price.file == str(tmp_path / "series.csv")


def test_a_record_of_a_run_loads_with_its_id():
    scenario = parse_scenario(BASE)
    record = {**scenario.model_dump(mode="json"), "scenario_id": scenario.scenario_id}
    assert parse_scenario(record) == scenario


SEARCHABLE = ("black-thursday", "calm", "perp-cascade", "flash-crash", "stale-oracle", "thin-liquidity") + (
    "isolated-contagion-free",
    "pre-liquidation",
)


def test_the_library_loads_and_says_what_each_scenario_shows():
    entries = list_library()
    assert [entry.name for entry in entries] == sorted(
        ["black-thursday", "calm", "flash-crash", "isolated-contagion-free", "loop-amplification", "loop-ladder"]
        + ["pre-liquidation", "rate-spike", "stale-oracle", "thin-liquidity", "zero-bid-auctions"]
        + ["adl-pro-rata", "adl-queue", "backstop-shared-collateral", "empty-fund-freezes", "fund-depletion"]
        + ["hedgers-unwound", "october-2025", "perp-cascade", "perp-pricings", "shared-fund"]
        + [
            "cap-incident-2026",
            "concentrated-liquidity",
            "depeg",
            "window-picking",
            "correlated-mode",
            "feed-silence",
            "liquidity-withdrawal",
            "manipulated-spot",
            "moving-haircuts",
            "sequencer-outage",
            "single-source-print",
            "size-tiers",
            "soft-liquidation",
            "split-sale",
            "threshold-cut",
            "threshold-ramp",
            "twap-defends",
        ]
    )
    for entry in entries:
        scenario = load_scenario(entry.name)
        assert isinstance(scenario, Scenario) and scenario.name == entry.name
        assert entry.summary == scenario.summary and entry.requirements
        assert (scenario.space is not None) == (entry.name in SEARCHABLE)


def test_every_end_of_a_search_range_is_a_valid_value():
    for entry in list_library():
        scenario = load_scenario(entry.name)
        if scenario.space is None:
            continue
        for path, span in {**scenario.space.design, **scenario.space.environment}.items():
            for value in span.choices or (span.low, span.high):
                assert field_value(with_fields(scenario, {path: value}), path) == value, path
            base = field_value(scenario, path)
            assert base in span.choices if span.choices else span.low <= base <= span.high, path


def test_an_override_inside_a_book_that_is_not_there_makes_the_usual_one(base):
    scenario = load_scenario(base, ["assets.WETH.depth.refill_half_life_s=5"])
    assert (scenario.assets["WETH"].depth.kind, scenario.assets["WETH"].depth.refill_half_life_s) == (
        "exponential",
        5,
    )
    power = load_scenario(base, ["assets.WETH.depth.kind=power", "assets.WETH.depth.gamma=1"])
    assert (power.assets["WETH"].depth.kind, power.assets["WETH"].depth.gamma) == ("power", 1)
    with pytest.raises(BadInput, match=r"assets\.WETH\.depth\.gamma is unknown"):
        load_scenario(base, ["assets.WETH.depth.gamma=1"])
    with pytest.raises(BadInput, match="gamma"):
        load_scenario(base, ["assets.WETH.depth.kind=power", "assets.WETH.depth.gamma=2"])
