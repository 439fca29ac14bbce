"""What is wrong in a scenario with perpetuals is said in one line, by path."""

import pytest

from sim.errors import BadInput
from sim.scenario.loading import dump_json, dump_yaml, load_scenario
from tests.perp_scenarios import perp_document, perp_market, perp_scenario


def _complaint(**changes) -> str:
    with pytest.raises(BadInput) as caught:
        perp_scenario(**changes)
    text = str(caught.value)
    assert "\n" not in text
    return text


def _with_instrument(**changes):
    return {"perps": {"perp": perp_market(instruments={"WETH": changes})}}


def _with_waterfall(*stages):
    return {"perps": {"perp": perp_market(waterfall=list(stages))}}


def _with_trader(**account):
    group = {"kind": "explicit", "market": "perp", "accounts": [{"margin_tokens": 1, **account}]}
    return {"traders": {"few": group}}


def _with_agent(**agent):
    return {"agents": {"one": {"market": "perp", **agent}}}


WRONG = {
    "quote is no asset": ({"perps": {"perp": perp_market(quote="DAI")}}, "perps.perp.quote is 'DAI'"),
    "instrument without a feed": (
        {"perps": {"perp": perp_market(instruments={"USDC": {}})}},
        "perps.perp.instruments is 'USDC'",
    ),
    "no instrument": ({"perps": {"perp": perp_market(instruments={})}}, "perps.perp.instruments"),
    "first tier starts above nothing": (
        _with_instrument(tiers=[{"floor_tokens": 5, "maintenance_bps": 100}]),
        "tiers.0.floor_tokens is 5, 0 expected",
    ),
    "rates of tiers fall": (
        _with_instrument(tiers=[{"maintenance_bps": 200}, {"floor_tokens": 9, "maintenance_bps": 100}]),
        "tiers.1.maintenance_bps is 100, more than 200 expected",
    ),
    "windows of the mark": (_with_instrument(mark={"short_window_s": 900}), "expected in rising order"),
    "impact that pays": (
        _with_instrument(pricing={"kind": "oracle_impact", "favourable_bps_per_million": 3}),
        "pricing.favourable_bps_per_million is 3, at most adverse_bps_per_million 2",
    ),
    "unknown pricing": (_with_instrument(pricing={"kind": "book"}), "pricing.kind is 'book'"),
    "unknown fund": (_with_waterfall({"kind": "fund", "fund": "none"}), "waterfall.0.fund is 'none'"),
    "stages of one name": (
        _with_waterfall({"kind": "socialise"}, {"kind": "socialise"}),
        "waterfall.1.name is 'socialise', which another stage has",
    ),
    "home that comes later": (
        _with_waterfall({"kind": "backstop", "name": "sub", "home": "main"}, {"kind": "backstop", "name": "main"}),
        "waterfall.0.home is 'main', one of [] before it expected",
    ),
    "two ways to deleverage": (
        _with_waterfall({"kind": "deleverage"}, {"kind": "deleverage", "name": "again"}),
        "several stages of kind 'deleverage', at most one expected",
    ),
    "unknown policy": (
        _with_waterfall({"kind": "deleverage", "policy": {"kind": "fifo"}}),
        "waterfall.0.policy.kind is 'fifo'",
    ),
    "trader in no instrument": (
        _with_trader(positions={"USDC": 1}),
        "traders.few.accounts.0.positions is 'USDC', one of ['WETH'] expected",
    ),
    "isolated with collateral": (
        {
            **_with_trader(positions={"WETH": 1}, isolated=True, collateral_tokens={"WETH": 1}),
            "perps": {"perp": perp_market(collateral={"WETH": {}})},
        },
        "traders.few.accounts.0.collateral_tokens: an isolated account holds quote alone",
    ),
    "deleverager without deleveraging": (
        _with_agent(kind="deleverager"),
        "whose waterfall has no stage of kind 'deleverage'",
    ),
    "arbitrage bounds": (
        _with_agent(kind="funding_arbitrageur", instrument="WETH", entry_bps=5, exit_bps=5),
        "agents.one.exit_bps is 5, less than entry_bps 5 expected",
    ),
    "spot leg on no venue of the pair": (
        _with_agent(kind="funding_arbitrageur", instrument="WETH", venue="none"),
        "agents.one.venue is 'none'",
    ),
    "push on no venue": (
        _with_agent(
            kind="paper_profit_attacker",
            instrument="WETH",
            venue="thin",
            size_tokens=1,
            margin_tokens=1,
            push_tokens=1,
        ),
        "agents.one.venue is 'thin'",
    ),
    "trend in no instrument": (
        _with_agent(kind="trend_trader", instrument="USDC"),
        "agents.one.instrument is 'USDC', one of ['WETH'] expected",
    ),
    "market maker without a curve": (
        _with_agent(kind="perp_market_maker", instrument="WETH"),
        "with pricing 'oracle_impact', 'virtual_amm' expected",
    ),
    "misspelt": (_with_instrument(liquidation_fee_bp=1), "liquidation_fee_bps"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_one_line_with_its_path(name):
    changes, expected = WRONG[name]
    assert expected in _complaint(**changes)


def test_a_scenario_survives_yaml_and_json(tmp_path):
    scenario = perp_scenario()
    for suffix, text in (("yaml", dump_yaml(scenario)), ("json", dump_json(scenario))):
        file = tmp_path / f"small.{suffix}"
        file.write_text(text)
        assert load_scenario(file) == scenario


def test_stages_keep_their_order_in_the_identifier():
    stages = perp_document()["perps"]["perp"]["waterfall"]
    turned = perp_scenario(**_with_waterfall(*reversed(stages)))
    assert turned.scenario_id != perp_scenario().scenario_id
