"""A Uniswap V3 pool in a scenario: the same on both chains, opened as written, read by feeds, manifest and all."""

import pytest

from sim.chain.artifacts import Artifacts
from sim.engine import launch
from sim.errors import BadInput
from sim.metrics.summary import summarise
from sim.reference.concentrated import sqrt_price_x96_at_tick
from sim.scenario.loading import load_scenario
from sim.units import E8
from sim.world.manifest import manifest

NARROW = '[{"lower_bps":-1000,"upper_bps":1000,"share_bps":6000},{"share_bps":4000}]'
ABOVE = '[{"share_bps":5000},{"lower_bps":500,"upper_bps":2500,"share_bps":5000}]'
JIT = '{"kind":"jit_provider","venue":"pool","market":"main","gap_bps":200,"hold_blocks":2}'
V3 = "venues.pool.kind=uniswap_v3"


def flash_crash(*overrides, blocks=40):
    """The flash crash with its pool as a Uniswap V3 one."""
    return load_scenario("flash-crash", (V3, *overrides), blocks=blocks)


def test_both_chains_agree(revm, anvil, artifacts):
    """With liquidity in positions, some of it just in time, and a mean of the pool's observations as the feed."""
    mean = '{"kind":"pool_mean","venue":"pool","window_s":120,"spacing_s":30}'
    scenario = flash_crash(f"venues.pool.positions={NARROW}", f"agents.jit={JIT}", f"feeds.WETH={mean}")
    traces = [launch(scenario, chain, artifacts).run() for chain in (revm, anvil)]
    assert traces[0].digest == traces[1].digest
    intents = {one.intent for one in traces[0].transactions if one.ok}
    assert {"arbitrage", "add_liquidity", "withdraw_liquidity"} <= intents
    assert not traces[0].violations


def test_over_every_price_it_is_the_constant_product_pool(revm, artifacts):
    """Same capital, same fee: at the start alike to a part in a billion, and nearly the same run."""
    own = launch(load_scenario("flash-crash", (), blocks=40), revm, artifacts).run()
    theirs = launch(flash_crash(), type(revm)(), artifacts).run()
    ours, other = (trace.initial.venues["pool"] for trace in (own, theirs))
    for name in ("base", "quote", "spot_e8", "sell_depth", "buy_depth"):
        assert getattr(other, name) == pytest.approx(getattr(ours, name), rel=1e-9)
    sold = [summarise(trace).metrics["liquidated_usd"] for trace in (own, theirs)]
    assert sold[0] == pytest.approx(sold[1], rel=0.02)


def test_positions_open_as_written(revm, artifacts):
    """Ranges about the starting price, shares of the value; narrow liquidity is deeper than wide."""
    wide = launch(flash_crash(blocks=1), revm, artifacts)
    engine = launch(flash_crash(f"venues.pool.positions={NARROW}", blocks=1), type(revm)(), artifacts)
    venue, supplier = engine.world.venues["pool"], engine.world.address("supplier")
    narrow, full = venue.positions_of(supplier)
    assert (full.lower_tick, full.upper_tick) == venue.full_range
    ends = narrow.lower_tick, narrow.upper_tick
    low, high = sorted(venue.spot_e8(sqrt_price_x96_at_tick(tick)) for tick in ends)
    assert low == pytest.approx(1_800 * E8, rel=0.007) and low <= 1_800 * E8
    assert high == pytest.approx(2_200 * E8, rel=0.007) and high >= 2_200 * E8
    provider = engine.world.address("provider")
    [of_narrow, of_full] = venue.positions_of(provider)
    for mine, rest in ((of_narrow, narrow), (of_full, full)):
        assert (mine.lower_tick, mine.upper_tick) == (rest.lower_tick, rest.upper_tick)
        # The provider has 20 %, the environment of a search another 20 %.
        assert mine.liquidity == pytest.approx(rest.liquidity / 3, rel=1e-6)
    before, after = (one.trace.initial.venues["pool"] for one in (wide, engine))
    assert after.sell_depth > 5 * before.sell_depth
    value = sum(after.reserves[i] / 10 ** (18, 6)[i] * (2_000, 1)[i] for i in (0, 1))
    assert value == pytest.approx(2 * 20_000 * 2_000, rel=0.001)


def test_positions_open_alike_with_the_other_asset_as_base(revm, artifacts):
    """The token that is the pool's first is now the base asset: bounds are of its price all the same."""
    turned = ("venues.pool.base=USDC", "venues.pool.quote=WETH", "venues.pool.base_tokens=40000000")
    engine = launch(flash_crash(*turned, f"venues.pool.positions={ABOVE}", blocks=1), revm, artifacts)
    venue, record = engine.world.venues["pool"], engine.trace.initial.venues["pool"]
    assert venue.base_is_token0
    assert E8 // 2_000 - record.spot_e8 in (0, 1)
    [wide, above] = venue.positions_of(engine.world.address("supplier"))
    assert (wide.lower_tick, wide.upper_tick) == venue.full_range
    low, high = (1.0001**tick * 10.0**-12 * 2_000 for tick in (above.lower_tick, above.upper_tick))
    assert (low, high) == (pytest.approx(1.05, rel=0.007), pytest.approx(1.25, rel=0.007))
    # Above the price a position holds base alone: half of the value of everything.
    assert record.base / 1e6 == pytest.approx(60_000_000, rel=1e-3)
    assert record.quote / 1e18 == pytest.approx(10_000, rel=1e-3)


