"""What an adapter offers: calls to propose, and reads. Engine and agents know markets only through these."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.protocols.call import Call
from sim.protocols.venue import VenueAdapter
from sim.trace import ReserveRule
from sim.units import BPS, WAD


@dataclass(frozen=True, slots=True)
class FeedState:
    """Latest round of a feed: price of a whole token in USD (eight decimals), absolute times in seconds.

    `valid` is False where the feed has no usable answer.
    """

    round_id: int
    price_e8: int
    observed_at_s: int
    updated_at_s: int
    valid: bool


@dataclass(frozen=True, slots=True)
class ReserveState:
    """One reserve of a lending market, indexes normalised to the time of the read (ray), amounts in units."""

    liquidity_index_ray: int
    borrow_index_ray: int
    supply_rate_ray: int
    borrow_rate_ray: int
    cash: int
    total_supplied: int
    total_debt: int
    deficit: int
    claims: int
    treasury_accrued: int
    price_e8: int
    price_updated_at_s: int


@dataclass(frozen=True, slots=True)
class AccountState:
    """One borrower: health factor (wad; 2**256-1 without debt), values in USD e8, amounts per reserve in units.

    `supplied` and `debt` follow the order of the market's reserve list.
    """

    health_wad: int
    collateral_base: int
    debt_base: int
    supplied: tuple[int, ...]
    debt: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LiquidationQuote:
    """What a liquidation would do: repaid debt, collateral to the liquidator, and the protocol's fee, in units."""

    repaid: int
    seized: int
    protocol_fee: int


class TokenAdapter(ABC):
    """An ERC-20 token of a scenario's asset."""

    symbol: str
    address: str
    decimals: int

    @abstractmethod
    def transfer(self, to: str, amount: int) -> Call:
        """Move `amount` units from the sender to `to`."""

    @abstractmethod
    def balance(self, holder: str) -> int:
        """Units held by `holder`."""


class FeedAdapter(ABC):
    """A price feed of one asset."""

    asset: str
    address: str
    decimals: int

    @abstractmethod
    def push(self, price_e8: int, observed_at_s: int) -> Call:
        """Publish a price (USD e8), observed at an absolute time, where the sender is its reporter."""


class ExecutionAdapter:
    """The contract that sells what a market seizes, where liquidation is not immediate."""

    address: str

    def active_lots(self) -> tuple[Any, ...]:
        """What is for sale, as of the latest block; how it is described is for the kind of execution."""
        return ()


class LendingAdapter(ABC):
    """A lending market: calls, quotes, and batched reads. `model` is its part of the scenario."""

    model: Any
    name: str
    address: str
    reserve_list: tuple[str, ...]
    health_limit_wad: int = WAD
    """Health below which an account can be liquidated."""
    execution: ExecutionAdapter | None = None
    """The contract that sells what is seized; None where liquidation is immediate."""
    moving_bonus: Any = None
    """Adapter of what a bonus that moves by itself follows: marks or an estimator; None where there is none."""

    risk_rules: Any = None
    """Adapter of the rules that weigh collateral by account; None: the reserves' figures do."""

    @property
    def quotes_age(self) -> bool:
        """Whether the quote of a liquidation changes with time, not only with the account and the prices."""
        return self.moving_bonus is not None

    def rules(self) -> dict[str, ReserveRule]:
        """What the trace says about every asset of the market."""
        return {
            asset: ReserveRule(
                reserve.liquidation_threshold_bps, self.bonus_range_bps(asset)[1], reserve.protocol_fee_bps
            )
            for asset, reserve in self.model.reserves.items()
        }

    def requirements_key(self) -> bytes:
        """Changes whenever requirements may have moved health, unless an event names the account.

        Free of cost where there are no rules.
        """
        return b"" if self.risk_rules is None else self.risk_rules.state_key()

    def threshold_bps(self, collateral: str, state: AccountState) -> int:
        """Liquidation threshold of an account's `collateral`: with rules, its average over all it holds."""
        if self.risk_rules is None or not state.collateral_base or not state.debt_base:
            return self.model.reserves[collateral].liquidation_threshold_bps
        return state.health_wad * state.debt_base * BPS // (WAD * state.collateral_base)

    def bonus_range_bps(self, collateral: str) -> tuple[int, int]:
        """Lowest and highest bonus that a liquidation may pay on `collateral`, of its scenario."""
        return self.model.bonus_range_bps(collateral)

    @property
    def spenders(self) -> tuple[str, ...]:
        """Contracts that a liquidator lets take its tokens: the market and its execution."""
        return (self.address,) if self.execution is None else (self.address, self.execution.address)

    @property
    def voices(self) -> tuple[str, ...]:
        """Other contracts whose events are this market's."""
        return ()

    def lendable(self, reserves: Mapping[str, ReserveState]) -> dict[str, int]:
        """Units by asset that `flash_liquidate` can repay at most: what the market can lend for it."""
        return {asset: reserve.cash for asset, reserve in reserves.items()}

    @abstractmethod
    def supply(self, asset: str, amount: int, account: str) -> Call:
        """Supply `amount` units for `account`."""

    @abstractmethod
    def withdraw(self, asset: str, amount: int, to: str) -> Call:
        """Withdraw `amount` units of the sender's supply; some markets pay only the sender itself."""

    @abstractmethod
    def borrow(self, asset: str, amount: int, account: str) -> Call:
        """Borrow `amount` units against the collateral of `account`, who is the sender."""

    @abstractmethod
    def repay(self, asset: str, amount: int, account: str) -> Call:
        """Repay up to `amount` units of the debt of `account`."""

    @abstractmethod
    def liquidate(self, collateral: str, debt: str, account: str, repay: int, receive_shares: bool) -> Call:
        """Liquidate from the sender's own balance of the debt asset."""

    @abstractmethod
    def flash_liquidate(
        self, collateral: str, debt: str, account: str, repay: int, venue: VenueAdapter, min_profit: int
    ) -> Call:
        """Flash-borrow, liquidate, sell on `venue` and repay in one transaction; profit goes to the sender."""

    @abstractmethod
    def preview_liquidation(self, collateral: str, debt: str, account: str, repay: int) -> LiquidationQuote | None:
        """What `liquidate` would do now; None if it would revert."""

    @abstractmethod
    def read_accounts(self, accounts: Sequence[str]) -> list[AccountState]:
        """States of `accounts`, read in pages."""

    @abstractmethod
    def read_reserves(self) -> dict[str, ReserveState]:
        """States of all reserves, by asset."""


class InsuranceAdapter(ABC):
    """A fund that covers deficits."""

    name: str
    address: str
    asset: str

    @abstractmethod
    def assets(self) -> int:
        """Units that the fund holds by its own accounting."""
