"""Measure the gas table on Anvil: every function that a scenario's transactions call, by outcome.

Scenarios run on the node and each receipt's gas is filed under contract, function and outcome; the table holds
the median, rounded up to a thousand. A function that never failed is sent once more by an account that has no
rights and no tokens; one that cannot fail (`approve`) costs the same either way.
"""

import json
import statistics
from collections import defaultdict

import click

from benchmarks.perp_calls import perp_calls
from sim.chain.anvil import AnvilChain
from sim.chain.artifacts import load_artifacts
from sim.chain.base import Block, Receipt, Transaction
from sim.engine import launch
from sim.market.gas import GAS_TABLE_FILE
from sim.protocols.call import Call
from sim.protocols.lending import LendingPool
from sim.protocols.venues.concentrated import ConcentratedVenue
from sim.protocols.venues.constant_product import ConstantProductVenue
from sim.protocols.venues.stable_swap import StableSwapVenue
from sim.scenario.loading import load_scenario
from sim.units import UINT256_MAX
from sim.world.world import World

Measured = tuple[str | int, ...]
"""Name of a scenario, blocks to run, and overrides."""
NO_BUYERS = tuple(f"agents.keeper-{name}.buys=false" for name in ("flash", "slow", "inventory"))
NO_KEEPERS = tuple(f"agents.keeper-{name}=null" for name in ("flash", "slow", "inventory"))
JIT = 'agents.jit={"kind":"jit_provider","venue":"pool","gap_bps":50,"capital_usd":500000,"min_profit_usd":-1000}'
PERP_FALL: tuple[str, ...] = (
    "assets.WETH.shocks.0.change_bps=-3000",
    "insurance.fund.assets_tokens=10000",
    "perps.perp.waterfall.0.tokens=20000",
    "perps.perp.instruments.WETH.pricing.depth_tokens=100000000",
    "perps.perp.upkeep_interval_s=60",
)
"""Beyond what its stages bear."""
DELEVERAGED = ("perps.perp.waterfall.2.fill_price=previous_mark",)
BACKED = (
    'perps.perp.collateral={"WETH":{"haircut_bps":500}}',
    'traders.backed={"kind":"explicit","market":"perp","accounts":'
    '[{"positions":{"WETH":100},"margin_tokens":100,"collateral_tokens":{"WETH":15}}]}',
    "agents.keeper.inventory_tokens=50000",
    "agents.keeper.venue=pool",
)
FUND_ALONE = (
    'perps.perp.waterfall=[{"kind":"fund","fund":"fund","cap_tokens":1000000}]',
    "agents.ranker=null",
    "agents.keeper.min_profit_usd=-1000",
)
"""Its bad debt is covered once more comes in."""
SCENARIOS: tuple[Measured, ...] = (
    ("flash-crash", 120),
    ("black-thursday", 1_500),
    ("loop-ladder", 8),
    ("thin-liquidity", 120),
    ("flash-crash+fermented-bonus", 60),
    ("flash-crash+dutch-auction-fast", 100),
    ("flash-crash+dutch-auction-fast", 100, *NO_BUYERS),
    ("flash-crash+batch-auction", 100),
    ("flash-crash+backstop", 100, "lending.main.execution.capital_usd=1000000"),
    ("isolated-contagion-free", 60),
    ("pre-liquidation", 80),
    ("threshold-cut", 6),
    ("moving-haircuts", 120),
    ("soft-liquidation", 100),
    ("soft-liquidation", 100, "agents.keeper-flash=null"),
    ("flash-crash+soft-liquidation", 100),
    ("split-sale", 40, "agents.keeper.funding=inventory", "agents.keeper.inventory_tokens=3000000"),
    ("flash-crash+delayed-oracle", 60, "feeds.WETH.through.0.hop_s=60"),
    ("flash-crash+guarded-oracle", 40),
    ("single-source-print+median-oracle", 60),
    ("depeg", 100),
    ("cap-incident-2026", 40, "assets.wstETH.rate.slashings=[{at_s: 120, loss_bps: 1}]"),
    ("window-picking", 60),
    ("sequencer-outage", 140),
    ("flash-crash+circuit-breaker", 60),
    ("flash-crash+smoothed-oracle", 20),
    ("flash-crash", 40, "venues.pool.kind=uniswap_v3", JIT, *NO_KEEPERS),
    ("manipulated-spot", 15),
    ("twap-defends", 50),
    ("twap-defends", 15, "agents.flash.own_usd=0"),
    ("perp-cascade", 60),
    ("perp-cascade", 70, *PERP_FALL, *DELEVERAGED, *BACKED),
    ("perp-cascade", 70, *PERP_FALL, "agents.ranker=null"),
    ("perp-cascade", 70, *PERP_FALL, *FUND_ALONE),
    ("fund-depletion", 90),
)
SELLERS = ("FlashLiquidator", "IsolatedLiquidator", "SoftLiquidator", "AuctionTaker", "BackstopBuyer")
"""Contracts that sell what they take: measured with sales on constant-product pools (see `GasTable.used`)."""
ROUND_TO_GAS = 1_000
STRANGER = 9_999_999

