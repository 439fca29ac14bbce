"""Rule: a pool becomes a market of another kind where its borrowers hold one pair, and says which one does not."""

import copy

import pytest

from sim.errors import BadInput
from sim.scenario.conversion import converted
from sim.scenario.loading import load_scenario

FLASH = load_scenario("flash-crash").model_dump(mode="json")


def changed(**group) -> dict:
    document = copy.deepcopy(FLASH)
    document["population"]["more"] = {"market": "main", **group}
    return document


def refused(document: dict, kind: str = "isolated") -> str:
    with pytest.raises(BadInput) as raised:
        converted(document, "main", {"kind": kind})
    return str(raised.value)


def test_an_isolated_market_takes_over_pair_threshold_and_supply():
    market = converted(FLASH, "main", {"kind": "isolated"})
    assert market["kind"] == "isolated"
    assert (market["collateral"], market["debt"]) == ("WETH", "USDC")
    assert (market["lltv_bps"], market["supply_tokens"]) == (7_500, 60_000_000)


def test_early_liquidations_begin_below_the_threshold_where_a_design_wants_them():
    assert "pre_liquidation" not in converted(FLASH, "main", {"kind": "isolated"})
    market = converted(FLASH, "main", {"kind": "isolated", "pre_liquidation": {"last_bonus_bps": 400}})
    assert market["pre_liquidation"] == {"pre_lltv_bps": 7_275}


def test_a_soft_market_takes_over_debts_losses_rates_and_the_fund():
    """Borrowers owe what they owe in the pool, and as many bands as carry its threshold hold their collateral."""
    market = converted(FLASH, "main", {"kind": "soft_liquidation"})
    assert (market["collateral"], market["debt"], market["health_threshold_bps"]) == ("WETH", "USDC", 7_500)
    assert (market["insurance"], market["losses"]) == ("fund", {"kind": "deficit"})
    assert market["rates"] == FLASH["lending"]["main"]["reserves"]["USDC"]["rates"]
    overlaid = load_scenario("flash-crash+soft-liquidation").lending["main"]
    assert (overlaid.bands, overlaid.loan_discount_bps, overlaid.liquidation_discount_bps) == (23, 1_400, 1_100)
    more = overlaid.model_copy(update={"bands": 24})
    assert overlaid.conversion * 8_600 >= 7_500 > more.conversion * 8_600
    steep = copy.deepcopy(FLASH)
    steep["lending"]["main"]["reserves"]["WETH"]["liquidation_threshold_bps"] = 9_000
    assert "liquidation_threshold_bps is 9000, at most 83" in refused(steep, "soft_liquidation")


def test_borrowers_with_another_pair_are_named():
    pair = {"kind": "ladder", "collateral": "USDC", "debt": "WETH"}
    assert "population.more holds USDC against WETH, WETH against USDC expected" in refused(changed(**pair))
    accounts = [
        {"collateral_tokens": {"WETH": 1}, "debt_tokens": {"USDC": 1}},
        {"collateral_tokens": {"WETH": 1, "USDC": 2}, "debt_tokens": {}},
    ]
    text = refused(changed(kind="explicit", accounts=accounts))
    assert "population.more.accounts.1 holds USDC, WETH against nothing, one collateral" in text
    assert "has no borrowers" in refused({**FLASH, "population": {}})


def test_only_a_pool_becomes_another_kind_and_only_a_known_one():
    assert "market.kind is 'perpetual', one of pool, isolated" in refused(FLASH, "perpetual")
    document = copy.deepcopy(FLASH)
    document["lending"]["main"]["kind"] = "isolated"
    assert "lending.main is of kind 'isolated', 'pool' expected" in refused(document, "soft_liquidation")
