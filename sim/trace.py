"""The only record of a run: append-only, and everything that metrics and findings are computed from.

Addresses appear as roles (`keeper-1`, `main`, `borrowers/17`), times in seconds since the scenario's start.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.perp_trace import InstrumentRecord, PerpAccountRecord


@dataclass(frozen=True, slots=True)
class Event:
    """A decoded log: `emitter` is a role, and addresses in `args` are roles."""

    block: int
    tx: int
    log: int
    emitter: str
    name: str
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TransactionRecord:
    """A transaction as executed: position, roles, function, outcome, and what it paid.

    `revert` is the decoded error or None. `fee_gwei` is the price per gas and `gas` the table's figure, both of
    the engine's ledger (settlements pay nothing).
    """

    block: int
    index: int
    agent: str
    sender: str
    target: str
    function: str
    args: tuple
    intent: str
    ok: bool
    revert: str | None
    fee_gwei: float
    gas: int
    meta: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OutsideTrade:
    """A trade on the outside market and the move it made. `base_amount` > 0 sells the asset (units).

    It follows transaction (`block`, `tx`), an arbitrage on `venue`.
    """

    block: int
    tx: int
    agent: str
    asset: str
    venue: str
    base_amount: int
    value_e8: int
    price_before_e8: int
    price_after_e8: int


@dataclass(frozen=True, slots=True)
class VenueTrade:
    """A swap on a venue, at the position of its event: `sold` is the asset that went in, amounts are units.

    `before_e8` and `after_e8` are the spot price around it: whole quote tokens per whole base token without the
    fee, eight decimals.
    """

    block: int
    tx: int
    log: int
    venue: str
    sold: str
    amount_in: int
    amount_out: int
    before_e8: int
    after_e8: int

    @property
    def position(self) -> tuple[int, int, int]:
        """Where it lies in the run."""
        return self.block, self.tx, self.log


@dataclass(frozen=True, slots=True)
class VenueRecord:
    """A venue at the end of a block: reserves (units), spot price as in `VenueTrade`, and depth.

    `sell_depth` and `buy_depth` are the base units that take the spot price 2 % down and up.
    """

    base: int
    quote: int
    spot_e8: int
    sell_depth: int = 0
    buy_depth: int = 0

    @property
    def reserves(self) -> tuple[int, int]:
        """Units of the base and of the quote asset."""
        return self.base, self.quote


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """A feed as of the end of a block: price (USD e8), and the times of its observation and its publication.

    `valid` is False where a consumer would refuse it (no answer, or older than a market accepts).
    """

    price_e8: int
    observed_at_s: int
    updated_at_s: int
    valid: bool


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """A borrower at the start of a block: health (wad), values (USD e8), units by asset (zeros left out)."""

    health_wad: int
    collateral_base: int
    debt_base: int
    supplied: Mapping[str, int]
    debt: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ReserveRecord:
    """A reserve at the end of a block, in units; indexes in ray."""

    cash: int
    total_supplied: int
    total_debt: int
    deficit: int
    liquidity_index_ray: int
    borrow_index_ray: int
    claims: int = 0


def execution_role(market: str) -> str:
    """Role of the contract that sells what is seized in a market."""
    return f"execution-{market}"


def adversary_role(name: str) -> str:
    """Role of the contract through which an agent attacks in one transaction."""
    return f"push-{name}"


@dataclass(frozen=True, slots=True)
class ReserveRule:
    """What a market's configuration says about an asset as collateral (bps).

    The bonus is the excess over par, the highest that the terms may pay.

    `early_threshold_bps` is the lower threshold from which accounts may be liquidated early; 0: they may not.
    """

    threshold_bps: int
    bonus_bps: int
    protocol_fee_bps: int
    early_threshold_bps: int = 0


@dataclass(frozen=True, slots=True)
class BlockRecord:
    """The state after a block.

    `exogenous_e8` is the path without any impact, `outside_e8` the outside market during the block (before
    its trades). `reserves` is keyed by market and asset, `funds` holds units, `balances` units by role and asset.
    `below_one` holds, by market, the borrowers with health below 1 at the start of the block; `histogram` counts
    borrowers by health in steps of 0.05 up to 3 (the last bin is open). `outside_depth` holds the units that take
    the outside price 2 % down and up, of assets whose book is not endless. `perps` is keyed by market and
    instrument; `below_maintenance` holds, by market, the accounts whose equity is below maintenance margin at the
    start of the block.
    """

    block: int
    time_s: int
    base_fee_gwei: float
    inclusion_fee_gwei: float
    pending: int
    exogenous_e8: Mapping[str, int]
    outside_e8: Mapping[str, int]
    feeds: Mapping[str, FeedRecord]
    venues: Mapping[str, VenueRecord]
    reserves: Mapping[str, Mapping[str, ReserveRecord]]
    funds: Mapping[str, int]
    balances: Mapping[str, Mapping[str, int]]
    below_one: Mapping[str, Mapping[str, AccountRecord]]
    histogram: Mapping[str, tuple[int, ...]]
    outside_depth: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    perps: Mapping[str, Mapping[str, InstrumentRecord]] = field(default_factory=dict)
    below_maintenance: Mapping[str, Mapping[str, PerpAccountRecord]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken invariant: its identifier, where, and what was observed against what was allowed."""

    block: int
    invariant: str
    detail: str


@dataclass(frozen=True, slots=True)
class FirstBid:
    """The first block in which a sender (role) bid for block space with an intent, whether it got in or not."""

    block: int
    intent: str
    sender: str


@dataclass(slots=True)
class Trace:
    """A run, in order.

    Attributes
    ----------
    scenario
        The scenario as a JSON document, with `scenario_id`.
    decimals
        Token decimals by asset.
    market_rules
        By market and asset: what the configuration says, whatever the kind of market.
    initial
        The state before block 0 (its `block` is -1).
    initial_accounts
        All borrowers before block 0, by market and role.
    accounts_before
        For every block with a liquidation and every borrower touched in it: the borrower at its start,
        keyed by (block, market, role).
    final_accounts
        All borrowers after the last block, by market and role.
    initial_positions, final_positions
        All accounts of perpetual markets before block 0 and after the last, by market and account.
    positions_before
        For every block with a liquidation and every account that it changed: the account at the block's start,
        keyed by (block, market, account).
    """

    scenario: Mapping[str, Any]
    chain: str
    seed: int
    decimals: Mapping[str, int]
    market_rules: Mapping[str, Mapping[str, ReserveRule]] = field(default_factory=dict)
    initial: BlockRecord | None = None
    blocks: list[BlockRecord] = field(default_factory=list)
    transactions: list[TransactionRecord] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    trades: list[VenueTrade] = field(default_factory=list)
    outside_trades: list[OutsideTrade] = field(default_factory=list)
    first_bids: list[FirstBid] = field(default_factory=list)
    initial_accounts: dict[str, dict[str, AccountRecord]] = field(default_factory=dict)
    accounts_before: dict[tuple[int, str, str], AccountRecord] = field(default_factory=dict)
    final_accounts: dict[str, dict[str, AccountRecord]] = field(default_factory=dict)
    initial_positions: dict[str, dict[str, PerpAccountRecord]] = field(default_factory=dict)
    positions_before: dict[tuple[int, str, str], PerpAccountRecord] = field(default_factory=dict)
    final_positions: dict[str, dict[str, PerpAccountRecord]] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    digest: str = ""
    contract_calls: int = 0
