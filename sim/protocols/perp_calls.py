"""Calls of a perpetual market, of its collateral, its pricings, its mark and its waterfall."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.chain.artifacts import Artifacts
from sim.chain.base import ZERO_ADDRESS, Chain
from sim.protocols.call import Call
from sim.protocols.perp_states import PerpKey, StageInfo

INT256_MIN = -(2**255)
SIZE_AND_PRICE_DECIMALS = 26


@dataclass(slots=True)
class PerpCalls:
    """Handles of a perpetual market and of what belongs to it, and what may be sent to them.

    Attributes
    ----------
    name, address
        Role and address of the market.
    quote, instruments
        Symbols of the settlement asset and of the instruments, in the market's order.
    tokens
        Addresses of all assets.
    pricing
        Address of the pricing, and maker, by instrument.
    stages
        In order, by name.
    model
        Its part of the scenario.
    """

    chain: Chain
    artifacts: Artifacts
    name: str
    address: str
    quote: str
    quote_decimals: int
    instruments: tuple[str, ...]
    tokens: Mapping[str, str]
    lens: str
    mark: str
    collateral: str
    deleverager: str
    model: Any
    pricing: dict[str, str] = field(default_factory=dict)
    stages: dict[str, StageInfo] = field(default_factory=dict)
    _symbols: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._symbols = {address: symbol for symbol, address in self.tokens.items()}

    @property
    def unit(self) -> int:
        """Size times price over this is quote."""
        return 10 ** (SIZE_AND_PRICE_DECIMALS - self.quote_decimals)

    @property
    def deleverage(self) -> StageInfo | None:
        """The stage that deleverages, if there is one."""
        return next((one for one in self.stages.values() if one.contract == "DeleverageStage"), None)

    def slot(self, instrument: str | None) -> str:
        """Slot of an account: of its instrument, or the cross account's."""
        return ZERO_ADDRESS if instrument is None else self.tokens[instrument]

    def key(self, owner: str, slot: str) -> PerpKey:
        """The account of an owner and a slot, both addresses."""
        return PerpKey(owner, self._symbols.get(slot))

    def call(self, function: str, *args: object) -> Call:
        """A call of the market."""
        return self._at("PerpMarket", self.address, function, *args)

    def _at(self, contract: str, address: str, function: str, *args: object) -> Call:
        return Call(contract, address, function, args, self.artifacts[contract].encode(function, *args))

    def at(self, stage: StageInfo, function: str, *args: object) -> Call:
        """A call of one of the stages."""
        return self._at(stage.contract, stage.address, function, *args)

    def deposit(self, amount: int, owner: str, instrument: str | None = None) -> Call:
        """Pay in for an account; the market must be allowed to take it."""
        return self.call("deposit", amount, owner, self.slot(instrument))

    def withdraw(self, amount: int, to: str, instrument: str | None = None) -> Call:
        """Take out of an account of the sender."""
        return self.call("withdraw", amount, self.slot(instrument), to)

    def trade(
        self, symbol: str, size_delta_wad: int, limit_quote: int = INT256_MIN, isolated: bool = False
    ) -> Call:
        """Trade with an account of the sender, for at least `limit_quote` (below 0 for a buy)."""
        slot = self.slot(symbol if isolated else None)
        return self.call("trade", slot, self.tokens[symbol], size_delta_wad, limit_quote)

    def liquidate(self, key: PerpKey, symbol: str) -> Call:
        """Liquidate a position without a ranking."""
        return self.call("liquidate", key.owner, self.slot(key.instrument), self.tokens[symbol])

    def liquidate_ranked(self, key: PerpKey, symbol: str) -> Call:
        """Liquidate a position through the contract that ranks whom it may be closed against."""
        return self._at("Deleverager", self.deleverager, "liquidate", *self._ranked(key, symbol))

    def _ranked(self, key: PerpKey, symbol: str) -> tuple[str, str, str, str]:
        stage = self.deleverage.address
        return stage, key.owner, self.slot(key.instrument), self.tokens[symbol]

    def accrue_funding(self, symbol: str) -> Call:
        """Bring the funding of an instrument up to date."""
        return self.call("accrueFunding", self.tokens[symbol])

    def settle(self, key: PerpKey) -> Call:
        """Settle the funding of an account."""
        return self.call("settle", key.owner, self.slot(key.instrument))

    def resolve_deficit(self, key: PerpKey) -> Call:
        """Take an account in debt without positions through the waterfall."""
        return self.call("resolveDeficit", key.owner, self.slot(key.instrument))

    def resolve_bad_debt(self, symbol: str) -> Call:
        """Ask the stages to cover booked bad debt."""
        return self.call("resolveBadDebt", self.tokens[symbol])

    def gate_withdrawals(self, key: PerpKey) -> Call:
        """Make withdrawals wait by showing an insolvent account."""
        return self.call("gateWithdrawals", key.owner, self.slot(key.instrument))

    def send_fund_dues(self) -> Call:
        """Send what is due to the insurance fund."""
        return self.call("sendFundDues")

    def buy_collateral(self, owner: str, asset: str, most_quote: int) -> Call:
        """Buy collateral of an account in debt at its discount."""
        return self._at("PerpCollateral", self.collateral, "buy", owner, self.tokens[asset], most_quote)

    def deposit_collateral(self, asset: str, amount: int, owner: str) -> Call:
        """Pay in collateral for a cross account."""
        return self._at("PerpCollateral", self.collateral, "deposit", self.tokens[asset], amount, owner)

    def withdraw_collateral(self, asset: str, amount: int, to: str) -> Call:
        """Take collateral out of the sender's cross account."""
        return self._at("PerpCollateral", self.collateral, "withdraw", self.tokens[asset], amount, to)

    def poke_mark(self, symbol: str) -> Call:
        """Record the mid for the mark's means."""
        return self._at("MedianMark", self.mark, "poke", self.tokens[symbol])

    def note_mark(self, symbol: str) -> Call:
        """Note the mark for fills at an earlier one."""
        return self.at(self.deleverage, "noteMark", self.tokens[symbol])

    def unwind(self, stage: StageInfo, symbol: str) -> Call:
        """Let a vault give back its next slice."""
        return self.at(stage, "unwind", self.tokens[symbol])

    def forward_dues(self, stage: StageInfo) -> Call:
        """Let a fund's stage pass on what it was sent."""
        return self.at(stage, "forwardDues")

    def set_depth(self, symbol: str, depth_wad: int) -> Call:
        """Give the virtual AMM another depth at its present price, whatever that costs the maker."""
        return self._curve("setDepth", symbol, depth_wad)

    def repeg(self, symbol: str, depth_wad: int) -> Call:
        """Put the virtual AMM at the index with some depth, whatever that costs the maker."""
        return self._curve("repeg", symbol, depth_wad)

    def _curve(self, function: str, symbol: str, depth_wad: int) -> Call:
        pricing, most = self.pricing[symbol], -INT256_MIN - 1
        return self._at("VirtualAmmPricing", pricing, function, self.tokens[symbol], depth_wad, most)
