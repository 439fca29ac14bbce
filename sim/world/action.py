"""What an agent proposes."""

from dataclasses import dataclass, field
from typing import Any

from sim.protocols.call import Call

SETTLEMENT = "settle"
"""Intent of the transfers that settle trades of the outside market; an outage does not stop them."""


@dataclass(frozen=True, slots=True)
class Action:
    """A call with a sender and a fee bid.

    Attributes
    ----------
    agent
        Name of the proposing agent.
    sender
        Address that signs.
    call
        What is called.
    intent
        One of `report`, `upkeep`, `liquidate` (also: starts an auction, absorbs), `buy_lot`, `reset_lot`,
        `bid_for_lot`, `clear_lot`, `withdraw_credit`, `sell_inventory`, `arbitrage`, `rescue`,
        `withdraw_liquidity`, `add_liquidity`, `withdraw_supply`, `withdraw_stake`, `borrow`, `requirements`,
        `sequencer`,
        `deleverage`, `resolve` (takes debt through a waterfall, makes withdrawals wait), `buy_collateral`,
        `perp_trade`, `hedge_sale`, `market_making`,
        `push` (moves a price), `attack` (uses one that was moved), `environment`, `settle` (or a custom agent's
        own word).
    max_fee_gwei
        The highest total fee per gas that the sender pays; orders the block and bounds the price paid.
        None: always included first, outside the competition (the engine's own settlements).
    key
        Identifies the purpose: a new action of the same agent with the same key replaces a pending one.
    expires_block
        Dropped if not included by this block; None: stays pending.
    meta
        Facts for the trace: `observed_block`, `asset`, `outside` (an outside trade that follows) ...
    """

    agent: str
    sender: str
    call: Call
    intent: str
    max_fee_gwei: float | None
    key: str
    expires_block: int | None = None
    meta: dict[str, Any] = field(default_factory=dict)