Key = tuple[str, str, bool]


class MeteredAnvil(AnvilChain):
    """An Anvil chain that keeps every transaction with the gas it used."""

    meter: list[tuple[Transaction, bool, int]]

    def _execute(self, block: Block) -> list[Receipt]:
        receipts = super()._execute(block)
        if block.transactions:
            mined = self._request("eth_getBlockReceipts", "latest")
            for tx, receipt, answer in zip(block.transactions, receipts, mined, strict=True):
                self.meter.append((tx, receipt.ok, int(answer["gasUsed"], 16)))
        return receipts


def measure(scenarios: tuple[Measured, ...] = SCENARIOS) -> dict[Key, int]:
    """Return the median gas by contract, function and outcome over the given scenarios."""
    seen: dict[Key, list[int]] = defaultdict(list)
    for name, blocks, *overrides in scenarios:
        with MeteredAnvil.start() as chain:
            chain.meter = []
            engine = launch(
                load_scenario(name, overrides, blocks=blocks), chain, load_artifacts(), check_invariants=False
            )
            engine.run()
            names = _selectors(engine.world)
            _rarer_calls(engine.world, chain)
            _provoke_failures(engine.world, chain, names)
            usual = all(isinstance(venue, ConstantProductVenue) for venue in engine.world.venues.values())
            for tx, ok, gas in chain.meter:
                contract, function = names[tx.to, tx.data[:4]]
                if usual or contract not in SELLERS:
                    seen[contract, function, ok].append(gas)
    return {key: int(statistics.median(values)) for key, values in seen.items()}


def _selectors(world: World) -> dict[tuple[str, bytes], tuple[str, str]]:
    """By target and selector: contract type and function."""
    names = {}
    for deployment in world.deployments:
        contract = world.artifacts[deployment.contract]
        for function in contract.functions.values():
            names[deployment.address, function.selector] = (deployment.contract, function.name)
    return names


