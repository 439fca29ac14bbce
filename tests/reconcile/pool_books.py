"""The books of a LendingPool, kept in Python from nothing but the pool's events, with its rounding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sim.units import (
    RAY,
    bps_mul_down,
    ray_div_down,
    ray_div_up,
    ray_mul_down,
    ray_mul_up,
)

Args = Mapping[str, object]


@dataclass
class Reserve:
    """One reserve: indexes, scaled balances by account, and amounts in units."""

    reserve_factor_bps: int
    liquidity_index: int = RAY
    borrow_index: int = RAY
    supply: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    debt: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    total_supply: int = 0
    total_debt: int = 0
    treasury: int = 0
    cash: int = 0
    deficit: int = 0
    claims: int = 0
    unpaid: int = 0

    def _excess(self) -> int:
        claimed = ray_mul_down(self.total_supply, self.liquidity_index)
        owed = ray_mul_up(self.total_debt, self.borrow_index)
        return max(claimed - (self.cash + owed + self.deficit + self.claims), 0)

    def accrue(self, liquidity_index: int, borrow_index: int) -> None:
        """Take in new indexes: the treasury's share of the interest, and interest that nobody paid."""
        interest = ray_mul_down(self.total_debt, borrow_index - self.borrow_index)
        self.liquidity_index, self.borrow_index = liquidity_index, borrow_index
        share = ray_div_down(bps_mul_down(interest, self.reserve_factor_bps), liquidity_index)
        self.treasury += share
        self.total_supply += share
        unpaid = self._excess()
        if unpaid:
            scaled = min(ray_div_up(unpaid, liquidity_index), self.treasury)
            self.treasury -= scaled
            self.total_supply -= scaled
            self.unpaid = self._excess()
            self.deficit += self.unpaid

    def add_supply(self, account: str, scaled: int) -> None:
        """Change an account's scaled supply."""
        self.supply[account] += scaled
        self.total_supply += scaled

    def burn_debt(self, account: str, amount: int) -> None:
        """Lower a debt by a repayment; the whole of it leaves nothing."""
        scaled = self.debt[account]
        if amount != ray_mul_up(scaled, self.borrow_index):
            scaled = ray_div_down(amount, self.borrow_index)
        self.debt[account] -= scaled
        self.total_debt -= scaled

    def credit_treasury(self, amount: int) -> None:
        """Add what was paid for it."""
        scaled = ray_div_down(amount, self.liquidity_index)
        self.treasury += scaled
        self.total_supply += scaled


