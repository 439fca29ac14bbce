"""What agents of perpetual markets have at the start."""

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.units import WAD
from tests.perp_scenarios import USD, perp_scenario

POOL = {"pool": {"base": "WETH", "quote": "USDC", "base_tokens": 1_000}}
TREND = {"kind": "trend_trader", "market": "perp", "instrument": "WETH", "notional_tokens": 100_000}
ARB = {"kind": "funding_arbitrageur", "market": "perp", "instrument": "WETH", "capital_tokens": 300_000}


@pytest.fixture(scope="module")
def trace(artifacts):
    agents = {
        "low": TREND | {"leverage": 4},
        "high": TREND | {"leverage": 500},
        "plain": ARB,
        "hedged": ARB | {"venue": "pool", "spot_capital_tokens": 400_000},
    }
    return launch(perp_scenario(agents=agents, venues=POOL), RevmChain(), artifacts).trace


@pytest.mark.parametrize(
    ("agent", "margin"),
    [("low", 25_000 * 1.05), ("high", 2_500 * 1.05), ("plain", 300_000), ("hedged", 300_000)],
)
def test_margin_is_in_the_cross_account(trace, agent, margin):
    """At a leverage that the market does not give, it is initial margin: 2.5 %."""
    account = trace.initial_positions["perp"][agent]
    assert account.cash_quote == account.equity_quote == int(margin * USD)
    assert account.sizes_wad == {}


def test_only_who_has_a_spot_leg_has_capital_for_it(trace):
    wallets = {name: trace.initial.balances[name] for name in ("low", "plain", "hedged")}
    assert wallets["hedged"] == {"WETH": 0, "USDC": 400_000 * USD}
    assert not any(wallets["low"].values()) and not any(wallets["plain"].values())


def test_hedgers_start_with_as_much_spot_as_they_are_short(artifacts):
    group = {
        "kind": "hedgers",
        "market": "perp",
        "instrument": "WETH",
        "count": 3,
        "spot_tokens": 10,
        "spot_sigma": 1,
    }
    traders = {"hedge": group | {"venue": "pool"}}
    trace = launch(perp_scenario(traders=traders, venues=POOL), RevmChain(), artifacts).trace
    for i in range(3):
        account = trace.initial_positions["perp"][f"hedge/{i}"]
        assert trace.initial.balances[f"hedge/{i}"]["WETH"] == -account.sizes_wad["WETH"] > 0
    total = sum(trace.initial.balances[f"hedge/{i}"]["WETH"] for i in range(3))
    assert total == pytest.approx(30 * WAD)
