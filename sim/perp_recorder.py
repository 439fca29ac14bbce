"""What a run records of its perpetual markets."""

from collections.abc import Iterator, Mapping
from typing import Any

from sim.perp_trace import InstrumentRecord, PerpAccountRecord, account_name
from sim.protocols.perp_states import Booked, PerpAccountState, PerpKey
from sim.trace import Trace
from sim.world.observation import PerpObservation
from sim.world.perps.observer import PerpAccounts
from sim.world.world import World

NAMED_ACCOUNTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Liquidated": (("owner", "slot"),),
    "PositionTransferred": (("owner", "slot"), ("toOwner", "toSlot")),
    "LossSocialised": (("fromOwner", "fromSlot"), ("owner", "slot")),
    "BadDebtBooked": (("owner", "slot"),),
}
"""Arguments of events that name an account whose state before the block is kept: owner and slot."""


class PerpRecorder:
    """Follows all perpetual markets of a world."""

    def __init__(self, world: World, trace: Trace) -> None:
        self._world = world
        self._trace = trace
        self._accounts = {name: PerpAccounts(market) for name, market in world.perps.items()}
        self._market_of = {market.address: name for name, market in world.perps.items()}
        self._collateral_of = {market.collateral: name for name, market in world.perps.items()}
        self._booked: set[str] = set()
        self._below: dict[str, dict[str, PerpAccountRecord]] = {}

    def refresh(self) -> None:
        """Read the state after a block."""
        for name, accounts in self._accounts.items():
            accounts.refresh(name in self._booked)
        self._booked.clear()

    def begin_block(self) -> None:
        """Note who is below maintenance margin at the start of a block."""
        self._below = {
            name: {self._name(key): self._record(accounts, key) for key in accounts.at_risk}
            for name, accounts in self._accounts.items()
        }

    def event(self, block: int, address: str, name: str, args: Mapping[str, Any]) -> None:
        """Take note of an event of a market: something was booked, and of some accounts, what they were before."""
        market = self._market_of.get(address)
        if market is None:
            if address in self._collateral_of and "owner" in args:
                self._booked.add(self._collateral_of[address])
                self._accounts[self._collateral_of[address]].forget(args["owner"])
            return
        self._booked.add(market)
        for owner, slot in NAMED_ACCOUNTS.get(name, ()):
            key = self._world.perps[market].key(args[owner], args[slot])
            at = block, market, self._name(key)
            if at not in self._trace.positions_before and key in self._accounts[market].positions:
                self._trace.positions_before[at] = self._record(self._accounts[market], key)

    def observations(self) -> dict[str, PerpObservation]:
        """What agents see."""
        return {
            name: PerpObservation(accounts.instruments, accounts.states, accounts.positions, accounts.at_risk)
            for name, accounts in self._accounts.items()
        }

    def instruments(self) -> dict[str, dict[str, InstrumentRecord]]:
        """All instruments after the block."""
        return {
            name: {
                symbol: InstrumentRecord(
                    one.mark_e8,
                    one.index_e8,
                    one.mid_e8,
                    one.long_wad,
                    one.short_wad,
                    one.maker_wad,
                    one.funding_index,
                    one.funding_rate_wad,
                    one.bad_debt_quote,
                )
                for symbol, one in accounts.instruments.items()
            }
            for name, accounts in self._accounts.items()
        }

    @property
    def below(self) -> Mapping[str, Mapping[str, PerpAccountRecord]]:
        """Accounts below maintenance margin at the start of the block, by market."""
        return self._below

    def histograms(self) -> dict[str, tuple[int, ...]]:
        """Accounts by equity over maintenance margin, by market."""
        return {name: tuple(accounts.histogram) for name, accounts in self._accounts.items()}

    def all_accounts(self) -> dict[str, dict[str, PerpAccountRecord]]:
        """Every account of every market, read now; where a price is not valid, without its equity."""
        return {name: dict(self._exact(accounts)) for name, accounts in self._accounts.items()}

    def _exact(self, accounts: PerpAccounts) -> Iterator[tuple[str, PerpAccountRecord]]:
        states = accounts.exact()
        for key in accounts.positions:
            yield self._name(key), self._record(accounts, key, states.get(key))

    def _name(self, key: PerpKey) -> str:
        return account_name(self._world.role(key.owner), key.instrument)

    def _record(
        self, accounts: PerpAccounts, key: PerpKey, state: PerpAccountState | None = None
    ) -> PerpAccountRecord:
        booked: Booked = accounts.positions[key]
        cash = booked.cash_quote
        state = state or accounts.states.get(key) or PerpAccountState(cash, 0, cash, cash, 0, 0)
        return PerpAccountRecord(
            state.cash_quote,
            state.collateral_quote,
            state.equity_quote,
            state.initial_quote,
            state.maintenance_quote,
            {symbol: size for symbol, (size, _) in booked.positions.items()},
            {symbol: entry for symbol, (_, entry) in booked.positions.items()},
        )
