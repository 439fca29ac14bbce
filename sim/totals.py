"""What the invariants need beyond the trace: token supplies, draws on funds, and the rules of every reserve."""

from collections.abc import Sequence

from sim.invariants import LiquidationRule, PerpBooks, ShareValue, Totals
from sim.protocols.perps import PerpMarket
from sim.protocols.venues.stable_swap import StableSwapVenue
from sim.scenario.lending import LendingMarket
from sim.scenario.lending.pool import PoolMarket
from sim.scenario.model import Scenario
from sim.scenario.perps.stages import FundStage, stage_role
from sim.scenario.venues import ConstantProductVenue
from sim.trace import AccountRecord, BlockRecord, Event, Trace
from sim.units import UINT256_MAX, quantise
from sim.world.world import World


class TotalsReader:
    """Reads `Totals` after a block; calldata is encoded once."""

    def __init__(self, world: World) -> None:
        scenario = world.scenario
        lens = world.artifacts["TestbedLens"]
        token = world.artifacts["AssetToken"]
        holders = list(world.roles.all().values())
        self.world = world
        self._supply = token.encode("totalSupply")
        self._sum = {
            asset: lens.encode("sumBalances", adapter.address, holders) for asset, adapter in world.tokens.items()
        }
        self._rules = _rules(scenario)
        self._draws = _caps(scenario)
        self._other_venues = frozenset(
            name for name, venue in scenario.venues.items() if not isinstance(venue, ConstantProductVenue)
        )
        self._pools = {name: venue for name, venue in world.venues.items() if isinstance(venue, StableSwapVenue)}
        self._share_values = self._read_shares()

    def read(self, trace: Trace, events: Sequence[Event]) -> Totals:
        """Totals after the trace's latest block, whose events are given."""
        block = trace.blocks[-1]
        self._book_draws(events)
        return Totals(
            token_totals=self._token_totals() if events else {},
            pool_balances={name: block.balances[name] for name in self.world.lending},
            fund_draws=self._draws,
            rules=self._rules,
            other_venues=self._other_venues,
            accounts_before=self._accounts_before(trace, block, events),
            share_values=self._share_values_around(),
            perp_books=self._perp_books(block, events),
        )

    def _share_values_around(self) -> dict[str, tuple[ShareValue, ShareValue]]:
        before, self._share_values = self._share_values, self._read_shares()
        return {name: (before[name], now) for name, now in self._share_values.items() if name in before}

    def _read_shares(self) -> dict[str, ShareValue]:
        found = {name: pool.share_value() for name, pool in self._pools.items()}
        return {name: ShareValue(*value) for name, value in found.items() if value is not None}

    def _perp_books(self, block: BlockRecord, events: Sequence[Event]) -> dict[str, PerpBooks]:
        spoke = {event.emitter for event in events}
        return {
            name: _books(market, block.balances[name][market.quote])
            for name, market in self.world.perps.items()
            if name in spoke
        }

    def _token_totals(self) -> dict[str, tuple[int, int]]:
        chain, lens = self.world.chain, self.world.lens
        return {
            asset: (
                int.from_bytes(chain.call(adapter.address, self._supply), "big"),
                int.from_bytes(chain.call(lens, self._sum[asset]), "big"),
            )
            for asset, adapter in self.world.tokens.items()
        }

    def _book_draws(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.name == "DeficitDrawn":
                drawn, cap = self._draws[event.emitter][event.args["protocol"]]
                self._draws[event.emitter][event.args["protocol"]] = (drawn + event.args["drawn"], cap)

    def _accounts_before(
        self, trace: Trace, block: BlockRecord, events: Sequence[Event]
    ) -> dict[tuple[str, str], AccountRecord]:
        keys = [(event.emitter, event.args["user"]) for event in events if event.name == "Liquidation"]
        return {
            key: trace.accounts_before[(block.block, *key)]
            for key in keys
            if (block.block, *key) in trace.accounts_before
        }


def _books(market: PerpMarket, balance: int) -> PerpBooks:
    """Books of a perpetual market, whose contract has `balance` units of quote."""
    totals, accounts = market.read_totals(), market.read_book().values()
    owed = totals.fees_quote + totals.fund_dues_quote + totals.funding_pot_quote
    owed += sum(one.cash_quote + sum(entry for _, entry in one.positions.values()) for one in accounts)
    net_wad = dict.fromkeys(market.instruments, 0)
    for one in accounts:
        for symbol, (size, _) in one.positions.items():
            net_wad[symbol] += size
    return PerpBooks(balance, totals.held_quote, totals.bad_debt_quote, owed, net_wad)


def _caps(scenario: Scenario) -> dict[str, dict[str, tuple[int, int]]]:
    """By fund and market, or stage of a perpetual one: nothing drawn yet, and the cap in units."""
    caps: dict[str, dict[str, tuple[int, int]]] = {name: {} for name in scenario.insurance}
    for market_name, market in scenario.lending.items():
        if market.insurance is not None:
            fund = scenario.insurance[market.insurance]
            tokens = fund.assets_tokens if fund.cap_tokens is None else fund.cap_tokens
            caps[market.insurance][market_name] = (0, quantise(tokens, scenario.assets[fund.asset].decimals))
    for name, market in scenario.perps.items():
        for stage in market.waterfall:
            if isinstance(stage, FundStage):
                decimals = scenario.assets[market.quote].decimals
                cap = UINT256_MAX if stage.cap_tokens is None else quantise(stage.cap_tokens, decimals)
                caps[stage.fund][stage_role(name, stage)] = (0, cap)
    return caps


def _rules(scenario: Scenario) -> dict[str, dict[str, LiquidationRule]]:
    return {
        name: {
            asset: LiquidationRule(_highest_threshold_bps(market, asset), scenario.assets[asset].decimals)
            for asset in market.reserves
        }
        for name, market in scenario.lending.items()
    }


def _highest_threshold_bps(market: LendingMarket, asset: str) -> int:
    if isinstance(market, PoolMarket):
        return market.highest_threshold_bps(asset)
    return market.reserves[asset].liquidation_threshold_bps
