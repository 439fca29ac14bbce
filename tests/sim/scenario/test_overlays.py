"""Rule: a design patches any scenario with a market of its kind; SCENARIO+DESIGN works where SCENARIO does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import BadInput
from sim.scenario.loading import dump_yaml, load_scenario, parse_scenario, with_design
from sim.scenario.overlays import Design, list_designs, load_design, merged
from sim.scenario.references import DESIGNS, names_in, split_reference
from sim.scenario.text import write_yaml
from tests.perp_scenarios import perp_document
from tests.sim.scenario.test_loading import BASE, one_line

PATCH = {
    "name": "half",
    "summary": "Half of it.",
    "source": "nobody",
    "market": {"terms": {"close_factor_bps": 2_500}, "flash_fee_bps": None},
    "collateral": {"liquidation_bonus_bps": 100},
    "reserves": {"protocol_fee_bps": 7},
    "keepers": {"latency_blocks": 3},
    "agents": {"arb": {"kind": "arbitrageur", "venue": "pool"}},
}


def design(**fields) -> Design:
    return Design(**{**PATCH, **fields})


def base_document() -> dict:
    reserves = {"WETH": {}, "USDC": {"supply_tokens": 1e6, "ltv_bps": 0, "liquidation_threshold_bps": 0}}
    return {**BASE, "lending": {"main": {"reserves": reserves, "flash_fee_bps": 9}}}


def test_a_design_changes_what_it_names_and_nothing_else():
    before = parse_scenario(base_document())
    after = with_design(before, design())
    market, was = after.lending["main"], before.lending["main"]
    assert (after.name, after.summary) == ("base+half", "Half of it.")
    assert market.terms.close_factor_bps == 2_500
    assert market.flash_fee_bps == type(market).model_fields["flash_fee_bps"].default
    assert market.reserves["WETH"].liquidation_bonus_bps == 100
    assert market.reserves["USDC"].liquidation_bonus_bps == was.reserves["USDC"].liquidation_bonus_bps
    assert {reserve.protocol_fee_bps for reserve in market.reserves.values()} == {7}
    assert (after.agents["keeper"].latency_blocks, after.agents["arb"].kind) == (3, "arbitrageur")
    assert (after.assets, after.feeds, after.population) == (before.assets, before.feeds, before.population)
    assert after.scenario_id != before.scenario_id


leaves = st.none() | st.integers(0, 3) | st.text("ab", max_size=2)
patches = st.recursive(leaves, lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3))


@given(patches, patches)
def test_merging_again_changes_nothing_and_nothing_is_null(document, patch):
    once = merged(document, patch)
    assert merged(once, patch) == once
    if isinstance(patch, dict):
        assert all(name not in once for name, value in patch.items() if value is None)


@pytest.mark.parametrize("kind", ["a", "b"])
def test_a_mapping_that_names_its_kind_replaces_the_whole_one(kind):
    assert merged({"kind": "a", "x": 1}, {"kind": kind, "y": 2}) == {"kind": kind, "y": 2}
    assert merged({"kind": "a", "x": 1}, {"y": 2}) == {"kind": "a", "x": 1, "y": 2}


def test_references_split_at_plus_but_not_within_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a+b.yaml").write_text("")
    assert split_reference("flash-crash") == ("flash-crash", ())
    assert split_reference("flash-crash+x+y") == ("flash-crash", ("x", "y"))
    assert split_reference("a+b.yaml+dir/x.yaml") == ("a+b.yaml", ("dir/x.yaml",))
    assert split_reference("c+d/none.yaml+x") == ("c+d/none.yaml", ("x",))
    assert split_reference("unknown+x") == ("unknown", ("x",))


def test_files_and_overrides_go_with_designs(tmp_path):
    base, overlay = tmp_path / "base.yaml", tmp_path / "half.yaml"
    base.write_text(dump_yaml(parse_scenario(base_document())))
    overlay.write_text(write_yaml(PATCH))
    scenario = load_scenario(f"{base}+{overlay}", ["lending.main.terms.close_factor_bps=3000"], seed=5)
    assert (scenario.name, scenario.seed) == ("base+half", 5)
    assert scenario.lending["main"].terms.close_factor_bps == 3_000
    assert parse_scenario(scenario.model_dump(mode="json")) == scenario


def test_what_cannot_be_loaded_or_applied_is_one_line(tmp_path):
    assert "design 'fixed-close-facto' is unknown, nearest is 'fixed-close-factor'" in one_line(
        load_scenario, "flash-crash+fixed-close-facto"
    )
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: bad\nsummary: x\nsource: y\nmarkt: {}\n")
    assert "markt is unknown, nearest is 'market'" in one_line(load_scenario, f"calm+{bad}")
    bad.write_text("name: bad\nsummary: x\nsource: y\nmarket: {terms: {close_facto_bps: 1}}\n")
    text = one_line(load_scenario, f"calm+{bad}")
    assert text.startswith("design bad does not fit calm: lending.")
    assert "close_facto_bps is unknown, nearest is 'close_factor_bps'" in text
    empty = parse_scenario({**BASE, "lending": {}, "population": {}, "agents": {}, "space": None})
    assert "base: it has no lending market" in one_line(with_design, empty, design())
    assert "lending.main has no insurance fund" in one_line(
        with_design, parse_scenario(base_document()), design(fund={"cap_tokens": 1})
    )


def test_a_search_space_keeps_the_fields_that_the_design_has():
    scenario = load_scenario("flash-crash")
    assert "insurance.fund.cap_tokens" not in scenario.space.design
    document = scenario.model_dump(mode="json")
    document["space"]["design"]["agents.keeper-slow.min_profit_usd"] = {"low": 1, "high": 2}
    changed = with_design(parse_scenario(document), design(agents={"keeper-slow": None}))
    assert set(changed.space.design) == set(scenario.space.design)


def test_every_design_of_the_library_names_itself_and_its_source():
    assert len(list_designs()) == len(names_in(DESIGNS)) > 0
    for name in names_in(DESIGNS):
        found = load_design(name)
        assert found.name == name and found.summary.endswith(".") and found.source and found.requirements


def test_names_of_the_market_and_its_pair_are_filled_in():
    named = design(
        market={"reserves": {"$debt": {"protocol_fee_bps": 9}, "$collateral": {"protocol_fee_bps": 8}}},
        reserves={},
        agents={"arb-$market": {"kind": "keeper", "market": "$market", "venue": "pool"}},
    )
    scenario = with_design(parse_scenario(base_document()), named)
    fees = {asset: reserve.protocol_fee_bps for asset, reserve in scenario.lending["main"].reserves.items()}
    assert fees == {"WETH": 8, "USDC": 9}
    assert scenario.agents["arb-main"].market == "main"


def test_designs_stack():
    scenario = with_design(with_design(parse_scenario(base_document()), design()), design(name="again", market={}))
    assert scenario.name == "base+half+again"
    with pytest.raises(BadInput, match="name is"):
        parse_scenario({**BASE, "name": "base+"})


def test_feeds_that_a_market_reads_are_wrapped_and_keep_what_they_were():
    document = base_document()
    guard = {"kind": "staleness_guard", "max_age_s": 60}
    document["feeds"]["WETH"] = {"kind": "push", "deviation_bps": 7, "through": [guard]}
    document["assets"]["DAI"] = document["assets"]["USDC"]
    document["feeds"]["DAI"] = {"kind": "push"}
    layered = with_design(parse_scenario(document), design(feeds={"through": ["$through", {"kind": "delayed"}]}))
    assert [layer.kind for layer in layered.feeds["WETH"].through] == ["staleness_guard", "delayed"]
    assert layered.feeds["WETH"].deviation_bps == 7
    assert layered.feeds["DAI"].through == ()  # no market reads it

    sources = {"first": "$feed", "other": {"kind": "push", "delay_blocks": 3}}
    median = with_design(parse_scenario(document), design(feeds={"kind": "median", "sources": sources}))
    assert median.feeds["WETH"].sources["first"] == parse_scenario(document).feeds["WETH"]
    assert median.feeds["USDC"].sources["other"].delay_blocks == 3
    assert median.feeds["WETH"].through == ()


PERP_PATCH = {
    "name": "perp-half",
    "summary": "Half of it.",
    "source": "nobody",
    "perps": {"gate_s": 7},
    "instruments": {"trading_fee_bps": 3, "pricing": {"kind": "virtual_amm", "depth_tokens": 5e6}},
    "stages": {"backstop": {"tokens": 9_000}, "fund": None},
}


def test_a_design_of_perpetual_markets_changes_instruments_and_stages_by_kind():
    before = parse_scenario(perp_document())
    after = with_design(before, Design(**PERP_PATCH))
    market, was = after.perps["perp"], before.perps["perp"]
    assert market.gate_s == 7 and market.quote == was.quote
    assert market.instruments["WETH"].trading_fee_bps == 3
    assert market.instruments["WETH"].pricing.depth_tokens == 5e6
    assert market.instruments["WETH"].tiers == was.instruments["WETH"].tiers
    kept = [stage.kind for stage in was.waterfall if stage.kind != "fund"]
    assert [stage.kind for stage in market.waterfall] == kept
    assert market.waterfall[0].tokens == 9_000
    assert (after.traders, after.feeds, after.insurance) == (before.traders, before.feeds, before.insurance)


def test_a_design_fits_markets_of_its_kind_alone():
    perps, lending = parse_scenario(perp_document()), parse_scenario(base_document())
    assert "it has no perpetual market, at least one expected" in one_line(
        with_design, lending, Design(**PERP_PATCH)
    )
    assert "it has no lending market, at least one expected" in one_line(with_design, perps, design())
    unknown = Design(**{**PERP_PATCH, "stages": {"deleverag": {}}})
    assert "perps.perp.waterfall has no stage of kind 'deleverag', one expected" in one_line(
        with_design, perps, unknown
    )
