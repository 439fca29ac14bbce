"""Rule S20: the same liquidations cost less, and are over sooner, when each is sold over several venues."""

from functools import cache

import pytest

from sim.agents.views import view_of
from sim.chain.anvil import AnvilChain
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.errors import BadInput
from sim.metrics.sales import forced_sales
from sim.metrics.summary import summarise
from sim.metrics.timeline import Timeline
from sim.scenario.loading import load_scenario
from sim.units import WAD

POOLS = ("deep", "low-fee", "thin")
AT_ANY_PRICE = ("agents.keeper.unprofitable_too=true", "agents.keeper.inventory_tokens=3000000")
"""All that is allowed is repaid and sold at once: the same sales, whatever they bring."""
FROM_INVENTORY = ("agents.keeper.funding=inventory", "agents.keeper.inventory_tokens=3000000")
DIVIDED = (
    "venues.pool.base_tokens=10000",
    'venues.low-fee={"base": "WETH", "quote": "USDC", "base_tokens": 6000, "fee_bps": 5}',
    'venues.dear={"base": "WETH", "quote": "USDC", "base_tokens": 4000, "fee_bps": 100}',
    'venues.split={"kind": "split", "base": "WETH", "quote": "USDC", "venues": ["pool", "low-fee", "dear"]}',
    'agents.arbitrageur-low-fee={"kind": "arbitrageur", "venue": "low-fee"}',
    'agents.arbitrageur-dear={"kind": "arbitrageur", "venue": "dear"}',
)
"""The pool of the flash crash, its liquidity over three pools with fees of 0.3, 0.05 and 1 %."""

THREE_KINDS = (
    "clock.blocks=60",
    "agents.seller.over_s=2400",
    'venues.flat={"base": "STETH", "quote": "WETH", "base_tokens": 100000, "fee_bps": 5}',
    'venues.ranges={"kind": "uniswap_v3", "base": "STETH", "quote": "WETH", "base_tokens": 100000, "fee_bps": 5,'
    ' "positions": [{"share_bps": 5000}, {"lower_bps": -300, "upper_bps": 300, "share_bps": 5000}]}',
    'venues.split={"kind": "split", "base": "STETH", "quote": "WETH", "venues": ["pool", "ranges", "flat"]}',
)
"""The depeg, its seller in more haste, with two more venues beside the StableSwap pool that the feed reads."""


def flash_crash(venue: str) -> tuple[str, ...]:
    return (*DIVIDED, *(f"agents.keeper-{name}.venue={venue}" for name in ("flash", "slow", "inventory")))


@pytest.fixture(scope="module")
def run(artifacts):
    """Run a scenario with overrides, once in this module."""

    @cache
    def once(name, *overrides):
        with RevmChain() as chain:
            trace = launch(load_scenario(name, overrides), chain, artifacts).run()
        assert trace.violations == []
        return trace, summarise(trace)

    return once


def sold_to(venue):
    return f"agents.keeper.venue={venue}"


def test_the_same_sales_bring_more_over_three_pools_than_over_any_one(run):
    """$945,514 of collateral: 1.2 % below spot over three pools; 1.9, 3.2 and 6.9 % below it over one."""
    _, split = run("split-sale", *AT_ANY_PRICE)
    assert split.metrics["venues_per_forced_sale"] > 2
    for pool in POOLS:
        _, alone = run("split-sale", *AT_ANY_PRICE, sold_to(pool))
        assert alone.metrics["liquidated_usd"] == pytest.approx(split.metrics["liquidated_usd"])
        assert alone.metrics["venues_per_forced_sale"] == 1
        assert split.metrics["forced_sale_slippage_bps"] < alone.metrics["forced_sale_slippage_bps"] - 50
        assert split.metrics["keeper_profit_usd"] > alone.metrics["keeper_profit_usd"] + 10_000


def test_flash_liquidations_over_three_pools_are_over_sooner(run):
    """A keeper that sizes its liquidations by what a sale brings can take more at once, at less slippage."""
    _, split = run("split-sale")
    for pool in POOLS:
        _, alone = run("split-sale", sold_to(pool))
        recovered = alone.metrics["blocks_to_recovery"]
        assert recovered is None or recovered > split.metrics["blocks_to_recovery"]
        assert split.metrics["forced_sale_slippage_bps"] < alone.metrics["forced_sale_slippage_bps"]


def test_every_leg_belongs_to_the_liquidation_that_it_sells_for(run):
    """All that a transaction seizes is sold in it, over the pools, and counts for its liquidation."""
    trace, _ = run("split-sale")
    timeline = Timeline(trace)
    liquidations = timeline.events("Liquidation")
    sales = forced_sales(timeline, liquidations)
    for i, event in enumerate(liquidations):
        its = [sale for sale in sales if sale.liquidation == i]
        assert sum(sale.amount for sale in its) == event.args["seizedAssets"] - event.args["protocolFeeAssets"]
        assert {sale.position[:2] for sale in its} == {(event.block, event.tx)}
    told = [event for event in trace.events if event.name == "SaleSplit"]
    legs = [amount for event in told for amount in event.args["amountsIn"] if amount]
    assert sorted(legs) == sorted(sale.amount for sale in sales)


