"""What events say about tokens: each one that moves some names who paid whom, and nothing else moves any.

Stateless contracts that only pass tokens on (liquidators, takers, the router) stand for whoever called them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sim.chain.base import ZERO_ADDRESS
from sim.protocols.base import LendingAdapter

PASSERS = {
    "FlashLiquidator",
    "IsolatedLiquidator",
    "AuctionTaker",
    "SwapRouter",
    "PreLiquidation",
    "SoftLiquidator",
}
"""Contracts that hold no token between two transactions."""

Args = Mapping[str, object]
Move = tuple[str, str, str, int]
"""Token, payer, receiver, units."""
Net = dict[tuple[str, str], int]
"""Units by token and holder."""


@dataclass(frozen=True)
class Site:
    """Where a design's contracts are: type by address, the market, and its execution."""

    kinds: Mapping[str, str]
    market: LendingAdapter
    fund_assets: Mapping[str, str]
    tokens: frozenset[str]
    pair: tuple[str, str]

    @property
    def execution(self) -> str | None:
        """Address of the contract that sells what is seized."""
        return None if self.market.execution is None else self.market.execution.address

    @property
    def passers(self) -> frozenset[str]:
        """Contracts that pass tokens on."""
        return frozenset(address for address, kind in self.kinds.items() if kind in PASSERS)


def _liquidation(site: Site, emitter: str, args: Args) -> Iterator[Move]:
    if site.kinds[emitter] == "PreLiquidation":
        return  # The market tells of the repayment and of the withdrawal that it is made of.
    collateral, debt, liquidator = args["collateralAsset"], args["debtAsset"], args["liquidator"]
    if liquidator == site.execution:
        yield collateral, emitter, liquidator, args["seizedAssets"]
        return
    yield debt, liquidator, emitter, args["repaidAssets"]
    if not args["receiveShares"]:
        yield collateral, emitter, liquidator, args["seizedAssets"] - args["protocolFeeAssets"]


def _sale(site: Site, emitter: str, args: Args) -> Iterator[Move]:
    """A batch auction credits what it sells and was paid before; a backstop may buy from itself."""
    if site.kinds[emitter] == "BatchAuction" or args["buyer"] == emitter:
        return
    yield args["collateralAsset"], emitter, args["buyer"], args["soldAssets"]
    yield args["debtAsset"], args["buyer"], emitter, args["paidAssets"]


def _repayment(site: Site, emitter: str, args: Args) -> Iterator[Move]:
    """What converted collateral repays has come from the bands already."""
    if site.kinds.get(args["payer"]) != "BandExchange":
        yield args["asset"], args["payer"], emitter, args["amount"]


def _bands_withdrawal(site: Site, emitter: str, args: Args) -> Iterator[Move]:
    model, tokens = site.market.model, site.market.tokens
    yield tokens[model.collateral], emitter, site.market.address, args["collateralAssets"]
    yield tokens[model.debt], emitter, site.market.address, args["borrowedAssets"]


def _bands_fees(site: Site, emitter: str, args: Args) -> Iterator[Move]:
    model, tokens = site.market.model, site.market.tokens
    yield tokens[model.collateral], emitter, args["to"], args["collateralAssets"]
    yield tokens[model.debt], emitter, args["to"], args["borrowedAssets"]


def _bands_deposit(site: Site, emitter: str, args: Args) -> Iterator[Move]:
    yield site.market.tokens[site.market.model.collateral], site.market.address, emitter, args["amount"]


def _bands_trade(site: Site, emitter: str, args: Args) -> Iterator[Move]:
    yield args["bought"], args["buyer"], emitter, args["amountIn"]
    yield args["sold"], emitter, args["buyer"], args["amountOut"]


def _swap(site: Site, emitter: str, args: Args) -> Iterator[Move]:
    for i, token in enumerate(site.pair):
        yield token, args["sender"], emitter, args[f"amount{i}In"]
        yield token, emitter, args["to"], args[f"amount{i}Out"]


def _into(token: str, payer: str, amount: str) -> Callable[[Site, str, Args], Iterator[Move]]:
    return lambda site, emitter, args: iter([(args[token], args[payer], emitter, args[amount])])


def _out_of(token: str, receiver: str, amount: str) -> Callable[[Site, str, Args], Iterator[Move]]:
    return lambda site, emitter, args: iter([(args[token], emitter, args[receiver], args[amount])])


MOVES: dict[str, Callable[[Site, str, Args], Iterator[Move]]] = {
    "Supplied": _into("asset", "payer", "amount"),
    "Withdrawn": _out_of("asset", "to", "amount"),
    "Borrowed": _out_of("asset", "user", "amount"),
    "Repaid": _repayment,
    "DeficitCovered": _into("asset", "payer", "amount"),
    "TreasuryWithdrawn": _out_of("asset", "to", "amount"),
    "FlashLoan": _into("asset", "receiver", "fee"),
    "ClaimSettled": lambda site, emitter, args: iter([(args["asset"], site.execution, emitter, args["paid"])]),
    "Liquidation": _liquidation,
    "Deposit": lambda site, emitter, args: iter(
        [(site.fund_assets[emitter], args["sender"], emitter, args["assets"])]
    ),
    "Withdraw": lambda site, emitter, args: iter(
        [(site.fund_assets[emitter], emitter, args["receiver"], args["assets"])]
    ),
    "CollateralSold": _sale,
    "KeeperRewarded": _out_of("debtAsset", "keeper", "paidAssets"),
    "IncentivesFunded": _into("debtAsset", "payer", "amount"),
    "IncentivesWithdrawn": _out_of("debtAsset", "to", "amount"),
    "ReturnWithdrawn": _out_of("collateralAsset", "to", "amount"),
    "CreditWithdrawn": _out_of("token", "to", "amount"),
    "CapitalFunded": _into("debtAsset", "payer", "amount"),
    "CapitalWithdrawn": _out_of("debtAsset", "to", "amount"),
    "BandsDeposited": _bands_deposit,
    "BandsWithdrawn": _bands_withdrawal,
    "BandsTraded": _bands_trade,
    "AdminFeesCollected": _bands_fees,
    "Swap": _swap,
}
"""By event; every other event moves nothing."""


def told(site: Site, events: list[tuple[str, str, Args]], sender: str) -> Net:
    """Net flows that a transaction's events (emitter, name, arguments) tell of."""
    return _net(
        site,
        sender,
        (move for emitter, name, args in events if name in MOVES for move in MOVES[name](site, emitter, args)),
    )


def seen(site: Site, events: list[tuple[str, str, Args]], sender: str) -> Net:
    """Net flows of the transaction's transfers."""
    return _net(
        site,
        sender,
        (
            (emitter, args["from"], args["to"], args["value"])
            for emitter, name, args in events
            if name == "Transfer" and emitter in site.tokens
        ),
    )


def _net(site: Site, sender: str, moves: Iterator[Move]) -> Net:
    net: Net = defaultdict(int)
    for token, payer, receiver, amount in moves:
        for holder, signed in ((payer, -amount), (receiver, amount)):
            if holder != ZERO_ADDRESS:
                net[token, sender if holder in site.passers else holder] += signed
    return {key: amount for key, amount in net.items() if amount}
