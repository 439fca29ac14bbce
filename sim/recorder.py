"""Turns what a block did into records: decodes logs, names roles, reads the state after it."""

from collections.abc import Iterable, Mapping
from typing import Any

from sim.chain.base import Receipt
from sim.market.block_space import BlockSpace
from sim.market.outside import OutsideMarket
from sim.perp_recorder import PerpRecorder
from sim.protocols.base import AccountState
from sim.trace import (
    AccountRecord,
    BlockRecord,
    Event,
    FeedRecord,
    FirstBid,
    OutsideTrade,
    ReserveRecord,
    Trace,
    TransactionRecord,
    VenueRecord,
    VenueTrade,
    Violation,
)
from sim.world.action import Action
from sim.world.naming import Names
from sim.world.observation import MarketObservation
from sim.world.observer import Accounts, ChainState, StateReader
from sim.world.tracked import strictest_ages, tracked_roles
from sim.world.world import World

ACCOUNT_ARGUMENTS = ("user", "liquidator")
SHARED_EVENTS = frozenset({"BandsTraded"})
"""Events that change balances of accounts which they do not name."""


class Recorder:
    """Grows a trace block by block, and keeps the state that the next observation shows."""

    def __init__(self, world: World, outside: OutsideMarket, block_space: BlockSpace) -> None:
        scenario = world.scenario
        self.world = world
        self.outside = outside
        self.block_space = block_space
        self.trace = Trace(
            scenario={**scenario.model_dump(mode="json"), "scenario_id": scenario.scenario_id},
            chain=world.chain.name,
            seed=scenario.seed,
            decimals={name: asset.decimals for name, asset in scenario.assets.items()},
            market_rules={name: market.rules() for name, market in world.lending.items()},
        )
        self._max_age_s = strictest_ages(scenario)
        self._names = Names(world)
        self._reader = StateReader(world, tracked_roles(world))
        self._contract_of = {one.address: one.contract for one in world.deployments}
        self._market_of = {
            address: name for name, market in world.lending.items() for address in (market.address, *market.voices)
        }
        self._venue_of = {address: name for name, venue in world.venues.items() for address in venue.voices}
        self._accounts = {
            name: Accounts(market, [world.address(role) for role in world.accounts(name)])
            for name, market in world.lending.items()
        }
        self._bidders: set[tuple[str, str]] = set()
        self._below_at: dict[str, tuple[int, dict[str, AccountRecord]]] = {}
        self._calls_before = world.chain.contract_calls
        self.perps = PerpRecorder(world, self.trace)
        self.state = self._read({})
        self._below = self._below_one()
        self.trace.initial = self._block_record(-1, 0)
        self.trace.initial_accounts = {name: self._all(name, a.states) for name, a in self._accounts.items()}
        self.trace.initial_positions = self.perps.all_accounts()
        self._block = 0
        self._time_s = 0
        self._touched: dict[str, set[str]] = {}
        self._transactions = 0

    def markets(self) -> dict[str, MarketObservation]:
        """What agents see of the lending markets."""
        return {
            name: MarketObservation(
                reserves=self.state.reserves[name],
                reserve_list=self.world.lending[name].reserve_list,
                accounts=accounts.states,
                at_risk=accounts.at_risk,
                lots=self._lots(name),
                requirements_key=accounts.requirements_key,
            )
            for name, accounts in self._accounts.items()
        }

    def _lots(self, market: str) -> tuple:
        execution = self.world.lending[market].execution
        return () if execution is None else execution.active_lots()

    def bid(self, block: int, action: Action) -> None:
        """Note who bids for block space for the first time with an intent."""
        sender = self.world.role(action.sender)
        if (action.intent, sender) not in self._bidders:
            self._bidders.add((action.intent, sender))
            self.trace.first_bids.append(FirstBid(block, action.intent, sender))

    def begin_block(self, block: int, time_s: int) -> None:
        """Start recording a block."""
        self._block, self._time_s = block, time_s
        self._touched = {}
        self._transactions = 0
        self._below = self._below_one()
        self.perps.begin_block()
        self._outside_before = {asset: self.outside.price_e8(asset) for asset in self.world.tokens}

    def transaction(self, action: Action, receipt: Receipt, fee: tuple[float, int]) -> list[Event]:
        """Record one transaction and return its decoded events."""
        index = self._transactions
        self._transactions += 1
        role = self.world.role
        revert = None if receipt.ok else self._names.revert(receipt.revert_data)
        self.trace.transactions.append(
            TransactionRecord(
                self._block,
                index,
                action.agent,
                role(action.sender),
                role(action.call.target),
                action.call.function,
                self._names.arguments(action.call.args),
                action.intent,
                receipt.ok,
                revert,
                fee[0],
                fee[1],
                action.meta,
            )
        )
        events = [self._event(index, position, log) for position, log in enumerate(receipt.logs)]
        self.trace.events += events
        return events

    def outside_trade(self, trade: OutsideTrade) -> None:
        """Record the outside leg of an arbitrage."""
        self.trace.outside_trades.append(trade)

    def violations(self, found: Iterable[Violation]) -> None:
        """Record broken invariants."""
        self.trace.violations += found

    def end_block(self) -> None:
        """Read the state after the block and record it."""
        self.state = self._read(self._touched)
        self.trace.blocks.append(self._block_record(self._block, self._time_s))

    def finish(self) -> Trace:
        """Read all accounts a last time."""
        for name, market in self.world.lending.items():
            roles = self.world.accounts(name)
            states = market.read_accounts([self.world.address(role) for role in roles])
            self.trace.final_accounts[name] = {
                role: self._account(name, state) for role, state in zip(roles, states, strict=True)
            }
        self.trace.final_positions = self.perps.all_accounts()
        self.trace.contract_calls = self.world.chain.contract_calls - self._calls_before
        return self.trace

    def _read(self, touched: dict[str, set[str]]) -> ChainState:
        state = self._reader.read()
        for name, accounts in self._accounts.items():
            accounts.refresh(state.reserves[name], touched.get(name, ()))
        self.perps.refresh()
        return state

    def _event(self, index: int, position: int, log: Any) -> Event:
        name, args = self.world.artifacts.decoder.decode(log, self._contract_of.get(log.address))
        venue = self._venue_of.get(log.address)
        if venue is not None:
            self._trade(venue, (index, position), name, args)
        market = self._market_of.get(log.address)
        if market is not None:
            self._touch(market, name, args)
        self.perps.event(self._block, log.address, name, args)
        named = self._names.event_arguments(args)
        return Event(self._block, index, position, market or self.world.role(log.address), name, named)

    def _trade(self, venue: str, at: tuple[int, int], name: str, args: dict[str, Any]) -> None:
        """Tell a venue's adapter of its event, and record the swap that it completes."""
        swap = self.world.venues[venue].swapped(name, args)
        if swap is not None:
            self.trace.trades.append(
                VenueTrade(
                    self._block,
                    *at,
                    venue,
                    swap.sold,
                    swap.amount_in,
                    swap.amount_out,
                    swap.before_e8,
                    swap.after_e8,
                )
            )

    def _touch(self, market: str, name: str, args: dict[str, Any]) -> None:
        """Note whose balances changed, and keep the state before the block of those who are liquidated."""
        touched = self._touched.setdefault(market, set())
        touched.update(args[key] for key in ACCOUNT_ARGUMENTS if key in args)
        if name in SHARED_EVENTS:
            touched.update(self._accounts[market].states)
        if name == "Liquidation":
            user = args["user"]
            key = (self._block, market, self.world.role(user))
            state = self._accounts[market].states.get(user)
            if state is not None and key not in self.trace.accounts_before:
                self.trace.accounts_before[key] = self._account(market, state)

    def _account(self, market: str, state: AccountState) -> AccountRecord:
        assets = self.world.lending[market].reserve_list
        return AccountRecord(
            state.health_wad,
            state.collateral_base,
            state.debt_base,
            {asset: units for asset, units in zip(assets, state.supplied, strict=True) if units},
            {asset: units for asset, units in zip(assets, state.debt, strict=True) if units},
        )

    def _all(self, market: str, states: Mapping[str, AccountState]) -> dict[str, AccountRecord]:
        return {self.world.role(address): self._account(market, state) for address, state in states.items()}

    def _below_one(self) -> dict[str, dict[str, AccountRecord]]:
        below: dict[str, dict[str, AccountRecord]] = {}
        for name, accounts in self._accounts.items():
            known = self._below_at.get(name)
            if known is None or known[0] != accounts.reads:
                below_one = {address: accounts.states[address] for address in accounts.below_one}
                records = self._all(name, below_one)
                known = self._below_at[name] = (accounts.reads, records)
            below[name] = known[1]
        return below

    def _block_record(self, block: int, time_s: int) -> BlockRecord:
        state, space = self.state, self.block_space
        initial = block < 0
        prices = {a: self.outside.price_e8(a) for a in self.world.tokens} if initial else self._outside_before
        return BlockRecord(
            block=block,
            time_s=time_s,
            base_fee_gwei=space.base_fee_gwei,
            inclusion_fee_gwei=space.inclusion_fee_gwei(time_s),
            pending=space.pending_count,
            exogenous_e8={asset: self.outside.exogenous_e8(asset) for asset in self.world.tokens},
            outside_e8=prices,
            feeds={asset: self._feed(asset, time_s) for asset in state.feeds},
            venues={
                name: VenueRecord(v.base_reserve, v.quote_reserve, v.spot_e8, v.sell_depth, v.buy_depth)
                for name, v in state.venues.items()
            },
            reserves={
                name: {
                    asset: ReserveRecord(
                        r.cash,
                        r.total_supplied,
                        r.total_debt,
                        r.deficit,
                        r.liquidity_index_ray,
                        r.borrow_index_ray,
                        r.claims,
                    )
                    for asset, r in reserves.items()
                }
                for name, reserves in state.reserves.items()
            },
            funds={name: fund.assets() for name, fund in self.world.insurance.items()},
            balances=state.balances,
            below_one=self._below,
            histogram={
                **{name: tuple(accounts.histogram) for name, accounts in self._accounts.items()},
                **self.perps.histograms(),
            },
            outside_depth=self.outside.depths_units(),
            perps=self.perps.instruments(),
            below_maintenance=self.perps.below,
        )

    def _feed(self, asset: str, time_s: int) -> FeedRecord:
        feed = self.state.feeds[asset]
        observed_s, updated_s = feed.observed_at_s - self.world.start_s, feed.updated_at_s - self.world.start_s
        max_age_s = self._max_age_s.get(asset, 0)
        fresh = max_age_s == 0 or time_s - updated_s <= max_age_s
        return FeedRecord(feed.price_e8, observed_s, updated_s, feed.valid and fresh)