class PoolBooks:
    """All reserves of a pool; `execution` is the address of the contract that sells, or None."""

    def __init__(self, reserve_factors_bps: Mapping[str, int], execution: str | None) -> None:
        self.reserves = {asset: Reserve(factor) for asset, factor in reserve_factors_bps.items()}
        self.execution = execution
        self._written_off: set[tuple[str, str]] = set()
        self._lost: dict[tuple[str, str], int] = {}

    def book(self, events: list[tuple[str, Args]]) -> None:
        """Take in the pool's events of one transaction, in order."""
        self._written_off.clear()
        self._lost.clear()
        for name, args in events:
            handler = getattr(self, f"_{name}", None)
            if handler is not None:
                handler(args)

    def _ReserveUpdated(self, args: Args) -> None:  # noqa: N802
        reserve = self.reserves[args["asset"]]
        indexes = args["liquidityIndexRay"], args["borrowIndexRay"]
        if indexes[0] > reserve.liquidity_index or indexes[1] > reserve.borrow_index:
            reserve.accrue(*indexes)
        reserve.liquidity_index = indexes[0]

    def _InterestUnpaid(self, args: Args) -> None:  # noqa: N802
        """It is told of before the indexes that it follows from; `check` compares the deficits."""

    def _Supplied(self, args: Args) -> None:  # noqa: N802
        reserve = self.reserves[args["asset"]]
        reserve.add_supply(args["user"], ray_div_down(args["amount"], reserve.liquidity_index))
        reserve.cash += args["amount"]

    def _Withdrawn(self, args: Args) -> None:  # noqa: N802
        reserve = self.reserves[args["asset"]]
        reserve.add_supply(args["user"], -ray_div_up(args["amount"], reserve.liquidity_index))
        reserve.cash -= args["amount"]

    def _Borrowed(self, args: Args) -> None:  # noqa: N802
        reserve = self.reserves[args["asset"]]
        scaled = ray_div_up(args["amount"], reserve.borrow_index)
        reserve.debt[args["user"]] += scaled
        reserve.total_debt += scaled
        reserve.cash -= args["amount"]

    def _Repaid(self, args: Args) -> None:  # noqa: N802
        reserve = self.reserves[args["asset"]]
        reserve.burn_debt(args["user"], args["amount"])
        reserve.cash += args["amount"]

    def _Liquidation(self, args: Args) -> None:  # noqa: N802
        """Debt that was left over is written off before this is told of, and its repayment with it."""
        user, debt, repaid = args["user"], self.reserves[args["debtAsset"]], args["repaidAssets"]
        if (user, args["debtAsset"]) not in self._written_off:
            debt.burn_debt(user, repaid)
        if args["liquidator"] == self.execution:
            debt.claims += repaid
        else:
            debt.cash += repaid
        collateral, fee = self.reserves[args["collateralAsset"]], args["protocolFeeAssets"]
        scaled = ray_div_up(args["seizedAssets"] - fee, collateral.liquidity_index)
        collateral.add_supply(user, -scaled)
        if args["receiveShares"]:
            collateral.add_supply(args["liquidator"], scaled)
        else:
            collateral.cash -= args["seizedAssets"] - fee
        fee = min(ray_div_up(fee, collateral.liquidity_index), collateral.supply[user])
        collateral.supply[user] -= fee
        collateral.treasury += fee

    def _DeficitCreated(self, args: Args) -> None:  # noqa: N802
        user, asset = args["user"], args["asset"]
        if self._lost.pop((user, asset), None) == args["amount"]:
            return
        reserve = self.reserves[asset]
        self._written_off.add((user, asset))
        reserve.total_debt -= reserve.debt.pop(user, 0)
        reserve.deficit += args["amount"]

    def _DeficitCovered(self, args: Args) -> None:  # noqa: N802
        reserve = self.reserves[args["asset"]]
        reserve.deficit -= args["amount"]
        reserve.cash += args["amount"]

    def _LossSocialised(self, args: Args) -> None:  # noqa: N802
        reserve = self.reserves[args["asset"]]
        assert reserve.liquidity_index == args["indexRay"]
        reserve.deficit -= args["amount"]

    def _SupplyCredited(self, args: Args) -> None:  # noqa: N802
        reserve = self.reserves[args["asset"]]
        reserve.add_supply(args["user"], ray_div_down(args["amount"], reserve.liquidity_index))
        reserve.claims += args["amount"]

    def _ClaimSettled(self, args: Args) -> None:  # noqa: N802
        reserve, paid, lost = self.reserves[args["asset"]], args["paid"], args["lost"]
        due = min(paid, reserve.claims - lost)
        reserve.claims -= due + lost
        reserve.deficit += lost
        reserve.cash += paid
        reserve.credit_treasury(paid - due)
        if lost:
            self._lost[args["user"], args["asset"]] = lost

    def _TreasuryWithdrawn(self, args: Args) -> None:  # noqa: N802
        reserve = self.reserves[args["asset"]]
        scaled = ray_div_up(args["amount"], reserve.liquidity_index)
        reserve.treasury -= scaled
        reserve.total_supply -= scaled
        reserve.cash -= args["amount"]

    def _FlashLoan(self, args: Args) -> None:  # noqa: N802
        reserve = self.reserves[args["asset"]]
        reserve.cash += args["fee"]
        reserve.credit_treasury(args["fee"])
