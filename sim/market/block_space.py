"""Block space: a pending set that competes with everybody else's demand for gas, under an EIP-1559 base fee.

Everybody else asks for `gas_per_block` with lognormal bids, so that the share with a bid above f is
1 - Phi(ln(f / level) / sigma). A pending action with bid f is included if f covers the base fee and the gas that
bids more, of ours and of theirs, leaves room for it. Included actions pay their bid. The base fee follows
EIP-1559 on all gas used, theirs included: at most 12.5 % a block.

In an outage (a sequencer that is down) blocks hold settlements alone. What is pending waits as long as it would
in full blocks: until it expires or is replaced, or else to the first block after the outage. Base fee and others'
queue stand still: a chain that makes no blocks moves no fee, and wallets refuse to send to it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from sim.market.gas import GasTable, load_gas_table
from sim.scenario.outside import BlockSpace as BlockSpaceModel
from sim.scenario.outside import Demand
from sim.world.action import SETTLEMENT, Action

WEI_PER_GWEI = 10**9
REPLACEMENT_BUMP_PERCENT = 10
"""A pending action gives way to one of the same purpose that bids at least this much more (geth's price bump)."""
ELASTICITY = 2
"""Gas limit over gas target (EIP-1559)."""
BASE_FEE_CHANGE_DENOMINATOR = 8
"""The base fee moves by at most one eighth a block (EIP-1559)."""
_NORMAL = NormalDist()


def next_base_fee_wei(base_fee_wei: int, gas_used: int, gas_limit: int) -> int:
    """Return the base fee after a block (EIP-1559, in its integer arithmetic)."""
    target = max(gas_limit // ELASTICITY, 1)
    if gas_used == target:
        return base_fee_wei
    delta = base_fee_wei * abs(gas_used - target) // target // BASE_FEE_CHANGE_DENOMINATOR
    return base_fee_wei + max(delta, 1) if gas_used > target else base_fee_wei - delta


class DemandCurve:
    """Everybody else's bids at a moment.

    Parameters
    ----------
    model
        Gas per block, level by time and spread.
    """

    def __init__(self, model: Demand) -> None:
        self._model = model

    def level_gwei(self, time_s: int) -> float:
        """Median bid: the last given level is held."""
        levels = self._model.fee_gwei
        return levels[min(max(time_s, 0) // self._model.interval_s, len(levels) - 1)]

    def gas_above(self, fee_gwei: float, time_s: int) -> int:
        """Gas asked for in one block with bids above `fee_gwei`."""
        level, sigma = self.level_gwei(time_s), self._model.fee_sigma
        if fee_gwei <= 0:
            share = 1.0
        elif sigma == 0:
            share = 1.0 if fee_gwei < level else 0.0
        else:
            share = 1.0 - _NORMAL.cdf((math.log(fee_gwei) - math.log(level)) / sigma)
        return round(self._model.gas_per_block * share)

    def fee_leaving(self, gas: int, time_s: int) -> float:
        """Lowest bid above which at most `gas` is asked for; 0 where all demand fits."""
        if self._model.gas_per_block <= gas:
            return 0.0
        level, sigma = self.level_gwei(time_s), self._model.fee_sigma
        if sigma == 0:
            return level
        if gas <= 0:
            return math.inf
        return level * math.exp(sigma * _NORMAL.inv_cdf(1 - gas / self._model.gas_per_block))


@dataclass(slots=True)
class _Pending:
    """An action that waits, in order of submission, behind `queued_gas` of others (first come, first served)."""

    sequence: int
    action: Action
    gas: int
    queued_gas: int


class BlockSpace:
    """The pending set, the base fee, and how blocks are packed.

    Parameters
    ----------
    model
        Limits, ordering and demand.
    gas_table
        Gas by call and outcome; None: the measured table.
    """

    def __init__(self, model: BlockSpaceModel, gas_table: GasTable | None = None) -> None:
        self._model = model
        self._gas_table = gas_table or load_gas_table()
        self._demand = DemandCurve(model.demand)
        self._pending: dict[tuple[str, str], _Pending] = {}
        self._sequence = 0
        self._base_fee_wei = round(model.base_fee_gwei * WEI_PER_GWEI)
        self._congestion: tuple[float, int] | None = None
        self._queued_gas = 0
        self._others_gas = 0
        self._down = False

    @property
    def base_fee_gwei(self) -> float:
        """Base fee of the next block."""
        return self._base_fee_wei / WEI_PER_GWEI

    @property
    def pending_count(self) -> int:
        """Number of actions that wait."""
        return len(self._pending)

    def is_down(self, time_s: int) -> bool:
        """Whether a block at `time_s` seconds after the start falls into an outage."""
        return any(outage.at_s <= time_s < outage.at_s + outage.for_s for outage in self._model.outages)

    def inclusion_fee_gwei(self, time_s: int) -> float:
        """Lowest bid that would get the largest known call into a block at `time_s`, were it the only one."""
        room = self._model.gas_limit - self._gas_table.largest
        by_demand = 0.0 if self._model.ordering == "first_come" else self._demand.fee_leaving(room, time_s)
        return max(self.base_fee_gwei, self._congestion_gwei(time_s), by_demand)

    def congest(self, fee_gwei: float, until_time_s: int) -> None:
        """Fill every block before `until_time_s` with bids of `fee_gwei`: only higher or equal ones get in."""
        self._congestion = (fee_gwei, until_time_s)

    def submit(self, action: Action, block: int) -> bool:
        """Add an action to the pending set; return whether it was taken.

        One of the same agent and key is replaced if the new bid is at least a tenth higher; otherwise the old one
        stays, unless it has expired. An action that has itself expired by `block` is not taken.
        """
        if _expired(action, block):
            return False
        purpose = (action.agent, action.key)
        waiting = self._pending.get(purpose)
        if waiting is not None and not _expired(waiting.action, block) and not _outbids(action, waiting.action):
            return False
        self._pending.pop(purpose, None)
        gas = self._gas_table.reserved(action)
        self._pending[purpose] = _Pending(self._sequence, action, gas, self._queued_gas)
        self._sequence += 1
        return True

    def clear(self, agent: str, key: str) -> bool:
        """Withdraw a pending action; return whether there was one."""
        return self._pending.pop((agent, key), None) is not None

    def pack(self, block: int, time_s: int) -> list[Action]:
        """Take the actions of the next block out of the pending set, in the order of execution.

        Actions without a bid come first, outside the competition. `settle` follows once they are executed.
        """
        for purpose, waiting in list(self._pending.items()):
            if _expired(waiting.action, block):
                del self._pending[purpose]
        waiting = sorted(self._pending.values(), key=lambda entry: entry.sequence)
        self._down = self.is_down(time_s)
        if self._down:
            chosen = [entry for entry in waiting if entry.action.intent == SETTLEMENT]
        else:
            chosen = self._pack(waiting, time_s)
        for entry in chosen:
            del self._pending[entry.action.agent, entry.action.key]
        return [entry.action for entry in chosen]

    def settle(self, results: Sequence[tuple[Action, bool]]) -> list[tuple[float, int]]:
        """Price a packed block and move the base fee.

        Parameters
        ----------
        results
            Every action that was executed, with whether it succeeded.

        Returns
        -------
        list
            Price paid (gwei per gas) and gas used, in the same order; actions without a bid pay nothing.
        """
        ledger = []
        used = 0
        for action, ok in results:
            gas = self._gas_table.used(action.call, ok)
            if action.max_fee_gwei is not None:
                used += gas
            ledger.append((action.max_fee_gwei or 0.0, gas))
        if self._model.base_fee_moves and not self._down:
            gas_used = min(used + self._others_gas, self._model.gas_limit)
            self._base_fee_wei = next_base_fee_wei(self._base_fee_wei, gas_used, self._model.gas_limit)
        return ledger

    def _congestion_gwei(self, time_s: int) -> float:
        if self._congestion is None or time_s >= self._congestion[1]:
            return 0.0
        return self._congestion[0]

    def _pack(self, waiting: list[_Pending], time_s: int) -> list[_Pending]:
        """What is free of charge, then what the ordering policy takes of the rest."""
        free = [entry for entry in waiting if entry.action.max_fee_gwei is None]
        floor_gwei = max(self.base_fee_gwei, self._congestion_gwei(time_s))
        paying = [e for e in waiting if e.action.max_fee_gwei is not None and e.action.max_fee_gwei >= floor_gwei]
        if self._model.ordering == "fees":
            return free + self._pack_by_fee(paying, time_s)
        return free + self._pack_first_come(paying, time_s)

    def _pack_by_fee(self, paying: list[_Pending], time_s: int) -> list[_Pending]:
        """Highest bid first, ties in order of submission; what does not fit is passed over."""
        included, ours = [], 0
        for entry in sorted(paying, key=lambda entry: -entry.action.max_fee_gwei):
            above = self._demand.gas_above(entry.action.max_fee_gwei, time_s)
            if ours + above + entry.gas <= self._model.gas_limit:
                included.append(entry)
                ours += entry.gas
        self._others_gas = min(self._willing_gas(time_s), self._model.gas_limit - ours)
        return included

    def _pack_first_come(self, paying: list[_Pending], time_s: int) -> list[_Pending]:
        """In order of submission, behind the others' gas that was queued before."""
        included, ours, limit = [], 0, self._model.gas_limit
        for entry in paying:
            if entry.queued_gas + ours + entry.gas > limit:
                break
            included.append(entry)
            ours += entry.gas
        self._others_gas = min(self._queued_gas + self._willing_gas(time_s), limit - ours)
        self._queued_gas = self._queued_gas + self._willing_gas(time_s) - self._others_gas
        for entry in self._pending.values():
            entry.queued_gas = max(entry.queued_gas - self._others_gas, 0)
        return included

    def _willing_gas(self, time_s: int) -> int:
        """The others' gas with bids that cover the base fee; under congestion, at least a full block."""
        willing = self._demand.gas_above(math.nextafter(self.base_fee_gwei, 0.0), time_s)
        congested = 0 < self._congestion_gwei(time_s) >= self.base_fee_gwei
        return max(willing, self._model.gas_limit) if congested else willing


def _expired(action: Action, block: int) -> bool:
    """Whether `action` is dropped before `block`."""
    return action.expires_block is not None and action.expires_block < block


def _outbids(action: Action, waiting: Action) -> bool:
    """Whether `action` bids enough to replace `waiting`; one without a bid outbids any."""
    if action.max_fee_gwei is None:
        return True
    if waiting.max_fee_gwei is None:
        return False
    return 100 * action.max_fee_gwei >= (100 + REPLACEMENT_BUMP_PERCENT) * waiting.max_fee_gwei
