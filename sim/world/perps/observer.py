"""Reads of a perpetual market: its instruments once per block, its accounts only when they may be in danger.

Between two exact reads an account's equity moves by its sizes times the move of marks and funding, which is known
to a few units, and its maintenance margin by no more than the highest rate on what its notional has grown by. An
account is read again when that could have taken it below maintenance margin, when anything of it was booked, or,
where it has collateral, when any price moved. So nobody is ever on the wrong side.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sim.protocols.perp_states import Booked, InstrumentState, PerpAccountState, PerpKey
from sim.protocols.perps import PerpMarket
from sim.units import BPS, WAD
from sim.world.observer import HISTOGRAM_BINS

SLACK_QUOTE = 16
"""Roundings of an account's value: a unit for each position, its entry and its funding."""
BINS_PER_ONE = 20


@dataclass(frozen=True, slots=True)
class Read:
    """An exact read of an account, and the instruments as they were then."""

    state: PerpAccountState
    instruments: Mapping[str, InstrumentState]


class PerpAccounts:
    """All accounts of one market.

    Attributes
    ----------
    instruments
        As of the last refresh.
    positions
        What is booked, by account.
    states
        By account with a position: exact where it is near maintenance margin, else moved on from its last read.
    at_risk
        Accounts below maintenance margin, in the order of the market.
    histogram
        Accounts by equity over maintenance margin, in steps of 0.05 up to 3, the last bin open; makers left out.
    """

    def __init__(self, market: PerpMarket) -> None:
        self.market = market
        self.instruments: dict[str, InstrumentState] = {}
        self.positions: dict[PerpKey, Booked] = {}
        self.states: dict[PerpKey, PerpAccountState] = {}
        self.at_risk: tuple[PerpKey, ...] = ()
        self.histogram = [0] * HISTOGRAM_BINS
        self._makers = frozenset(market.pricing.values())
        self._reads: dict[PerpKey, Read] = {}
        self._unit = market.unit
        self._top_rate_bps = {
            symbol: instrument.tiers[-1].maintenance_bps for symbol, instrument in market.model.instruments.items()
        }

    def refresh(self, booked: bool) -> None:
        """Bring all up to date after a block; `booked`: whether anything was booked on the market."""
        self.instruments = self.market.read_instruments()
        if booked or not self.positions:
            before, self.positions = self.positions, self.market.read_book()
            for key, now in self.positions.items():
                if now != before.get(key):
                    self._reads.pop(key, None)
        if any(one.mark_e8 == 0 for one in self.instruments.values()):
            return
        open_now = [key for key, booked_now in self.positions.items() if booked_now.positions]
        moved = {key: self._moved(key) for key in open_now}
        stale = [key for key, found in moved.items() if found is None]
        for key, state in zip(stale, self.market.read_accounts(stale), strict=True):
            if state is not None:
                self._reads[key] = Read(state, self.instruments)
                moved[key] = state
        self.states = {key: state for key, state in moved.items() if state is not None}
        self.at_risk = tuple(key for key, state in self.states.items() if state.is_liquidatable)
        self._count()

    def forget(self, owner: str) -> None:
        """Have the cross account of an owner read again: its collateral changed."""
        self._reads.pop(PerpKey(owner), None)

    def _moved(self, key: PerpKey) -> PerpAccountState | None:
        """An account moved on from its last read; None where it has to be read again."""
        read = self._reads.get(key)
        if read is None:
            return None
        equity, maintenance = read.state.equity_quote, read.state.maintenance_quote
        price_moved = False
        for symbol, (size, _) in self.positions[key].positions.items():
            now, then = self.instruments[symbol], read.instruments[symbol]
            move_e8 = now.mark_e8 - then.mark_e8
            price_moved = price_moved or move_e8 != 0
            paid = size * (now.funding_index - then.funding_index) // (WAD * self._unit)
            equity += size * move_e8 // self._unit - paid
            grown = abs(size) * max(move_e8, 0) // self._unit
            maintenance += -(-grown * self._top_rate_bps[symbol] // BPS)
        if equity - SLACK_QUOTE < maintenance or (read.state.collateral_quote and price_moved):
            return None
        return replace(read.state, equity_quote=equity)

    def exact(self) -> dict[PerpKey, PerpAccountState]:
        """Every account that has a position, cash or collateral, read now; those that cannot be are left out."""
        keys = list(self.positions)
        states = zip(keys, self.market.read_accounts(keys), strict=True)
        return {key: state for key, state in states if state is not None}

    def _count(self) -> None:
        self.histogram = [0] * HISTOGRAM_BINS
        for key, state in self.states.items():
            if key.owner not in self._makers and state.maintenance_quote:
                ratio = max(state.equity_quote, 0) * BINS_PER_ONE // state.maintenance_quote
                self.histogram[min(ratio, HISTOGRAM_BINS - 1)] += 1
