"""A perpetual market comes into the world as its scenario says."""

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.perp_trace import account_owner
from sim.units import BPS, E8, WAD, quantise
from sim.world.opening import WorldError
from sim.world.perps.traders import maintenance_quote
from tests.perp_scenarios import USD, perp_market, perp_scenario


@pytest.fixture(scope="module")
def opened(artifacts):
    return launch(perp_scenario(), RevmChain(), artifacts)


def test_every_account_has_its_margin_and_positions_at_the_index(opened):
    positions = opened.trace.initial_positions["perp"]
    for trader in opened.world.traders["perp"]:
        name = trader.role if trader.slot is None else f"{trader.role}:{trader.slot}"
        account = positions[name]
        assert account.cash_quote == trader.margin_quote
        assert account.sizes_wad == {"WETH": trader.positions["WETH"]}
        assert account.equity_quote == pytest.approx(trader.margin_quote, abs=2)


def test_the_maker_takes_the_other_side(opened):
    maker = opened.trace.initial_positions["perp"]["pricing-perp-oracle-impact"]
    net = sum(one.positions["WETH"] for one in opened.world.traders["perp"])
    assert maker.sizes_wad["WETH"] == -net
    assert maker.cash_quote == 50_000_000 * USD


def test_the_configuration_is_the_scenario(opened):
    market, model = opened.world.perps["perp"], opened.world.scenario.perps["perp"].instruments["WETH"]
    out = market._view("PerpMarket", market.address, "instrumentConfig", market.tokens["WETH"])
    words = [int.from_bytes(out[at : at + 32], "big") for at in range(0, len(out), 32)]
    config = words[:15]
    assert config[2:10] == [
        0,
        100 * USD,
        model.maintenance_share_bps,
        model.trading_fee_bps,
        model.maker_fee_share_bps,
        model.liquidation_fee_bps,
        model.fund_share_bps,
        model.close_min_bps,
    ]
    assert config[10:] == [28_800, 0, *(quantise(bps / BPS, 18) for bps in (1.0, 5.0, 200.0))]


def test_the_waterfall_is_in_its_order(opened):
    market = opened.world.perps["perp"]
    assert [stage.role for stage in market.stages.values()] == [
        "stage-perp-backstop",
        "stage-perp-fund",
        "stage-perp-socialise",
    ]
    assert opened.trace.initial_positions["perp"]["stage-perp-backstop"].cash_quote == 100_000 * USD


TIERS = [
    {"maintenance_bps": 50},
    {"floor_tokens": 250_000, "maintenance_bps": 125},
    {"floor_tokens": 3_000_000, "maintenance_bps": 500},
]


@pytest.mark.parametrize("tokens", [1, 249_999, 250_000, 1_000_000, 5_000_000])
def test_the_market_asks_the_margin_of_the_brackets(tokens, artifacts):
    instruments = {"WETH": {"pricing": {"kind": "oracle_impact"}, "tiers": TIERS}}
    engine = launch(perp_scenario(perps={"perp": perp_market(instruments=instruments)}), RevmChain(), artifacts)
    market = engine.world.perps["perp"]
    size = tokens * WAD // 2_000
    notional, initial, maintenance = market.requirement("WETH", size)
    model = engine.world.scenario.perps["perp"].instruments["WETH"]
    assert maintenance == maintenance_quote(model, notional, 6)
    assert initial == 2 * maintenance


def test_a_curve_is_pegged_to_the_index_once_positions_are_open(artifacts):
    instruments = {"WETH": {"pricing": {"kind": "virtual_amm", "depth_tokens": 10_000_000}}}
    engine = launch(perp_scenario(perps={"perp": perp_market(instruments=instruments)}), RevmChain(), artifacts)
    state = engine.world.perps["perp"].read_instruments()["WETH"]
    assert state.mid_e8 == pytest.approx(2_000 * E8, rel=1e-9)
    moved = engine.world.perps["perp"].quote_trade("WETH", 50 * WAD)
    assert -moved == pytest.approx(100_000 * USD * (1 + 100_000 / 10_000_000), rel=1e-3)


def test_an_account_below_its_margin_cannot_be_opened(artifacts):
    group = {
        "kind": "explicit",
        "market": "perp",
        "accounts": [{"positions": {"WETH": 100}, "margin_tokens": 100}],
    }
    with pytest.raises(WorldError, match="few/0 calling perp.trade failed with InsufficientMargin"):
        launch(perp_scenario(traders={"few": group}), RevmChain(), artifacts)


def test_nobody_is_on_the_wrong_side_of_maintenance_margin_after_any_block(artifacts):
    engine = launch(perp_scenario(), RevmChain(), artifacts)
    market = engine.world.perps["perp"]
    seen_below = 0
    for _ in range(engine.blocks):
        engine.step()
        seen = engine._recorder.perps.observations()["perp"]
        keys = list(seen.accounts)
        for key, truth in zip(keys, market.read_accounts(keys), strict=True):
            assert abs(seen.accounts[key].equity_quote - truth.equity_quote) <= 16
            assert (key in seen.at_risk) == truth.is_liquidatable
            seen_below += truth.is_liquidatable
    assert seen_below
    assert not engine.trace.violations


def test_rungs_fall_below_maintenance_margin_one_after_the_other(artifacts):
    engine = launch(perp_scenario(), RevmChain(), artifacts)
    trace = engine.run()
    first: dict[str, int] = {}
    for record in trace.blocks:
        for account in record.below_maintenance["perp"]:
            if account_owner(account).startswith("rungs/"):
                first.setdefault(account, record.block)
    assert list(first) == [f"rungs/{k}" for k in range(4)]
    assert list(first.values()) == sorted(first.values())


@pytest.mark.parametrize("pricing", [{"kind": "oracle_impact"}, {"kind": "virtual_amm"}])
def test_positions_with_entries_of_their_own_have_their_profit_when_the_run_begins(pricing, artifacts):
    group = {"kind": "book", "market": "perp", "instrument": "WETH", "count": 12, "notional_tokens": 50_000}
    group |= {"leverage_median": 3, "leverage_sigma": 0, "entry_spread_bps": 800}
    perps = {"perp": perp_market(instruments={"WETH": {"pricing": pricing}})}
    engine = launch(perp_scenario(perps=perps, traders={"few": group}), RevmChain(), artifacts)
    for trader in engine.world.traders["perp"]:
        account = engine.trace.initial_positions["perp"][trader.role]
        size = account.sizes_wad["WETH"]
        assert account.entries_quote["WETH"] == pytest.approx(-size * trader.entry_e8 / WAD / E8 * USD, rel=1e-9)
        gain = size * (2_000 * E8 - trader.entry_e8) // (WAD * E8 // USD)
        assert account.equity_quote == pytest.approx(trader.margin_quote + gain, abs=3)
    assert engine.world.feeds["WETH"].address and engine._recorder.state.feeds["WETH"].price_e8 == 2_000 * E8
