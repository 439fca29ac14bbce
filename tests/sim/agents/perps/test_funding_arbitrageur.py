"""The funding arbitrageur carries the mid to the index, within its limits, and only where that pays."""

from types import SimpleNamespace

import pytest

from sim.protocols.perp_states import PerpKey
from sim.units import E8, WAD
from tests.perp_scenarios import USD
from tests.sim.agents.perps.small import curve, engine_of, held, made, state, steps, submit, trade

ARB = {
    "kind": "funding_arbitrageur",
    "market": "perp",
    "instrument": "WETH",
    "entry_bps": 20,
    "exit_bps": 5,
    "min_profit_usd": 0.1,
}
QUIET = [2_000.0]
POOL = {"pool": {"base": "WETH", "quote": "USDC", "base_tokens": 20_000, "fee_bps": 5}}


def gap_bps(engine) -> float:
    now = state(engine)
    return (now.mid_e8 / now.index_e8 - 1) * 10_000


@pytest.mark.parametrize("tokens", [100, -100])
def test_in_a_quiet_market_the_mid_comes_back_to_the_index(artifacts, tokens):
    """100 tokens move a depth of 20 million by 2 %: half a clip brings it back to the exit."""
    engine = engine_of(artifacts, {"arb": ARB}, QUIET)
    trade(engine, tokens)
    steps(engine, 1)
    assert abs(gap_bps(engine)) == pytest.approx(200, rel=0.05)
    steps(engine, 2)
    assert abs(gap_bps(engine)) == pytest.approx(5, abs=0.01) and gap_bps(engine) * tokens > 0
    assert held(engine, "arb") * tokens < 0
    steps(engine, 5)
    assert len(made(engine, "arb")) == 1, "between its bounds it stays"


def test_it_is_out_again_where_the_flow_that_it_took_goes_back(artifacts):
    engine = engine_of(artifacts, {"arb": ARB}, QUIET)
    trade(engine, 100)
    steps(engine, 4)
    assert held(engine, "arb") < -90 * WAD
    trade(engine, -100)
    steps(engine, 4)
    assert abs(held(engine, "arb")) < 3 * WAD and abs(gap_bps(engine)) <= 20


IMPACT = {"kind": "oracle_impact", "adverse_bps_per_million": 300, "favourable_bps_per_million": 300}


@pytest.mark.parametrize("pricing", [{}, {"pricing": IMPACT}])
def test_either_pricing_is_carried_to_the_exit(artifacts, pricing):
    engine = engine_of(artifacts, {"arb": ARB | {"exit_bps": 10}}, QUIET, pricing | {"trading_fee_bps": 0})
    trade(engine, 90)
    steps(engine, 1)
    assert gap_bps(engine) > 50
    steps(engine, 3)
    assert gap_bps(engine) == pytest.approx(10, abs=0.1) and held(engine, "arb") < 0


def test_in_a_falling_market_the_mid_follows_a_block_behind(artifacts):
    prices = [2_000 * 0.997**i for i in range(31)]
    engine = engine_of(artifacts, {"arb": ARB | {"clip_tokens": 500_000}}, prices)
    steps(engine, 30)
    records = [block.perps["perp"]["WETH"] for block in engine.trace.blocks]
    assert records[-1].index_e8 < 1_840 * E8
    assert all(record.mid_e8 / record.index_e8 - 1 < 0.007 for record in records)
    assert all(tx.ok for tx in made(engine, "arb"))
    assert not engine.trace.violations


