"""What it costs to move a price, measured on chain, against the closed forms of a constant-product pool at fee 0.

Raising the price m-fold takes y (√m - 1); once arbitrage has brought it back, y (√m + 1/√m - 2) is lost. A mean
over L blocks moves by eps at L times the loss of eps if the price is held, or by one block at 1 + L eps; a
geometric mean needs (1 + eps)^L in that block (Mackinga, Nadahalli and Wattenhofer, "TWAP Oracle Attacks", 2022).
"""

from __future__ import annotations

from math import isqrt, sqrt

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import summarise
from sim.scenario.loading import parse_scenario
from sim.units import E8, UINT256_MAX, WAD
from tests.scenarios import small_document
from tests.venue import PROVIDER, TRADER, Venue
from tests.venue import deploy as deploy_contract

TOLERANCE = 0.005
BASE, QUOTE = 1_000 * WAD, 2_000_000 * 10**6
"""Reserves: y is 2,000,000 USDC."""
BLOCK_S = 12
PRINTED = {2: (0.414, 0.121), 13: (2.61, 1.88), 24: (3.90, 3.10)}
"""Capital and loss in units of y, as the reference table prints them."""


def capital(multiple: float) -> float:
    """In units of y."""
    return sqrt(multiple) - 1


def loss(multiple: float) -> float:
    """In units of y."""
    return sqrt(multiple) + 1 / sqrt(multiple) - 2


class TestOnePush:
    """An attacker, an arbitrageur and a pool in a run: nothing else moves, and nothing costs a fee."""

    @pytest.fixture(scope="class")
    def run(self, artifacts):
        def run(multiple: float, hold_blocks: int):
            attacker = {
                "kind": "mean_attacker",
                "market": "market",
                "venue": "pool",
                "capital_usd": 1e9,
                "forced_push_bps": round((multiple - 1) * 10_000),
                "forced_hold_blocks": hold_blocks,
                "unprofitable_too": True,
                "not_before_s": 60,
            }
            assets = {
                "WETH": {"decimals": 18, "price": {"kind": "constant", "price_usd": 2_000.0}},
                "USDC": {"decimals": 6, "price": {"kind": "constant", "price_usd": 1.0}},
            }
            document = small_document(
                assets=assets,
                feeds={"WETH": {"kind": "pool_mean"}, "USDC": {"kind": "push"}},
                venues={"pool": {"base": "WETH", "quote": "USDC", "base_tokens": 1_000, "fee_bps": 0}},
                population={},
                agents={"attacker": attacker, "arbitrageur": {"kind": "arbitrageur", "venue": "pool"}},
                block_space={"base_fee_gwei": 0, "base_fee_moves": False},
            )
            # No interest: the collateral that the attacker is left with is worth what it bought.
            document["lending"]["market"]["reserves"]["USDC"]["rates"] = {
                "kind": "kinked",
                "slope1_bps": 0,
                "slope2_bps": 0,
            }
            with RevmChain() as chain:
                return launch(parse_scenario(document), chain, artifacts).run()

        return run

    @pytest.mark.parametrize("multiple", [2, 13, 24])
    def test_costs_what_the_closed_forms_say(self, run, multiple):
        trace = run(multiple, 1)
        mine = [trade for trade in trace.trades if trade.sold == "USDC"]
        assert len(mine) == 1, "one push"
        y = trace.initial.venues["pool"].quote
        assert mine[0].after_e8 == pytest.approx(multiple * mine[0].before_e8, rel=1e-4)
        assert mine[0].amount_in / y == pytest.approx(capital(multiple), rel=TOLERANCE)
        assert mine[0].amount_in / y == pytest.approx(PRINTED[multiple][0], rel=TOLERANCE)

        arbitrage = next(trade for trade in trace.trades if trade.sold == "WETH")
        assert arbitrage.block == mine[0].block + 1
        assert arbitrage.after_e8 == pytest.approx(2_000 * E8, rel=1e-6)
        spent, came_back = mine[0].amount_in, arbitrage.amount_out
        assert came_back == pytest.approx(spent, rel=1e-6), "the pool is as it was"
        value_of_bought = mine[0].amount_out / 1e18 * 2_000 * 1e6
        assert (spent - value_of_bought) / y == pytest.approx(loss(multiple), rel=TOLERANCE)
        assert (spent - value_of_bought) / y == pytest.approx(PRINTED[multiple][1], rel=TOLERANCE)

        metrics = summarise(trace).metrics
        y_usd = y / 1e6
        assert metrics["manipulation_cost_usd"] / y_usd == pytest.approx(loss(multiple), rel=TOLERANCE)
        assert metrics["attack_profit_usd"] / y_usd == pytest.approx(-loss(multiple), rel=TOLERANCE)
        assert metrics["max_spot_push_bps"] == pytest.approx((multiple - 1) * 10_000, rel=TOLERANCE)

    def test_what_the_attacker_loses_the_arbitrageur_has(self, run):
        trace = run(13, 1)
        start, end = (record.balances["arbitrageur"] for record in (trace.initial, trace.blocks[-1]))
        gained = sum(
            (end[asset] - start[asset]) * price / 10**decimals
            for asset, price, decimals in (("WETH", 2_000, 18), ("USDC", 1, 6))
        )
        assert gained / 2_000_000 == pytest.approx(loss(13), rel=TOLERANCE)

    def test_holding_costs_as_much_every_block(self, run):
        """Bought back each block after arbitrage sold: five times the loss of one."""
        trace = run(2, 5)
        pushes = [trade for trade in trace.trades if trade.sold == "USDC"]
        assert [trade.block for trade in pushes] == list(range(pushes[0].block, pushes[0].block + 5))
        cost = summarise(trace).metrics["manipulation_cost_usd"]
        assert cost / 2_000_000 == pytest.approx(5 * loss(2), rel=TOLERANCE)


