"""The keeper of a perpetual market: liquidates where its share of the fee pays, and tidies up after others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.bidding import ProfitBid, gas_of, inclusion_bid
from sim.agents.perps.collateral import CollateralTrade, Deal
from sim.agents.perps.liquidators import PerpLiquidator
from sim.market.gas import load_gas_table
from sim.protocols.perp_states import InstrumentState, PerpAccountState, PerpKey, Preview
from sim.scenario.perps.agents import PerpKeeper as PerpKeeperModel
from sim.units import BPS, fee_usd
from sim.world.action import Action
from sim.world.observation import Observation, PerpObservation

if TYPE_CHECKING:
    from sim.world.world import World

BOOK_OVER_MARK = 1.1
"""Prices of the book may be so much above the mark: bounds on fees are that much larger, and never too small."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A liquidation worth sending; profit is before gas."""

    key: PerpKey
    symbol: str
    preview: Preview
    profit_usd: float


class PerpKeeper(PerpLiquidator):
    """Liquidates in the book what leaves a profit, the most profitable first.

    The reward is the liquidator's share of the fee, which is due where the book closes all that is to be closed
    and the account has equity left. Bids are a share of it (see `ProfitBid`). What needs a ranking, or a fund that
    is full, is left to others or to a later block. With a negative `min_profit_usd` it also liquidates what pays
    less than that costs: the venue's own bot.

    As a service, whatever it costs up to `max_fee_gwei`, it takes accounts in debt without positions through the
    waterfall and, on a gated market, makes withdrawals wait where an account is insolvent. With an inventory it
    buys collateral of accounts in debt at its discount.
    """

    def __init__(self, name: str, model: PerpKeeperModel, world: "World", rng: np.random.Generator) -> None:
        super().__init__(name, model, world, rng)
        self._bid = ProfitBid(model.bid_share_bps, model.min_profit_usd, model.max_fee_gwei)
        self._collateral = CollateralTrade(name, model, world) if model.inventory_tokens else None

    def _decide(self, perp: PerpObservation, observation: Observation) -> list[Action]:
        actions = [*self._liquidations(perp, observation), *self._services(perp, observation)]
        if self._collateral is None:
            return actions
        return [*actions, *self._trades(self._collateral.decide(perp, observation), observation)]

    def _trades(self, deals: list[Deal], observation: Observation) -> list[Action]:
        return [
            self._action(deal.call, deal.intent, deal.bid, deal.key, deal.facts, observation)
            for deal in deals
            if deal.key not in self._decided
        ]

    def _liquidations(self, perp: PerpObservation, observation: Observation) -> Iterator[Action]:
        for plan in self._plans(perp, observation)[: self.model.max_liquidations_per_block]:
            call = self._market.liquidate(plan.key, plan.symbol)
            bid = self._bid.bid(plan.profit_usd, gas_of(call), observation, float(self.rng.random()))
            if bid is None:
                return
            facts = {
                "account": self._account(plan.key),
                "instrument": plan.symbol,
                "expected_profit_usd": plan.profit_usd,
            }
            yield self._action(call, "liquidate", bid, self._key(plan.key), facts, observation)

    def _plans(self, perp: PerpObservation, observation: Observation) -> list[Plan]:
        """The best position of each account, as many as are allowed, by profit.

        Candidates are asked for in the order of an upper bound, until no bound is above what was found.
        """
        best: dict[PerpKey, Plan] = {}
        most = self.model.max_liquidations_per_block
        for bound_usd, key, symbol in self._candidates(perp, observation):
            profits = sorted((plan.profit_usd for plan in best.values()), reverse=True)
            if len(profits) >= most and profits[most - 1] >= bound_usd:
                break
            preview = self._market.preview_liquidation(key, symbol, self._address)
            if isinstance(preview, str):
                continue
            profit_usd = self._usd(preview.fee_quote, observation)
            if key not in best or profit_usd > best[key].profit_usd:
                best[key] = Plan(key, symbol, preview, profit_usd)
        return sorted(best.values(), key=lambda plan: -plan.profit_usd)

    def _candidates(self, perp: PerpObservation, observation: Observation) -> list[tuple[float, PerpKey, str]]:
        """Positions whose fee may pay for the gas, by an upper bound on it, falling."""
        found = []
        gas = load_gas_table().gas("PerpMarket", "liquidate", True)
        gas_usd = fee_usd(gas, observation.inclusion_fee_gwei, observation.native_price_usd)
        for key, symbol, size_wad in self._at_risk(perp):
            state, instrument = perp.accounts[key], perp.instruments[symbol]
            bound_usd = self._bound_usd(state, symbol, size_wad, instrument, observation)
            if bound_usd - gas_usd >= self.model.min_profit_usd:
                found.append((bound_usd, key, symbol))
        return sorted(found, key=lambda one: -one[0])

    def _bound_usd(
        self,
        state: PerpAccountState,
        symbol: str,
        size_wad: int,
        instrument: InstrumentState,
        observation: Observation,
    ) -> float:
        """No fee is larger than its rate on all of the position, nor than the equity that closing it may leave."""
        terms = self._market.model.instruments[symbol]
        price_e8 = max(instrument.mark_e8, instrument.mid_e8)
        value_quote = abs(size_wad) * price_e8 // self._market.unit
        gain_quote = max(size_wad * (instrument.mid_e8 - instrument.mark_e8) // self._market.unit, 0)
        fee_quote = min(value_quote * terms.liquidation_fee_bps // BPS, max(state.equity_quote + gain_quote, 0))
        share = 1 - terms.fund_share_bps / BPS
        return self._usd(fee_quote, observation) * share * BOOK_OVER_MARK

    def _services(self, perp: PerpObservation, observation: Observation) -> Iterator[Action]:
        bid = inclusion_bid(observation, self.model.max_fee_gwei)
        deficits = list(self._deficits(perp))
        for key in deficits:
            name = f"resolve/{self._account(key)}"
            if name not in self._decided:
                facts = {"account": self._account(key)}
                yield self._action(self._market.resolve_deficit(key), "resolve", bid, name, facts, observation)
        if not self._market.model.gated or "gate" in self._decided:
            return
        insolvent = [key for key in perp.at_risk if perp.accounts[key].equity_quote < 0]
        shown = next(iter([*insolvent, *deficits]), None)
        if shown is not None and not self._market.withdrawals_wait():
            facts = {"account": self._account(shown)}
            yield self._action(self._market.gate_withdrawals(shown), "resolve", bid, "gate", facts, observation)

    def _deficits(self, perp: PerpObservation) -> Iterator[PerpKey]:
        """Accounts without positions whose equity is below 0."""
        keys = [key for key, booked in perp.positions.items() if booked.cash_quote < 0 and not booked.positions]
        for key, state in zip(keys, self._market.read_accounts(keys) if keys else (), strict=True):
            if state is not None and state.equity_quote < 0:
                yield key
