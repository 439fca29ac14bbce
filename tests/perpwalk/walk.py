"""The walk: operations drawn at random, each transaction either lands or fails with an error that has a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from random import Random

from sim.chain.base import CallReverted, Receipt
from tests.deployed import Deployed
from tests.lending import OWNER
from tests.perps import CROSS
from tests.perpwalk.exchange import TRADERS, Exchange, open_accounts
from tests.perpwalk.ledger import Ledger

FAILURES = {
    *("CashBelowZero", "CollateralCapExceeded", "CollateralNotForSale", "ERC4626ExceededMaxDeposit"),
    *("ERC4626ExceededMaxRedeem", "ExceedsShortfall", "FundShort", "InsufficientCollateral", "InsufficientDepth"),
    *("InsufficientHeld", "InsufficientMargin", "LimitExceeded", "MakerMarginExceeded", "NothingLiquidated"),
    *("NothingToMove", "NotLiquidatable", "OpenInterestCapExceeded", "ParameterOutOfRange", "PositionTooSmall"),
    *("RankingDuplicate", "RankingIncomplete", "RankingMissing", "RankingOutOfOrder", "RankingStale"),
    *("ReductionWorsens", "RepegTooDear", "SliceTooEarly", "StaleCollateralPrice", "StaleIndex"),
    *("WithdrawalsWait", "ZeroAmount"),
}
"""Errors with which a transaction may be refused. Those by which the market refuses what a stage wants to do are
not among them: they would freeze the liquidation."""


class Walk:
    """An exchange under random operations, and what happened.

    `landed` counts transactions by function, `refused` by error, `events` by name, `stages` what each stage of the
    waterfall did, in liquidations or parts of them.
    """

    def __init__(self, chain, deploy: Callable[..., Deployed], seed: int) -> None:
        self.random = Random(f"perpetuals/{seed}")
        self.exchange = Exchange(chain, deploy)
        open_accounts(self.exchange)
        self.perps, self.market = self.exchange.perps, self.exchange.market
        self.ledger = Ledger(self.exchange)
        self.landed: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.events: Counter[str] = Counter()
        self.stages: Counter[str] = Counter()
        self.operations: Counter[str] = Counter()
        self.rankings: Counter[str] = Counter()
        """What became of wrong ones."""
        self.policy = "return x leverage"
        self.silent: set[str] = set()
        """Symbols whose feed says nothing for now."""
        self.error = ""
        """Of the last transaction, or nothing."""
        self.last: list[tuple[str, dict]] = []
        """Events of the last transaction that landed."""
        self.set_waterfall([True] * 4)

    # Sending

    def send(self, contract: Deployed, sender: str, function: str, *args: object) -> bool:
        """Send one transaction; where it lands, every book has to balance. Return whether it did."""
        receipt = contract.try_send(sender, function, *args)
        if not receipt.ok:
            error = contract.artifacts.decoder.decode_error(receipt.revert_data)
            self.error = error.split("(")[0]
            assert self.error in FAILURES, f"{contract.type.name}.{function}{args} failed with {error}"
            self.refused[self.error] += 1
            return False
        self.error = ""
        self.landed[function] += 1
        self._book(receipt, contract.artifacts.decoder)
        self.ledger.require_conserved()
        return True

    def to_market(self, sender: str, function: str, *args: object) -> bool:
        """Send to the market."""
        return self.send(self.market, sender, function, *args)

    def _book(self, receipt: Receipt, decoder: object) -> None:
        decoded = [(log, *decoder.decode(log)) for log in receipt.logs]
        self.last = [(name, args) for _, name, args in decoded]
        for log, name, args in decoded:
            self.events[name] += 1
            self.ledger.book(log, name, args)
            self._count_stage(name, args)
        self._require_order([args["stage"] for name, args in self.last if name == "StageAsked"])

    def _count_stage(self, name: str, args: dict) -> None:
        if name == "Liquidated":
            self.stages["book"] += args["bookWad"] != 0
            self.stages["liquidations"] += 1
        elif name == "Deleveraged":
            self.stages[f"deleveraged: {self.policy}"] += 1
        elif name == "FundDrawn":
            self.stages["fund"] += args["paidQuote"] > 0
        elif name == "LossShared":
            self.stages["socialised"] += args["sharedQuote"] > 0
        else:
            names = {"PositionTaken": "backstop", "BadDebtBooked": "bad debt booked"}
            if name in names:
                self.stages[names[name]] += 1

    def _require_order(self, asked: list[str]) -> None:
        """Stages are asked in the waterfall's order, each at most once a shortfall."""
        places = [self.waterfall.index(one) for one in asked]
        assert all(a < b for a, b in pairwise(places)), asked

    # Knowing

    @property
    def stage(self) -> Deployed:
        """Return the deleveraging stage of the present policy."""
        return self.exchange.deleveraging[self.policy]

    def slot(self, symbol: str, isolated: bool) -> str:
        """Return a slot."""
        return self.exchange.token(symbol) if isolated else CROSS

    def any_slot(self) -> str:
        """Draw a slot, the cross account mostly."""
        return self.random.choice([CROSS, CROSS, *self.perps.instruments.values()])

    def any_trader(self) -> str:
        """Draw a trader."""
        return self.random.choice(TRADERS)

    def state(self, owner: object, slot: str) -> object | None:
        """Return PerpAccountState, or None where a price is missing."""
        try:
            return self.market.read("accountState", owner, slot)
        except CallReverted:
            return None

    def require_margin(self, owner: str, slot: str) -> None:
        """Hold what opening and withdrawing leave behind."""
        state = self.state(owner, slot)
        assert state.openingQuote >= state.initialQuote

    def set_waterfall(self, present: list[bool]) -> None:
        """Put the stages that are present in their order: vault, fund, deleveraging, shared loss."""
        exchange = self.exchange
        fund = exchange.fund_stages[self.random.random() < 0.15]
        stages = [exchange.vault, fund, self.stage, exchange.socialise]
        chosen = [one for one, wanted in zip(stages, present, strict=True) if wanted]
        self.to_market(OWNER, "setWaterfall", chosen)
        self.waterfall = [one.address for one in chosen]

    # Walking

    def run(self, count: int, weighted: list[tuple[Callable[[Walk], None], int]]) -> None:
        """Do `count` operations."""
        operations, weights = zip(*weighted, strict=True)
        for operation in self.random.choices(operations, weights, k=count):
            before = self.landed.total()
            operation(self)
            if self.landed.total() == before:
                self.ledger.require_conserved()
            else:
                self.operations[operation.__name__] += 1

    def statistics(self) -> str:
        """Return what happened, for people."""

        def row(counts: Counter[str]) -> str:
            return ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=lambda one: -one[1]))

        tables = {
            "operations in which something landed": self.operations,
            f"{self.landed.total()} transactions landed": self.landed,
            f"{self.refused.total()} were refused": self.refused,
            "events": self.events,
            "stages": self.stages,
            "wrong rankings": self.rankings,
        }
        return "\n".join(f"{title}: {row(counts)}" for title, counts in tables.items())