@pytest.mark.parametrize("mean", ["geometric", "arithmetic"])
def test_a_mean_of_its_observations_lags_its_spot_price(revm, artifacts, mean):
    """Room for observations is made for the window; the mean follows the fall over the window and not at once."""
    feed = f'{{"kind":"pool_mean","venue":"pool","window_s":240,"mean":"{mean}"}}'
    trace = launch(flash_crash(f"feeds.WETH={feed}"), revm, artifacts).run()
    gaps = [one.feeds["WETH"].price_e8 / one.venues["pool"].spot_e8 - 1 for one in trace.blocks]
    assert all(one.feeds["WETH"].valid for one in trace.blocks)
    assert max(gaps) > 0.03
    start_e8 = trace.initial.venues["pool"].spot_e8
    lowest_e8 = min(one.venues["pool"].spot_e8 for one in trace.blocks)
    assert all(lowest_e8 * 0.9999 <= one.feeds["WETH"].price_e8 <= start_e8 * 1.0001 for one in trace.blocks)


def test_its_spot_price_as_a_feed(revm, artifacts):
    trace = launch(flash_crash('feeds.WETH={"kind":"pool_spot","venue":"pool"}'), revm, artifacts).run()
    assert all(one.feeds["WETH"].price_e8 == one.venues["pool"].spot_e8 for one in trace.blocks)


def test_a_window_that_too_few_observations_reach_over(revm, artifacts):
    """The world does not open, and one line says what is missing."""
    feed = '{"kind":"pool_mean","venue":"pool","window_s":240}'
    with pytest.raises(BadInput, match=r"cannot be opened: .* failed with NotEnoughHistory\(0, 240\)"):
        launch(flash_crash(f"feeds.WETH={feed}", "venues.pool.observations=1"), revm, artifacts)


def test_the_manifest_names_where_the_code_comes_from(revm, artifacts):
    engine = launch(flash_crash(blocks=1), revm, artifacts)
    contracts = manifest(engine.world)["contracts"]
    pool = contracts["pool"]
    assert (pool["contract"], pool["abi"]) == ("UniswapV3Pool", "/abi")
    assert pool["published"]["package"] == "@uniswap/v3-core"
    assert contracts["v3-positions"]["published"]["version"] == "1.4.4"
    assert contracts["v3-router"]["abi"] == "/contractTypes/ConcentratedRouter/abi"
    assert "published" not in contracts["v3-router"]


def test_without_the_package_one_line_says_so(revm, artifacts, tmp_path):
    """And a scenario that needs none of it runs."""
    bare = Artifacts(artifacts._entries, artifacts.compiler, tmp_path)
    with pytest.raises(BadInput, match="comes from the npm package .* which is not installed: run `make setup`"):
        launch(flash_crash(), revm, bare)
    assert launch(load_scenario("calm", (), blocks=2), type(revm)(), bare).run().blocks


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["venues.pool.fee_bps=25"], ["venues.pool", "fee_bps", "25"]),
        (['venues.pool.positions=[{"share_bps":5000}]'], ["share_bps", "5000", "10000"]),
        (['venues.pool.positions=[{"lower_bps":-100}]'], ["lower_bps and upper_bps"]),
        (['venues.pool.positions=[{"lower_bps":100,"upper_bps":-100}]'], ["upper_bps -100", "lower_bps 100"]),
        (["venues.pool.positions=[]"], ["positions"]),
        (["venues.pool.observations=0"], ["observations"]),
    ],
)
def test_what_is_wrong_is_named(overrides, words):
    with pytest.raises(BadInput) as refused:
        flash_crash(*overrides)
    assert all(word in str(refused.value) for word in words), str(refused.value)


def test_liquidity_about_the_price_is_gone_when_it_is_needed(revm, artifacts):
    """Eleven times the depth at the start, a fifth at the bottom: what is seized can no longer be sold."""
    about = launch(load_scenario("concentrated-liquidity"), revm, artifacts).run()
    wide = load_scenario("concentrated-liquidity", ("venues.pool.positions=[{}]",))
    everywhere = launch(wide, type(revm)(), artifacts).run()
    records = [(trace.initial, *trace.blocks) for trace in (about, everywhere)]
    depths = [[one.venues["pool"].sell_depth for one in of_run] for of_run in records]
    # Capital efficiency of the whitepaper for the four fifths in the range, and one fifth over every price.
    efficiency = 0.8 / (1 - (0.85 / 1.15) ** 0.25) + 0.2
    assert depths[0][0] / depths[1][0] == pytest.approx(efficiency, rel=0.03)
    assert min(depths[0]) / min(depths[1]) == pytest.approx(0.2, rel=0.2)

    lost, spared = (summarise(trace) for trace in (about, everywhere))
    assert lost.metrics["bad_debt_usd"] > 10_000 > spared.metrics["bad_debt_usd"] == 0
    assert lost.metrics["final_backlog_accounts"] > 20 > spared.metrics["final_backlog_accounts"] == 0
    assert "keeper_stall" in {outcome.kind for outcome in lost.outcomes}
    assert spared.metrics["liquidated_usd"] > 3 * lost.metrics["liquidated_usd"]