def _rarer_calls(world: World, chain: MeteredAnvil) -> None:
    """Send what agents may do but these runs need not: withdrawals, repayments, exact outputs, redemptions."""
    supplier = world.address("supplier")
    calls: list[tuple[str, str, bytes]] = []

    def add(sender: str, contract: str, target: str, function: str, *args: object) -> None:
        calls.append((sender, target, world.artifacts[contract].encode(function, *args)))

    for name, venue in world.venues.items():
        if isinstance(venue, StableSwapVenue):
            less, more = venue.remove_liquidity(venue.shares(supplier) // 100, supplier), venue.add_liquidity
            calls += [(supplier, call.target, call.data) for call in (less, more(10**9, 10**9, supplier))]
        if isinstance(venue, ConcentratedVenue):
            calls += [(supplier, call.target, call.data) for call in _position_calls(world, venue, supplier)]
        if not isinstance(venue, ConstantProductVenue):
            continue
        pool, quote = venue.address, world.tokens[venue.quote]
        held = world.chain.call(pool, world.artifacts["ConstantProductPool"].encode("balanceOf", supplier))
        shares = int.from_bytes(held, "big") // 100
        add(supplier, "ConstantProductPool", pool, "approve", world.router, UINT256_MAX)
        add(supplier, "SwapRouter", world.router, "removeLiquidity", pool, shares, 0, 0, supplier, UINT256_MAX)
        exact = ([pool], quote.address, 10**12, UINT256_MAX, supplier, UINT256_MAX)
        add(supplier, "SwapRouter", world.router, "swapExactOut", *exact)
        add(supplier, "ConstantProductPool", world.address(name), "sync")
        add(supplier, "ConstantProductPool", world.address(name), "skim", supplier)
    for name, market in world.lending.items():
        if name not in world.borrowers:
            continue
        borrower = _safest(world, name)
        for asset in market.reserve_list:
            repay, withdraw = market.repay(asset, 10**6, borrower), market.withdraw(asset, 10**6, supplier)
            draw, more = market.withdraw(asset, 10**6, borrower), market.borrow(asset, 10**6, borrower)
            calls.append((supplier, withdraw.target, withdraw.data))
            calls += [(borrower, call.target, call.data) for call in (draw, more, repay)]
            if isinstance(market, LendingPool):
                token = world.tokens[asset].address
                add(supplier, "LendingPool", market.address, "coverDeficit", token, 10**6)
    for fund in world.insurance.values():
        add(supplier, "InsuranceFund", fund.address, "withdraw", 10**4, supplier, supplier)
        add(supplier, "InsuranceFund", fund.address, "redeem", 10**4, supplier, supplier)
    calls += [(sender, call.target, call.data) for sender, call in perp_calls(world)]
    transactions = [Transaction(sender, target, data) for sender, target, data in calls]
    chain.execute(Block(chain.timestamp_s + 1, transactions))


def _position_calls(world: World, venue: ConcentratedVenue, supplier: str) -> list[Call]:
    """What anybody may do with a position and on the pool, beyond what agents did."""
    position = venue.positions_of(supplier)[0]
    return [
        venue.approve_shares(1),
        venue.increase_position(position.token_id, 10**18, 10**12),
        venue.decrease_position(position.token_id, position.liquidity // 100),
        venue.collect(position.token_id, supplier),
        *(world.tokens[asset].approve(venue.router, UINT256_MAX) for asset in (venue.base, venue.quote)),
        venue.swap_exact_out(venue.quote, 10**15, UINT256_MAX, supplier),
        venue.swap_to_price(venue.base, 10**15, 0, supplier),
    ]


def _safest(world: World, market: str) -> str:
    """Address of the borrower with debt whose health is highest; the last one where nobody owes anything."""
    addresses = [world.address(role) for role in world.borrowers[market]]
    states = world.lending[market].read_accounts(addresses)
    healths = {a: s.health_wad for a, s in zip(addresses, states, strict=True) if s.health_wad != UINT256_MAX}
    return max(healths, key=healths.__getitem__, default=addresses[-1])


def _provoke_failures(world: World, chain: MeteredAnvil, names: dict) -> None:
    """Send the latest call of each function that never failed from an account that may do nothing."""
    failed = {names[tx.to, tx.data[:4]] for tx, ok, _ in chain.meter if not ok}
    latest = {names[tx.to, tx.data[:4]]: tx for tx, ok, _ in chain.meter if ok}
    stranger = "0x" + f"{STRANGER:040x}"
    calls = [Transaction(stranger, tx.to, tx.data) for name, tx in sorted(latest.items()) if name not in failed]
    if calls:
        chain.execute(Block(chain.timestamp_s + 1, calls))


def table(measured: dict[Key, int]) -> dict[str, dict[str, int]]:
    """Return the gas table; an outcome that never occurred costs what the other does."""
    entries: dict[str, dict[str, int]] = {}
    for contract, function in sorted({key[:2] for key in measured}):
        ok, revert = (measured.get((contract, function, outcome), 0) for outcome in (True, False))
        entries[f"{contract}.{function}"] = {"ok": _rounded_up(ok or revert), "revert": _rounded_up(revert or ok)}
    return entries


def _rounded_up(gas: int) -> int:
    return -(-gas // ROUND_TO_GAS) * ROUND_TO_GAS


@click.command()
@click.option("--write/--print", default=True, help="Write the table into the package, or print it.")
def main(write: bool) -> None:
    """Measure the gas table on Anvil."""
    text = json.dumps(table(measure()), indent=2) + "\n"
    if write:
        GAS_TABLE_FILE.write_text(text)
        click.echo(f"wrote {GAS_TABLE_FILE}", err=True)
    else:
        click.echo(text)


if __name__ == "__main__":
    main()
