"""Groups become accounts whose margins, sides and liquidation prices are as their models say."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.perps.instruments import Instrument
from sim.units import BPS, E8, WAD
from sim.world.perps.traders import initial_quote, maintenance_quote, realise_traders
from tests.perp_scenarios import USD, perp_scenario

PRICES = {"WETH": 2_000 * E8, "USDC": E8}
TIERS = [{"maintenance_bps": 100}, {"floor_tokens": 1_000, "maintenance_bps": 250}]


def _group(**fields):
    return {"traders": {"few": {"market": "perp", "instrument": "WETH", **fields}}}


def _book(**fields):
    defaults = {"kind": "book", "count": 200, "notional_tokens": 50_000}
    return realise_traders(perp_scenario(**_group(**(defaults | fields))), PRICES)


def test_a_book_holds_its_notional_and_its_share_of_longs():
    traders = _book(long_share_bps=6_000)
    sizes = [trader.positions["WETH"] for trader in traders]
    notional = sum(abs(size) for size in sizes) * 2_000 // WAD
    assert notional == pytest.approx(200 * 50_000, abs=200)
    longs = sum(size for size in sizes if size > 0)
    assert longs / sum(map(abs, sizes)) == pytest.approx(0.6, abs=0.002)


def test_leverage_of_a_book_stays_within_its_bound_and_initial_margin():
    for trader in _book(leverage_median=30, leverage_sigma=1.0, leverage_max=25):
        notional = abs(trader.positions["WETH"]) * 2_000 * USD // WAD
        assert notional <= 25 * trader.margin_quote + 25


def test_the_isolated_share_of_a_book():
    traders = _book(isolated_share_bps=2_500)
    assert sum(trader.isolated for trader in traders) == 50
    assert all(trader.slot == ("WETH" if trader.isolated else None) for trader in traders)


def test_drawing_is_repeatable_and_does_not_depend_on_other_groups():
    alone = _book()
    document = {**_group(kind="book", count=200, notional_tokens=50_000)["traders"]}
    first = {
        "kind": "ladder",
        "market": "perp",
        "instrument": "WETH",
        "count": 1,
        "notional_tokens": 1,
        "start_bps": 500,
    }
    both = realise_traders(perp_scenario(traders={"first": first, **document}), PRICES)
    assert both[1:] == alone


def test_hedgers_are_short_what_they_hold():
    changes = _group(kind="hedgers", count=5, spot_tokens=10, spot_sigma=0.5, leverage=2, venue="pool")
    venue = {"pool": {"base": "WETH", "quote": "USDC", "base_tokens": 100}}
    traders = realise_traders(perp_scenario(venues=venue, **changes), PRICES)
    assert all(trader.positions["WETH"] == -trader.spot["WETH"] for trader in traders)
    assert sum(trader.spot["WETH"] for trader in traders) == pytest.approx(50 * WAD, rel=1e-12)


@pytest.mark.parametrize("side", ["long", "short"])
@pytest.mark.parametrize("k", [0, 1, 3])
def test_a_rung_is_at_maintenance_margin_where_its_price_is(side, k):
    changes = _group(kind="ladder", side=side, count=4, notional_tokens=200_000, start_bps=300, spacing_bps=100)
    scenario = perp_scenario(**changes)
    rung = realise_traders(scenario, PRICES)[k]
    moved = 1 - Fraction(9_700, BPS) * Fraction(9_900, BPS) ** k
    sign = 1 if side == "long" else -1
    notional = 200_000 * USD
    equity = rung.margin_quote - notional * moved
    rate = Fraction(scenario.perps["perp"].instruments["WETH"].tiers[0].maintenance_bps, BPS)
    assert abs(equity - notional * (1 - sign * moved) * rate) <= 2
    assert rung.positions["WETH"] == sign * 100 * WAD


@given(st.integers(0, 10**13))
def test_margins_are_those_of_the_brackets(notional):
    instrument = Instrument.model_validate({"tiers": tuple(TIERS), "maintenance_share_bps": 4_000})
    exact = Fraction(notional, 100) if notional <= 1_000 * USD else Fraction(notional - 1_000 * USD, 40) + 10 * USD
    margin = maintenance_quote(instrument, notional, 6)
    assert 0 <= margin - exact < 1
    assert 0 <= initial_quote(instrument, notional, 6) - Fraction(margin * 10, 4) < 1


def test_entries_lie_about_the_price_of_the_start_and_leverage_is_that_at_the_start():
    traders = _book(entry_spread_bps=1_000, leverage_median=4, leverage_sigma=0)
    entries = {trader.entry_e8 for trader in traders}
    assert entries == {2_000 * E8 * (40 + level) // 40 for level in range(-4, 5)}
    for trader in traders:
        size = trader.positions["WETH"]
        gain = size * (2_000 * E8 - trader.entry_e8) // (WAD * E8 // USD)
        assert trader.margin_quote + gain >= abs(size) * 2_000 * USD // WAD // 4 - 2
