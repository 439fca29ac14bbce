"""Keepers of a Dutch auction start, reset and buy what pays. On real contracts."""

import pytest

from sim.agents.auction_keeper import AuctionKeeper
from sim.engine import Engine, launch
from sim.metrics.losses import _incentives, _unrealised_base
from sim.metrics.timeline import Timeline
from sim.trace import Trace
from sim.units import RAY, UINT256_MAX
from sim.world.markets.dutch_auction import second_cut_ray
from tests.sim.agents.small import borrower, explicit, keeper, lending_scenario, weth

FALL = {"kind": "waypoints", "interval_s": 12, "prices_usd": [2_000, 2_000, 1_800]}
ACCOUNTS = explicit(borrower(10, 15_500), borrower(10, 15_600), borrower(20, 31_000), borrower(10, 5_000))
AUCTION = {
    "kind": "dutch_auction",
    "decay": {"kind": "exponential", "cut_bps": 100, "step_s": 12},
    "buffer_bps": 1_000,
    "tail_s": 600,
    "dust_usd": 1_000,
}
"""From 10 % above the oracle down to it in ten blocks."""


def falling(agents: dict | None = None, auction: dict | None = None, blocks: int = 30):
    """Three of four accounts fall below health 1 in block 1, at once."""
    free = {"kind": "kinked", "slope1_bps": 0, "slope2_bps": 0}
    usdc = {"ltv_bps": 0, "liquidation_threshold_bps": 0, "supply_tokens": 10_000_000, "rates": free}
    market = {
        "reserves": {"WETH": {"rates": free}, "USDC": usdc},
        "terms": {"kind": "total_debt_close_factor", "close_factor_bps": 10_000},
        "execution": AUCTION | (auction or {}),
    }
    return lending_scenario(
        clock={"blocks": blocks},
        assets=weth(**FALL),
        lending={"main": market},
        population=ACCOUNTS,
        agents=agents or {"keeper": keeper()},
    )


def run(scenario, chain, artifacts) -> Trace:
    trace = launch(scenario, chain, artifacts).run()
    assert trace.violations == []
    return trace


def sent(trace: Trace, intent: str, agent: str | None = None) -> list:
    return [t for t in trace.transactions if t.intent == intent and agent in (None, t.agent)]


def events(trace: Trace, name: str) -> list:
    return [event for event in trace.events if event.name == name]


def running(engine: Engine, lots: int = 1) -> None:
    """Step until that many auctions run."""
    while len(engine._observe(0).markets["main"].lots) < lots:
        engine.step()


def test_the_adapter_foresees_price_and_purchase(revm, artifacts):
    """The mirror at the chain's own time is what the contract says."""
    engine = launch(falling(), revm, artifacts)
    running(engine, 3)
    world, contract = engine.world, artifacts["DutchAuction"]
    auction = world.lending["main"].execution

    def read(function: str, *args: object) -> object:
        return contract.decode(function, revm.call(auction.address, contract.encode(function, *args)))

    for wait_s in (0, 60, 540, 12):
        revm.begin(revm.timestamp_s + wait_s)
        for lot in auction.active_lots():
            status = read("lotStatus", lot.lot_id)
            price_ray = auction.price_ray(lot, revm.timestamp_s)
            assert price_ray == status.priceRay
            assert auction.needs_reset(lot, revm.timestamp_s) == status.needsReset
            if not status.needsReset:
                amount = lot.lot_assets // 3
                expected = auction.purchase(lot, price_ray, amount)
                assert tuple(read("previewTake", lot.lot_id, amount, UINT256_MAX)) == expected
    assert status.needsReset, "601 seconds and more are beyond the tail"


def test_everything_unhealthy_is_started_and_rewarded(revm, artifacts):
    trace = run(falling(), revm, artifacts)
    assert {event.args["user"] for event in events(trace, "LotStarted")} == {"b/0", "b/1", "b/2"}
    rewards = events(trace, "KeeperRewarded")
    assert all(event.args["paidAssets"] == event.args["offeredAssets"] > 300 * 10**6 for event in rewards)
    assert {event.args["keeper"] for event in rewards} == {"keeper"}
    largest_first = [event.args["debtAssets"] for event in events(trace, "LotStarted")]
    assert largest_first == sorted(largest_first, reverse=True)


def test_a_purchase_waits_for_its_profit_and_foresees_it_to_the_unit(revm, artifacts):
    trace = run(falling(), revm, artifacts)
    purchases = sent(trace, "buy_lot")
    assert len(purchases) >= 3 and all(t.ok for t in purchases)
    foreseen = [round(t.meta["expected_profit_usd"] * 1e6) for t in purchases]
    assert foreseen == [event.args["profit"] for event in events(trace, "AuctionTaken")]
    tops = {event.args["lotId"]: event.args["topRay"] for event in events(trace, "LotStarted")}
    for event in events(trace, "CollateralSold"):
        paid_ray = event.args["paidAssets"] * RAY / event.args["soldAssets"]
        assert paid_ray < tops[event.args["lotId"]] * 0.995, "it starts above what the venue pays"
    assert len(events(trace, "LotClosed")) == 3


