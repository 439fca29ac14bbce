"""The seller: an even pace, what failed is sold with the next, and nothing beyond what it has."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.seller import Seller
from sim.chain.artifacts import load_artifacts
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.errors import BadInput
from sim.scenario.loading import parse_scenario
from sim.scenario.sellers import Seller as SellerModel
from tests.scenarios import small_document

WETH = 10**18
SELLER = {"kind": "seller", "venue": "pool", "asset": "WETH", "tokens": 30, "at_s": 60, "over_s": 240}


def sales(block_space=None, **seller):
    """Blocks and amounts of a seller's sales in a small world, and the trace."""
    document = small_document(agents={"seller": SELLER | seller}, population={})
    engine = launch(parse_scenario(document | (block_space or {})), RevmChain(), load_artifacts())
    trace = engine.run()
    made = [tx for tx in trace.transactions if tx.agent == "seller"]
    sold = {trade.block: trade.amount_in for trade in trace.trades}
    return {tx.block: sold[tx.block] for tx in made if tx.ok}, trace


def test_sells_at_an_even_pace_and_then_stops():
    sold, trace = sales()
    assert sum(sold.values()) == 30 * WETH
    assert set(sold.values()) == {30 * WETH * 12 // 240}
    times = [trace.blocks[block].time_s for block in sold]
    assert 60 < min(times) <= 84 and 288 <= max(times) <= 324


def test_what_waited_is_sold_with_the_next():
    """While no block includes anything, what is due adds up."""
    sold, _ = sales({"block_space": {"outages": [{"at_s": 96, "for_s": 60}]}})
    assert sum(sold.values()) == 30 * WETH
    assert max(sold.values()) > 3 * min(sold.values())


def test_asks_for_the_quote_less_what_it_bears():
    chosen = {}

    def swap_exact_in(sell, amount, least, to):
        chosen.update(sell=sell, amount=amount, least=least)
        return "call"

    venue = SimpleNamespace(name="pool", quote_exact_in=lambda sell, amount: 1_000, swap_exact_in=swap_exact_in)
    world = SimpleNamespace(
        address=lambda name: name,
        venues={"pool": venue},
        tokens={"WETH": SimpleNamespace(decimals=18)},
        scenario=SimpleNamespace(block_space=SimpleNamespace(ordering="fees")),
    )
    model = SellerModel(**SELLER | {"max_slippage_bps": 250})
    seller = Seller("seller", model, world, np.random.default_rng(0))
    now = SimpleNamespace(time_s=180, block=15, inclusion_fee_gwei=10.0, balances={"seller": {"WETH": 20 * WETH}})
    (action,) = seller.propose(now)
    assert chosen == {"sell": "WETH", "amount": 5 * WETH, "least": 975}
    assert (action.intent, action.max_fee_gwei) == ("sell", pytest.approx(11.0))
    venue.quote_exact_in = lambda sell, amount: 0
    assert seller.propose(now) == []


def test_sells_what_its_venue_trades():
    for change, problem in (({"asset": "DAI"}, "agents.seller.asset"), ({"venue": "none"}, "agents.seller.venue")):
        with pytest.raises(BadInput, match=problem):
            parse_scenario(small_document(agents={"seller": SELLER | change}, population={}))