def test_a_clip_a_notional_and_margin_are_its_limits(artifacts):
    fields = {"clip_tokens": 40_000, "max_notional_tokens": 100_000}
    engine = engine_of(artifacts, {"arb": ARB | fields}, QUIET)
    trade(engine, 200)
    sizes = []
    for _ in range(8):
        engine.step()
        sizes.append(-held(engine, "arb") * 2_000 // WAD)
    assert sizes[:5] == pytest.approx([0, 40_000, 80_000, 100_000, 100_000], abs=1)


def test_it_opens_what_its_margin_carries(artifacts):
    """Initial margin is 2.5 %: 1,000 carry 40,000, less a tenth of what is free at every trade."""
    engine = engine_of(artifacts, {"arb": ARB | {"capital_tokens": 1_000}}, QUIET)
    trade(engine, 200)
    steps(engine, 4)
    assert 36_000 < -held(engine, "arb") * 2_000 // WAD <= 40_000
    assert all(tx.ok for tx in made(engine, "arb"))
    market = engine.world.perps["perp"]
    (account,) = market.read_accounts([PerpKey(engine.world.address("arb"))])
    assert account.opening_quote >= account.initial_quote


@pytest.mark.parametrize("fields", [{"min_profit_usd": 1e6}, {"max_fee_gwei": 0.5}, {"entry_bps": 300}])
def test_what_does_not_pay_or_is_within_the_bound_is_left(artifacts, fields):
    engine = engine_of(artifacts, {"arb": ARB | fields}, QUIET)
    trade(engine, 100)
    steps(engine, 6)
    assert made(engine, "arb") == []


def test_the_expected_profit_is_the_gap_on_what_it_traded_less_the_fee(artifacts):
    engine = engine_of(artifacts, {"arb": ARB | {"holds_s": 0}}, QUIET)
    trade(engine, 100)
    steps(engine, 3)
    (tx,) = made(engine, "arb")
    traded = next(e.args for e in engine.trace.events if e.name == "Traded" and e.args["owner"] == "arb")
    worth = -traded["sizeDeltaWad"] * 2_000 * USD // WAD
    assert tx.meta["expected_profit_usd"] == pytest.approx(
        (traded["quoteDelta"] - worth - traded["feeQuote"]) / USD, abs=1e-5
    )


def test_funding_counts_with_its_sign_for_as_long_as_it_holds(artifacts):
    engine = engine_of(artifacts, {"arb": ARB | {"holds_s": 7_200}}, QUIET)
    (arb,) = [agent for agent in engine.agents if agent.name == "arb"]
    seen = SimpleNamespace(index_e8=2_000 * E8, funding_rate_wad=WAD // 100)
    # 1 % of 200,000 for a quarter of an interval of eight hours.
    assert arb._funding_quote(-100 * WAD, seen) == 500 * USD
    assert arb._funding_quote(100 * WAD, seen) == -500 * USD


def hedged(artifacts, prices=QUIET, venues=POOL, **fields):
    agents = {"arb": ARB | {"venue": "pool", "entry_bps": 40, **fields}}
    agents["pool-arb"] = {"kind": "arbitrageur", "venue": "pool"}
    return engine_of(artifacts, agents, prices, curve(), blocks=40, venues=venues)


def exposed(engine) -> int:
    spot = engine._recorder.state.balances["arb"]["WETH"]
    return spot + held(engine, "arb")


def test_with_a_venue_it_holds_spot_against_its_short_and_is_exposed_by_a_clip_at_most(artifacts):
    engine = hedged(artifacts, clip_tokens=100_000)
    trade(engine, 200)
    most = 0
    for _ in range(12):
        engine.step()
        most = max(most, abs(exposed(engine)))
    assert held(engine, "arb") < -100 * WAD
    assert 0 < most <= 50 * WAD
    assert abs(exposed(engine)) <= WAD // 2, "a percent of a clip"
    kinds = [tx.function for tx in made(engine, "arb")]
    assert kinds[:4] == ["trade", "swapExactIn"] * 2


def test_with_a_venue_it_sells_the_spot_as_it_buys_the_perpetual_back_and_is_never_long(artifacts):
    engine = hedged(artifacts)
    trade(engine, 200)
    steps(engine, 8)
    assert held(engine, "arb") < -100 * WAD
    trade(engine, -400)
    steps(engine, 12)
    assert held(engine, "arb") == 0
    assert engine._recorder.state.balances["arb"]["WETH"] <= WAD // 2
    assert gap_bps(engine) < -40, "nobody buys below the index"


def test_where_the_spot_cannot_be_had_it_buys_the_perpetual_back(artifacts):
    engine = hedged(artifacts, clip_tokens=100_000, max_slippage_bps=500)
    trade(engine, 200)
    steps(engine, 1)
    quote, wallet = engine.world.tokens["USDC"], engine._recorder.state.balances["arb"]["USDC"]
    submit(engine, "arb", quote.transfer(engine.world.address("admin"), wallet))
    steps(engine, 1)
    assert held(engine, "arb") < 0 and exposed(engine) < 0
    steps(engine, 1)
    assert held(engine, "arb") == exposed(engine) == 0
    steps(engine, 3)
    assert held(engine, "arb") == 0, "without money it opens nothing"


def test_with_a_venue_it_takes_the_part_that_the_spot_leg_leaves_worth_taking(artifacts):
    """A clip of the pool's tenth costs a tenth on the spot leg; a sixteenth of it costs half a percent."""
    small = {"pool": POOL["pool"] | {"base_tokens": 1_000}}
    engine = hedged(artifacts, venues=small, clip_tokens=200_000)
    trade(engine, 100)
    steps(engine, 3)
    size = -held(engine, "arb") / WAD
    assert 0 < size <= 200_000 / 2_000 / 8