class Means:
    """A pool without fee, an arithmetic and a geometric feed poked every block, an attacker and an arbitrageur."""

    def __init__(self, blocks: int) -> None:
        self.blocks = blocks
        self.venue = Venue.deploy(fee_bps=0, decimals=(18, 6))
        self.venue.set_reserves(BASE, QUOTE)
        self.feeds = [
            deploy_contract(
                self.venue.chain,
                "PoolMeanFeed",
                self.venue.pool,
                self.venue.token0,
                18,
                6,
                8,
                (mean, blocks * 12, 12),
            )
            for mean in (0, 1)
        ]
        self.lost = 0.0
        self.pass_blocks(blocks)

    def pass_blocks(self, count: int) -> None:
        """Let time pass, with a checkpoint at the end of every block."""
        for _ in range(count):
            for feed in self.feeds:
                if feed.read("due"):
                    feed.send(TRADER, "poke")
            self.venue.wait(BLOCK_S)

    def hold(self, multiple: float, blocks: int) -> None:
        """Push at the start of each block; arbitrage brings the price back at the start of the next."""
        for _ in range(blocks):
            reserve0, reserve1 = self.venue.reserves()
            spent = int(reserve1 * (sqrt(multiple) - 1))
            received = self.venue.swap_exact_in(False, spent)
            self.pass_blocks(1)
            self._restore()
            self.lost += spent / 1e6 - received / 1e18 * 2_000

    def _restore(self) -> None:
        """Sell base as somebody else, until the price is $2,000 again."""
        reserve0, reserve1 = self.venue.reserves()
        amount = isqrt(reserve0 * reserve1 * BASE // QUOTE) - reserve0
        router, token = self.venue.router, self.venue.token0
        router.send(PROVIDER, "swapExactIn", [self.venue.pool], token, amount, 0, PROVIDER, UINT256_MAX)

    @property
    def moved(self) -> tuple[float, float]:
        """How far the arithmetic and the geometric mean are above $2,000."""
        return tuple(feed.read("latestRoundData")[1] / (2_000 * E8) - 1 for feed in self.feeds)

    @property
    def cost(self) -> float:
        """What was lost, in units of y."""
        return self.lost / (QUOTE / 1e6)


CASES = [(0.01, 50), (0.05, 50), (0.05, 150)]
OF_ANY_MEAN = pytest.mark.parametrize(("eps", "blocks"), [*CASES, (0.2, 150)])


class TestMeans:
    @OF_ANY_MEAN
    def test_held_through_the_window_it_costs_that_many_pushes(self, eps, blocks):
        means = Means(blocks)
        means.hold(1 + eps, blocks)
        assert means.moved == pytest.approx((eps, eps), rel=TOLERANCE)
        assert means.cost == pytest.approx(blocks * loss(1 + eps), rel=TOLERANCE)

    @OF_ANY_MEAN
    def test_one_block_at_a_higher_price_moves_an_arithmetic_mean_as_far(self, eps, blocks):
        means = Means(blocks)
        means.hold(1 + blocks * eps, 1)
        arithmetic, geometric = means.moved
        assert arithmetic == pytest.approx(eps, rel=TOLERANCE)
        assert geometric == pytest.approx((1 + blocks * eps) ** (1 / blocks) - 1, rel=TOLERANCE)
        assert means.cost == pytest.approx(loss(1 + blocks * eps), rel=TOLERANCE)

    @pytest.mark.parametrize(("eps", "blocks"), CASES)
    def test_a_geometric_mean_needs_the_power_in_one_block(self, eps, blocks):
        """1.2^150 would be 7.5e11 times the price."""
        multiple = (1 + eps) ** blocks
        means = Means(blocks)
        means.hold(multiple, 1)
        assert means.moved[1] == pytest.approx(eps, rel=TOLERANCE)
        assert means.moved[0] == pytest.approx((multiple - 1) / blocks, rel=TOLERANCE)
        assert means.cost == pytest.approx(loss(multiple), rel=TOLERANCE)


def test_small_moves_are_cheaper_held_and_large_ones_in_one_block():
    """Of a mean over 150 blocks: 5 % costs 0.089 y held and 1.26 y at once; 100 %, 18.2 y and 10.4 y."""
    held = {eps: 150 * loss(1 + eps) for eps in (0.05, 1.0)}
    at_once = {eps: loss(1 + 150 * eps) for eps in (0.05, 1.0)}
    assert held == pytest.approx({0.05: 0.0893, 1.0: 18.20}, rel=TOLERANCE)
    assert at_once == pytest.approx({0.05: 1.258, 1.0: 10.37}, rel=TOLERANCE)
