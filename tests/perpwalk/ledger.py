"""Cash of the walk, counted from the token's transfers alone and held against every book."""

from __future__ import annotations

from collections import Counter

from sim.chain.base import ZERO_ADDRESS, Log
from tests.perps import USD
from tests.perpwalk.exchange import IDLE, SYMBOLS, Exchange


class Ledger:
    """What came in and went out of the exchange since it was there, and what the fund's own events say."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.inside = {one.address for one in exchange.inside}
        self.cash_in = sum(self._balance(one) for one in exchange.inside)
        self.cash_out = 0
        self.fund: Counter[str] = Counter({"staked": exchange.fund.read("totalAssets")})
        self.paid_by: Counter[str] = Counter()
        self.collateral = 0
        """Of SOL in smallest units, in the collateral desk."""

    def book(self, log: Log, name: str, args: dict) -> None:
        """Book one event."""
        exchange = self.exchange
        if name == "Transfer" and log.address == exchange.quote.address:
            came, went = args["to"] in self.inside, args["from"] in self.inside
            self.cash_in += args["value"] if came and not went else 0
            self.cash_out += args["value"] if went and not came else 0
        elif name == "Transfer" and log.address == exchange.sol.address:
            desk = exchange.perps.collateral.address
            self.collateral += args["value"] * ((args["to"] == desk) - (args["from"] == desk))
        elif log.address == exchange.fund.address:
            amounts = {"Deposit": "assets", "Withdraw": "assets", "Contributed": "assets", "DeficitDrawn": "drawn"}
            if name in amounts:
                self.fund[name] += args[amounts[name]]
        elif name == "DeficitPaid":
            self.paid_by[args["payer"]] += args["amountQuote"]

    def _balance(self, holder: object) -> int:
        return self.exchange.quote.read("balanceOf", holder)

    def require_conserved(self) -> None:
        """To the unit: the market's books, the fund's, the collateral's, and the tokens of all of them."""
        exchange = self.exchange
        exchange.perps.require_conserved()
        self._require_fund()
        dues_on_the_way = sum(self._balance(stage) for stage in exchange.fund_stages)
        held = exchange.perps.totals().heldQuote
        assert self.cash_in - self.cash_out == held + exchange.fund.read("totalAssets") + dues_on_the_way
        for one in (
            exchange.perps.collateral,
            *exchange.vaults,
            exchange.deleverager,
            *exchange.deleveraging.values(),
        ):
            assert self._balance(one) == 0
        desk = exchange.perps.collateral
        assert exchange.sol.read("balanceOf", desk) == desk.read("totalAssets", exchange.sol) == self.collateral
        assert exchange.perps.cash(IDLE) == 1_000 * USD

    def _require_fund(self) -> None:
        fund = self.exchange.fund
        flows = self.fund
        total = (
            flows["staked"] + flows["Deposit"] + flows["Contributed"] - flows["Withdraw"] - flows["DeficitDrawn"]
        )
        assert fund.read("totalAssets") == total == self._balance(fund)
        drawn = 0
        for stage in self.exchange.fund_stages:
            _, cap, of_stage = fund.read("protocolDraws", stage)
            assert of_stage == self.paid_by[stage.address]
            by_instrument = [stage.read("instrumentDraws", self.exchange.token(symbol))[1] for symbol in SYMBOLS]
            assert sum(by_instrument) == of_stage <= cap
            drawn += of_stage
        assert drawn == flows["DeficitDrawn"]

    def require_collateral_adds_up(self) -> None:
        """What accounts have of collateral is what the desk holds."""
        desk, sol = self.exchange.perps.collateral, self.exchange.sol
        owners = {owner for owner, slot in self.exchange.perps.accounts() if slot == ZERO_ADDRESS}
        assert sum(desk.read("collateralOf", owner, sol) for owner in sorted(owners)) == self.collateral
