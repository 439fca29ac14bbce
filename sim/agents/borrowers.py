"""Borrowers who rescue themselves, one agent for each group."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Agent
from sim.agents.bidding import expiry
from sim.protocols.base import AccountState
from sim.protocols.call import Call
from sim.scenario.actors import LognormalGroup
from sim.units import BPS, WAD, WAD_DECIMALS, quantise, value_base_down
from sim.world.action import Action
from sim.world.observation import MarketObservation, Observation

if TYPE_CHECKING:
    from sim.world.world import World


def top_up_value_base(state: AccountState, target_health_wad: int, threshold_bps: int) -> int:
    """Return the collateral value (USD e8, rounded up) that lifts an account to a health factor.

    health = Σ value·LT / debt, so a value of debt·(target − health)/LT is missing.
    """
    missing = state.debt_base * (target_health_wad - state.health_wad) * BPS
    return max(-(-missing // (WAD * threshold_bps)), 0)


def repayment_value_base(state: AccountState, target_health_wad: int) -> int:
    """Return the debt value (USD e8, rounded up) whose repayment lifts an account to a health factor.

    The collateral stays, so the debt left is debt·health/target.
    """
    return max(-(-state.debt_base * (target_health_wad - state.health_wad) // target_health_wad), 0)


class RescuingBorrowers(Agent):
    """Tops up or repays for the members of a group whose health fell below their trigger, at a fixed bid.

    A share of the group, drawn at the start, acts, each `latency_blocks` after its health was first seen below the
    trigger. A rescue is sized from the last read of the account to reach the target health, and cut to what the
    borrower's wallet holds. It is proposed again every block until health is back above the trigger, so congestion
    keeps it waiting without making it stale. Everybody is looked at when a price or a requirement of the market
    changed, otherwise only those found below their trigger then. While the market has no price, borrowers go by
    the outside one: to supply or to repay needs none.
    """

    def __init__(self, name: str, model: LognormalGroup, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        count = model.count * model.rescue.share_bps // BPS
        members = sorted(rng.permutation(model.count)[:count].tolist())
        self._rescuers = [(i, world.address(f"{name}/{i}")) for i in members]
        self._lending = world.lending[model.market]
        self._target_wad = quantise(model.rescue.target_health, WAD_DECIMALS)
        self._trigger_wad = quantise(model.rescue.trigger_health, WAD_DECIMALS)
        self._seen: tuple[object, ...] = ()
        self._prices_e8: dict[str, int] = {}
        self._has_prices = True
        self._low: list[tuple[int, str]] = self._rescuers
        self._low_since: dict[int, int] = {}

    def propose(self, observation: Observation) -> list[Action]:
        """Propose one rescue for each member below its trigger."""
        market = observation.markets[self.model.market]
        self._prices_e8 = {
            asset: market.reserves[asset].price_e8 or observation.outside_e8[asset]
            for asset in market.reserve_list
        }
        self._has_prices = all(reserve.price_e8 for reserve in market.reserves.values())
        seen = (*self._prices_e8.values(), self._has_prices, market.requirements_key)
        watched = self._low if seen == self._seen else self._rescuers
        self._seen = seen
        self._low = [
            (i, account) for i, account in watched if self._state(account, market).health_wad < self._trigger_wad
        ]
        self._low_since = {i: self._low_since.get(i, observation.block) for i, _ in self._low}
        actions = []
        for i, account in self._low:
            if observation.block < self._low_since[i] + self.model.rescue.latency_blocks:
                continue
            call = self._rescue(account, market)
            if call is not None:
                actions.append(self._action(i, account, call, observation))
        return actions

    def _state(self, account: str, market: MarketObservation) -> AccountState:
        """The account as it was read or, without a price of the market, as its owner reckons it."""
        state = market.accounts[account]
        if self._has_prices or not state.debt_base:
            return state
        values = [
            sum(
                value_base_down(units, self.world.tokens[asset].decimals, self._prices_e8[asset])
                for asset, units in zip(market.reserve_list, amounts, strict=True)
            )
            for amounts in (state.supplied, state.debt)
        ]
        collateral_base, debt_base = values[0], max(values[1], 1)
        threshold_bps = self._lending.threshold_bps(self.model.collateral, state)
        health_wad = collateral_base * threshold_bps * WAD // (BPS * debt_base)
        return replace(state, health_wad=health_wad, collateral_base=collateral_base, debt_base=debt_base)

    def _rescue(self, account: str, market: MarketObservation) -> Call | None:
        state, rescue = self._state(account, market), self.model.rescue
        tops_up = rescue.kind == "top_up"
        asset = self.model.collateral if tops_up else self.model.debt
        price_e8 = self._prices_e8[asset]
        if not price_e8:
            return None
        if tops_up:
            threshold_bps = self._lending.threshold_bps(asset, state)
            if not threshold_bps:
                return None
            value_base = top_up_value_base(state, self._target_wad, threshold_bps)
        else:
            value_base = repayment_value_base(state, self._target_wad)
        token = self.world.tokens[asset]
        wanted = -(-value_base * 10**token.decimals // price_e8)
        if not tops_up:
            wanted = min(wanted, state.debt[market.reserve_list.index(asset)])
        amount = min(wanted, token.balance(account))
        if not amount:
            return None
        build = self._lending.supply if tops_up else self._lending.repay
        return build(asset, amount, account)

    def _action(self, i: int, account: str, call: Call, observation: Observation) -> Action:
        state = self._state(account, observation.markets[self.model.market])
        return Action(
            agent=self.name,
            sender=account,
            call=call,
            intent="rescue",
            max_fee_gwei=self.model.rescue.max_fee_gwei,
            key=f"rescue/{i}",
            expires_block=expiry(self.world.scenario, observation.block),
            meta={
                "observed_block": observation.block,
                "account": f"{self.name}/{i}",
                "kind": self.model.rescue.kind,
                "health_wad": state.health_wad,
            },
        )
