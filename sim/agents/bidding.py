"""What a transaction costs its sender, and what to bid for it.

A sender pays its bid (`sim.market.block_space`). Bids are floats: they order blocks and enter the fee ledger,
never a contract.
"""

from dataclasses import dataclass

from sim.market.gas import load_gas_table
from sim.protocols.call import Call
from sim.scenario.model import Scenario
from sim.units import fee_usd
from sim.world.observation import Observation

INCLUSION_MARGIN = 1.1
"""Bids aim this far above the lowest fee that would be included: others of us compete for the same space."""
JITTER = 0.05
"""Bids by profit are raised by up to this share, at random, so that equal bots do not tie."""
QUEUE_PATIENCE_BLOCKS = 50
"""How long an action waits where blocks are filled first come, first served: leaving the queue loses the place."""


def gas_of(call: Call) -> int:
    """Gas of a call that succeeds, from the gas table; raises `UnknownGas` for a call that it does not list."""
    return load_gas_table().used(call, True)


def expiry(scenario: Scenario, block: int) -> int:
    """Last block for an action that is decided anew every block.

    Under fee ordering it is the block it was meant for, since a fresh proposal loses nothing.
    """
    return block if scenario.block_space.ordering == "fees" else block + QUEUE_PATIENCE_BLOCKS


def inclusion_bid(observation: Observation, limit_gwei: float | None, margin: float = INCLUSION_MARGIN) -> float:
    """Bid what gets in, with a margin, but never more than `limit_gwei` (None: no limit)."""
    wanted = observation.inclusion_fee_gwei * margin
    return wanted if limit_gwei is None else min(wanted, limit_gwei)


@dataclass(frozen=True, slots=True)
class ProfitBid:
    """Bids a share of the expected profit, between what gets in and what leaves the least profit.

    Attributes
    ----------
    share_bps
        Of the profit before gas.
    min_profit_usd
        After gas.
    max_fee_gwei
        The highest bid.
    """

    share_bps: int
    min_profit_usd: float
    max_fee_gwei: float

    def bid(self, profit_usd: float, gas: int, observation: Observation, jitter: float) -> float | None:
        """Fee bid in gwei for an expected profit before gas; None where acting does not pay.

        `jitter` in [0, 1) raises a bid by profit by up to `JITTER`.
        """
        if observation.inclusion_fee_gwei > self.max_fee_gwei:
            return None
        usd_per_gwei = fee_usd(gas, 1.0, observation.native_price_usd)
        floor = inclusion_bid(observation, self.max_fee_gwei)
        ceiling = min(self.max_fee_gwei, (profit_usd - self.min_profit_usd) / usd_per_gwei)
        if ceiling < floor:
            return None
        by_profit = profit_usd * self.share_bps / 10_000 / usd_per_gwei * (1 + JITTER * jitter)
        return min(max(by_profit, floor), ceiling)
