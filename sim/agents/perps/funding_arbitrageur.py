"""Those who carry the price of a perpetual to its index, and earn the gap and the funding for it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.bidding import ProfitBid, gas_of, inclusion_bid
from sim.agents.perps.account import InstrumentTrader
from sim.agents.perps.sizing import curve_trade_wad, largest_trade_wad
from sim.agents.perps.spot_leg import SpotLeg
from sim.protocols.perp_states import InstrumentState
from sim.scenario.perps.agents import FundingArbitrageur as FundingArbitrageurModel
from sim.scenario.perps.instruments import VirtualAmm
from sim.units import BPS, WAD, bps_mul_down, quantise
from sim.world.action import Action
from sim.world.observation import Observation

if TYPE_CHECKING:
    from sim.world.world import World

MARGIN_KEPT_BPS = 1_000
"""Share of its free margin that it does not use: prices move until a trade is in."""
EXPOSED_BPS = 100
"""Of a clip: what the two legs may differ by without being corrected."""
PARTS = (1, 2, 4, 8, 16)
"""Parts of an opening that it considers where the spot leg moves the venue."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A trade that would bring the gap to a bound.

    Attributes
    ----------
    side
        1: buys, -1: sells.
    price_e8
        Where the mid should end.
    most_wad
        Largest size that its limits allow.
    opens
        Whether its position grows, or changes side.
    """

    side: int
    price_e8: int
    most_wad: int
    opens: bool


class FundingArbitrageur(InstrumentTrader):
    """Sells where the mid is above the index by `entry_bps`, buys where it is below by as much, to `exit_bps`.

    While its position is open and the gap less than `exit_bps`, it trades back, up to that gap. A trade is at most
    a clip, and leaves a position of at most `max_notional_tokens` for which its margin is enough. What it opens
    has to pay for its fee and gas, measured against the index or, with a venue, against what the spot leg costs;
    funding at the present rate counts for `holds_s`. What it closes has to pay for its gas, measured against the
    price at which it would stop.

    With a venue it is never long: it buys there what it is short, and sells what it is no longer short. A leg
    waits until the one before is in, so that it is exposed by a clip at most; where the spot cannot be had, it
    buys back the perpetual.
    """

    def __init__(
        self, name: str, model: FundingArbitrageurModel, world: "World", rng: np.random.Generator
    ) -> None:
        super().__init__(name, model, world, rng)
        decimals = self._market.quote_decimals
        self._clip_quote = quantise(model.clip_tokens, decimals)
        self._most_quote = quantise(model.max_notional_tokens, decimals)
        self._bid = ProfitBid(model.bid_share_bps, model.min_profit_usd, model.max_fee_gwei)
        self._spot = None
        if model.venue is not None:
            self._spot = SpotLeg(world, model.venue, self._symbol, self._market.quote, model.max_slippage_bps)

    def propose(self, observation: Observation) -> list[Action]:
        """The spot leg where it is missing; else a trade of the perpetual where the gap is beyond a bound."""
        state = observation.perps[self._market.name].instruments[self._symbol]
        if not (state.mark_e8 and state.index_e8 and state.mid_e8):
            return []
        held = self._held_wad(observation)
        if self._spot is not None:
            exposed = observation.balances[self.name][self._symbol] - self._spot.units(max(-held, 0))
            clip_wad = self._size_wad(self._clip_quote, state.index_e8)
            if abs(exposed) > self._spot.units(clip_wad * EXPOSED_BPS // BPS):
                return self._hedge(exposed, state, observation)
        wanted = self._wanted(state, held)
        size = self._sized(wanted, state, held, observation) if wanted else 0
        if not size:
            return []
        parts = PARTS if wanted.opens and self._spot is not None else (1,)
        sizes = [wanted.side * (abs(size) // part) for part in parts]
        profits = [self._profit_quote(wanted, size, state, observation) for size in sizes]
        best = max(range(len(sizes)), key=profits.__getitem__)
        return self._perp_leg(wanted, sizes[best], profits[best], observation)

    def _wanted(self, state: InstrumentState, held: int) -> Wanted | None:
        """Which way to trade, to which price, and how much at most."""
        model, index = self.model, state.index_e8
        gap, one = (state.mid_e8 - index) * BPS, index
        above, below = index * (BPS + model.exit_bps) // BPS, index * (BPS - model.exit_bps) // BPS
        most = self._size_wad(self._most_quote, index)
        if gap >= model.entry_bps * one:
            return Wanted(-1, above, most + held, opens=held <= 0) if most + held > 0 else None
        if gap <= -model.entry_bps * one and self._spot is None:
            return Wanted(1, below, most - held, opens=held >= 0) if most > held else None
        if held < 0 and gap < model.exit_bps * one:
            return Wanted(1, above, -held, opens=False)
        if held > 0 and gap > -model.exit_bps * one:
            return Wanted(-1, below, held, opens=False)
        return None

    def _sized(self, wanted: Wanted, state: InstrumentState, held: int, observation: Observation) -> int:
        """Signed size: what brings the mid to its price, within clip, limits, margin and wallet."""
        most = min(wanted.most_wad, self._size_wad(self._clip_quote, state.index_e8))
        if isinstance(self._instrument.pricing, VirtualAmm):
            best = wanted.side * curve_trade_wad(self._market.read_curve(self._symbol), wanted.price_e8)
            size = min(max(best, 0), most)
        else:

            def quote(delta: int) -> int | None:
                return self._market.quote_trade(self._symbol, delta)

            size = largest_trade_wad(quote, wanted.side, wanted.price_e8, most, self._unit)
        if wanted.opens and size:
            if self._spot is not None:
                wallet = observation.balances[self.name][self._market.quote]
                affordable = bps_mul_down(wallet, BPS - self.model.max_slippage_bps)
                size = min(size, self._size_wad(affordable, state.index_e8))
            size = self._within_margin(wanted.side * size, held, state)
        return wanted.side * size

    def _within_margin(self, delta: int, held: int, state: InstrumentState) -> int:
        """Size without sign that its margin allows of an increase.

        Margin rises with size, and its rate too: a straight line from here to there never allows too much.
        """
        (account,) = self._market.read_accounts([self._key])
        traded = self._market.quote_trade(self._symbol, delta)
        if account is None or traded is None:
            return 0
        now, after = (self._market.requirement(self._symbol, abs(size))[1] for size in (held, held + delta))
        lost = max(-(traded + self._value_quote(delta, state.mark_e8)), 0)
        needed = after - now + lost + self._fee_quote(traded)
        free = bps_mul_down(max(account.opening_quote - account.initial_quote, 0), BPS - MARGIN_KEPT_BPS)
        return abs(delta) if needed <= free else abs(delta) * free // needed

    def _perp_leg(self, wanted: Wanted, size: int, profit: int, observation: Observation) -> list[Action]:
        """Trade the perpetual if that pays, at its last price at worst."""
        found = self._trade(size, self._value_quote(-size, wanted.price_e8))
        if found is None:
            return []
        profit_usd = profit / 10**self._market.quote_decimals
        bid = self._bid.bid(profit_usd, gas_of(found[0]), observation, float(self.rng.random()))
        if bid is None:
            return []
        meta = {"size_wad": size, "expected_profit_usd": profit_usd}
        return [self._action(found[0], bid, "perp_trade", observation, **meta)]

    def _profit_quote(self, wanted: Wanted, size: int, state: InstrumentState, observation: Observation) -> int:
        """What a trade brings: see the class. 0 where it cannot be made."""
        traded = self._market.quote_trade(self._symbol, size)
        if traded is None:
            return 0
        if not wanted.opens:
            return traded + self._value_quote(size, wanted.price_e8)
        worth = self._value_quote(size, state.index_e8)
        if self._spot is not None:
            cost = self._spot.cost(self._spot.units(-size), self._spot.view(observation))
            if not cost:
                return 0
            worth = -cost
        return traded + worth - self._fee_quote(traded) + self._funding_quote(size, state)

    def _funding_quote(self, size: int, state: InstrumentState) -> int:
        """Funding that a size earns in `holds_s` at the present rate; longs pay where it is above 0."""
        interval_s = self._instrument.funding.interval_s
        if not interval_s:
            return 0
        per_interval = -self._value_quote(size, state.index_e8) * state.funding_rate_wad // WAD
        return per_interval * self.model.holds_s // interval_s

    def _hedge(self, exposed: int, state: InstrumentState, observation: Observation) -> list[Action]:
        """Buy the spot that is missing, or sell what is too much."""
        view, bid = self._spot.view(observation), inclusion_bid(observation, self.model.max_fee_gwei)
        if exposed > 0:
            call = self._spot.sale(exposed, view, self._address)
        else:
            wallet = observation.balances[self.name][self._market.quote]
            call = self._spot.purchase(-exposed, wallet, view, self._address)
        if call is not None:
            meta = {"venue": self.model.venue, "size": -exposed}
            return [self._action(call, bid, "perp_trade", observation, **meta)]
        if exposed > 0:
            return []
        size = self._spot.wad(-exposed)
        worst_e8 = state.mid_e8 * (BPS + self.model.max_slippage_bps) // BPS
        found = self._trade(size, self._value_quote(-size, worst_e8))
        return [self._action(found[0], bid, "perp_trade", observation, size_wad=size)] if found else []