def test_inventory_is_sold_over_all_pools_too(run):
    trace, result = run("split-sale", *FROM_INVENTORY)
    sold = {trade.venue for trade in trace.trades if trace_agent(trace, trade) == "keeper"}
    assert sold == set(POOLS)
    assert result.metrics["venues_per_forced_sale"] > 1.5


def trace_agent(trace, trade):
    return next(one.agent for one in trace.transactions if (one.block, one.index) == (trade.block, trade.tx))


@pytest.mark.parametrize("design", ["dutch-auction-fast", "backstop", "soft-liquidation", "isolated"])
def test_whatever_seizes_the_collateral_it_is_sold_over_all_pools(run, design):
    """Each kind of market and execution has a keeper contract of its own, and all sell through a router."""
    trace, result = run(f"split-sale+{design}")
    assert result.metrics["liquidations"]
    assert result.metrics["venues_per_forced_sale"] > 2
    assert {event.name for event in trace.events} >= {"SaleSplit"}


def test_the_flash_crash_with_its_liquidity_in_three_pools(run):
    """Keepers of all kinds at once lose less below spot over all three than over the deepest, and earn more."""
    _, split = run("flash-crash", *flash_crash("split"))
    _, alone = run("flash-crash", *flash_crash("pool"))
    assert split.metrics["liquidations"] and alone.metrics["liquidations"]
    assert split.metrics["forced_sale_slippage_bps"] < alone.metrics["forced_sale_slippage_bps"] - 25
    assert split.metrics["keeper_profit_usd"] > alone.metrics["keeper_profit_usd"] + 5_000


def test_a_depeg_sold_over_three_kinds_of_venue_stays_above_the_loops(run):
    """Seller and keeper over a StableSwap, a Uniswap V3 and a constant-product pool: 6 liquidations and not 57."""
    _, alone = run("depeg", *THREE_KINDS)
    trace, split = run("depeg", *THREE_KINDS, "agents.keeper.venue=split", "agents.seller.venue=split")
    assert alone.metrics["liquidated_accounts"] == 30
    assert split.metrics["liquidated_accounts"] < 10
    assert split.metrics["venues_per_forced_sale"] == 3
    assert split.metrics["forced_sale_slippage_bps"] < alone.metrics["forced_sale_slippage_bps"] / 2
    last = [trace.blocks[-1].venues[name].spot_e8 for name in ("pool", "ranges", "flat")]
    assert max(last) / min(last) == pytest.approx(1, abs=5e-4), "equal marginal prices: 4 to 5 bps of fee apart"


def test_an_agent_sees_what_the_router_pays_to_the_unit(artifacts):
    """Closed form, mirror and quotes of the chain behind the mirror of the router; in the middle of the depeg."""
    with RevmChain() as chain:
        engine = launch(
            load_scenario("depeg", (*THREE_KINDS, "agents.seller.venue=split"), blocks=30), chain, artifacts
        )
        engine.run()
        venue = engine.world.venues["split"]
        view = view_of(venue, venue.read())
        for sell in ("STETH", "WETH"):
            for tokens in (1, 1_000, 20_000, 100_000, 400_000):
                amount = tokens * WAD
                assert view.amount_out(sell, amount) == venue.quote_exact_in(sell, amount) > 0


def test_three_kinds_of_venue_agree_on_both_chains(artifacts):
    scenario = load_scenario(
        "depeg", (*THREE_KINDS, "agents.keeper.venue=split", "agents.seller.venue=split"), blocks=40
    )
    digests = []
    for open_chain in (RevmChain, AnvilChain.start):
        with open_chain() as chain:
            digests.append(launch(scenario, chain, artifacts).run().digest)
    assert digests[0] == digests[1]


def test_a_split_has_the_reserves_and_the_depth_of_its_pools(run):
    trace, _ = run("split-sale")
    for record in trace.blocks:
        pools = [record.venues[name] for name in POOLS]
        split = record.venues["split"]
        assert split.base == sum(pool.base for pool in pools)
        assert split.quote == sum(pool.quote for pool in pools)
        assert split.sell_depth == sum(pool.sell_depth for pool in pools)
        assert min(pool.spot_e8 for pool in pools) <= split.spot_e8 <= max(pool.spot_e8 for pool in pools)
    assert not [trade for trade in trace.trades if trade.venue == "split"]


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        ("agents.arbitrageur-deep.venue=split", "agents.arbitrageur-deep.venue is 'split', one of ["),
        ('agents.provider={"kind": "liquidity_provider", "venue": "split"}', "agents.provider.venue is 'split'"),
        ('venues.split.venues=["deep", "split"]', "venues.split.venues.1 is 'split', one of ["),
        ('venues.split.venues=["deep", "nowhere"]', "venues.split.venues.1 is 'nowhere', one of ["),
        ('venues.split.venues=["deep", "deep"]', "'deep' stands there twice"),
        ('venues.split.venues=["deep"]', "venues.split.venues"),
        ("venues.thin.base=USDC", "trades USDC/"),
        ('feeds.WETH={"kind": "pool_spot", "venue": "split"}', "feeds.WETH.venue is 'split', one of ["),
    ],
)
def test_bad_input_is_named(override, complaint):
    with pytest.raises(BadInput) as refused:
        changes = [override, "venues.thin.quote=WETH"] if override == "venues.thin.base=USDC" else [override]
        load_scenario("split-sale", changes)
    assert complaint in str(refused.value)