def test_without_incentives_auctions_are_started_for_the_prospect_of_buying(revm, artifacts):
    trace = run(falling(auction={"incentives_usd": 0}), revm, artifacts)
    assert len(events(trace, "LotClosed")) == 3
    first = events(trace, "KeeperRewarded")[0]
    assert first.args["paidAssets"] == 0 < first.args["offeredAssets"]


def test_who_does_not_buy_needs_a_reward(revm, artifacts):
    agents = {"keeper": keeper(buys=False)}
    trace = run(falling(agents), revm, artifacts)
    assert len(events(trace, "LotStarted")) == 3 and not sent(trace, "buy_lot")
    trace = run(falling(agents, {"incentives_usd": 0}), revm, artifacts)
    assert not events(trace, "LotStarted")


def test_what_is_kept_for_rewards_is_not_there_for_open_lots(revm, artifacts):
    """At the end lots are open, and the execution holds their collateral and the incentives: read on chain."""
    engine = launch(falling({"keeper": keeper(buys=False)}, blocks=12), revm, artifacts)
    trace = engine.run()
    execution = engine.world.lending["main"].execution
    timeline = Timeline(trace)
    assert trace.blocks[-1].reserves["main"]["USDC"].claims > 0
    kept = _incentives(timeline, "main")
    assert kept == {asset: execution.incentives(asset) for asset in ("WETH", "USDC")}
    assert _unrealised_base(timeline) == 0
    lots = sum(lot.lot_assets for lot in execution.active_lots())
    assert trace.blocks[-1].balances["execution-main"]["WETH"] == lots + kept["WETH"]


def test_a_capped_keeper_stays_away(revm, artifacts):
    trace = run(falling({"keeper": keeper(max_fee_gwei=0.001)}), revm, artifacts)
    assert not sent(trace, "liquidate") and not sent(trace, "buy_lot")


def test_what_nobody_buys_is_reset_for_the_reward(revm, artifacts):
    trace = run(falling({"keeper": keeper(buys=False)}, {"tail_s": 120}), revm, artifacts)
    resets = sent(trace, "reset_lot")
    assert len(resets) >= 3 and all(t.ok for t in resets)
    assert len(events(trace, "LotReset")) == len(resets)
    assert len(events(trace, "KeeperRewarded")) == 3 + len(resets)


def test_inventory_buys_what_it_can_pay_and_sells_it_later(revm, artifacts):
    agents = {"keeper": keeper(funding="inventory", inventory_tokens=20_000)}
    trace = run(falling(agents), revm, artifacts)
    by_block: dict[int, int] = {}
    for event in events(trace, "CollateralSold"):
        by_block[event.block] = by_block.get(event.block, 0) + event.args["paidAssets"]
    rewards = sum(event.args["paidAssets"] for event in events(trace, "KeeperRewarded"))
    assert 0 < by_block[min(by_block)] <= 20_000 * 10**6 + rewards
    assert sent(trace, "sell_inventory")


def test_a_keeper_that_ignores_profit_buys_from_the_oracles_price_down(revm, artifacts):
    agents = {"keeper": keeper(funding="inventory", inventory_tokens=1_000_000, unprofitable_too=True)}
    trace = run(falling(agents), revm, artifacts)
    sold = events(trace, "CollateralSold")
    assert len(sold) == 3
    for event in sold:
        price = event.args["paidAssets"] / event.args["soldAssets"] * 1e12
        assert 1_780 < price <= 1_800


def test_two_buyers_of_one_lot_cost_the_slower_one_a_revert(revm, artifacts):
    """The second finds no lot, or less than its profit, and pays for the attempt alone."""
    agents = {"one": keeper(), "two": keeper()}
    trace = run(falling(agents), revm, artifacts)
    failed = [t for t in sent(trace, "buy_lot") if not t.ok]
    assert failed and all(t.revert.split("(")[0] in ("UnknownLot", "InsufficientProfit") for t in failed)


def test_the_catalogue_gives_a_market_its_keeper(revm, artifacts):
    engine = launch(falling(), revm, artifacts)
    assert [type(agent) for agent in engine.agents if agent.name == "keeper"] == [AuctionKeeper]


@pytest.mark.parametrize(("cut_bps", "step_s"), [(100, 90), (100, 12), (2_500, 3_600)])
def test_exponential_decay_has_the_steps_speed(cut_bps, step_s):
    after = (second_cut_ray(cut_bps, step_s) / RAY) ** step_s
    assert after == pytest.approx(1 - cut_bps / 10_000, rel=1e-12)
