"""A small run with a bit of everything, for the reports."""

from sim.trace import Trace, Violation
from tests.sim.metrics.traces import USDC, WETH, TraceBuilder, account

NASTY = "</script><b>&\"'"


def sample_trace(name: str = "by-hand") -> Trace:
    """Two waves, a write-off drawn on insurance, a rescue and a violation in five blocks."""
    builder = TraceBuilder(price=100.0, name=name)
    counts = [0] * 60
    counts[19], counts[25], counts[59] = 2, 5, 3
    builder.block(exogenous=99.0, histogram={"main": tuple(counts)})
    builder.block(below_one={"main": {"a/0": account(10, 900.0)}}, pending=3)
    builder.transaction("liquidate", fee_gwei=30.5, gas=400_000, args=(("pool",), b"\x01", 2**200))
    builder.liquidation("a/0", 100.0).swap(base_in=10 * WETH)
    builder.transaction("arbitrage", agent="arb", meta={"venue": "pool"})
    builder.swap(quote_in=1_000 * USDC).outside_trade(99.0, 93.0)
    builder.block(outside=93.0).push(93.0, 2)
    builder.transaction("liquidate")
    builder.event("main", "DeficitCreated", user="b/0", asset="USDC", amount=300 * USDC)
    builder.liquidation("b/0", 93.0)
    builder.event(
        "fund",
        "DeficitDrawn",
        protocol="main",
        requested=300 * USDC,
        drawn=200 * USDC,
        capLeft=0,
        assetsBefore=10_000 * USDC,
    )
    builder.transaction("rescue", agent="a/7").transaction("liquidate", ok=False, revert="NoDebt(USDC, a/0)")
    builder.block(outside=94.0).block(outside=95.0)
    trace = builder.trace
    trace.initial_accounts = {"main": {"a/0": account(10, 700.0), "a/7": account(20, 900.0)}}
    trace.final_accounts = {"main": {"a/0": account(0.0, 0.0), "a/7": account(20, 900.0)}}
    trace.violations.append(Violation(2, "INV_SOLVENCY", f"main.WETH: {NASTY}"))
    trace.digest, trace.contract_calls = "ab" * 32, 1_234
    return trace
