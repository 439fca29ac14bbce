"""A lending market whose execution is a Dutch auction, as tests speak to it."""

from __future__ import annotations

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import ZERO_ADDRESS
from sim.units import E8, RAY, UINT256_MAX, WAD
from tests.deployed import Deployed
from tests.lending import BORROWER, DONOR, LENDER, OWNER, new_market

KEEPER, BUYER = ACCOUNTS.address(8), ACCOUNTS.address(9)
ETH, USD = 10**18, 10**6
DOLLAR_RAD = E8 * RAY
"""One dollar, as limits, tip and dust count it."""
CUT_RAY, STEP_S, TAIL_S, CUSP_RAY, BUFFER_RAY = 99 * RAY // 100, 90, 8_400, 4 * RAY // 10, 12 * RAY // 10
PENALTY_WAD, CHIP_WAD, TIP_USD, DUST_USD = 113 * WAD // 100, WAD // 1_000, 300, 1_000
PARAMETERS = {
    "bufferRay": BUFFER_RAY,
    "cuspRay": CUSP_RAY,
    "tailS": TAIL_S,
    "penaltyWad": PENALTY_WAD,
    "chipWad": CHIP_WAD,
    "tipRad": TIP_USD * DOLLAR_RAD,
    "dustRad": DUST_USD * DOLLAR_RAD,
    "limitRad": 10**9 * DOLLAR_RAD,
}
"""Maker's of ETH-A, with a smaller dust."""


class AuctionScene:
    """WETH ($2,000) and USDC in a pool that lets the whole position be auctioned; no account but the lender's."""

    def __init__(self, chain, deploy, **parameters: object) -> None:
        self.chain, self._deploy = chain, deploy
        market = self.market = new_market(chain, deploy)
        terms = deploy(chain, "WholePosition", deploy(chain, "ConfiguredBonus"), False)
        market.pool = deploy(chain, "LendingPool", OWNER, terms, 0)
        market.add("WETH", 18, 2_000 * E8)
        market.add("USDC", 6, E8)
        market.supply(LENDER, "USDC", 1_000_000 * USD)
        self.auction = deploy(chain, "DutchAuction", OWNER, market.pool)
        market.pool.send(OWNER, "setModules", ZERO_ADDRESS, self.auction, ZERO_ADDRESS)
        self.auction.send(OWNER, "setTotalLimit", UINT256_MAX)
        self.set_parameters("WETH", **parameters)

    def deploy(self, name: str, *args: object) -> Deployed:
        """Deploy another contract."""
        return self._deploy(self.chain, name, *args)

    def set_parameters(self, symbol: str, **changes: object) -> None:
        """Set how a collateral is auctioned; `decay` is a deployed one, stairs of 1 % every 90 s by default."""
        decay = changes.pop("decay", None) or self.deploy("StairStepDecay", CUT_RAY, STEP_S)
        given = {"decay": decay.address, **PARAMETERS, **changes}
        self.auction.send(OWNER, "setAuctionParams", self.token(symbol), given)

    def token(self, symbol: str) -> Deployed:
        """Return a token."""
        return self.market.token(symbol)

    def open(self, user: str = BORROWER, weth: int = 10 * ETH, usdc: int = 14_000 * USD) -> None:
        """Open a position."""
        self.market.supply(user, "WETH", weth)
        self.market.borrow(user, "USDC", usdc)

    def fall(self, usd: float = 1_700) -> None:
        """Report a price of WETH."""
        self.market.set_price("WETH", round(usd * E8))

    def fund_incentives(self, usd: int = 10_000) -> None:
        """Put USDC into the incentives."""
        self.market.fund(DONOR, "USDC", usd * USD, self.auction)
        self.auction.send(DONOR, "fundIncentives", self.token("USDC"), usd * USD)

    def start(self, user: str = BORROWER, collateral: str = "WETH", debt: str = "USDC") -> list:
        """Start an auction as the keeper."""
        return self.auction.send(KEEPER, "start", *self.start_arguments(user, collateral, debt))

    def start_arguments(self, user: str = BORROWER, collateral: str = "WETH", debt: str = "USDC") -> tuple:
        """Return arguments of `start`, with the keeper to be rewarded."""
        return (user, self.token(collateral), self.token(debt), KEEPER)

    def take(self, lot: int = 1, amount: int = UINT256_MAX, most: int = UINT256_MAX) -> list:
        """Buy as the buyer, who is given what it costs."""
        debt = self.auction.read("lotStatus", lot).lot.debtAsset
        symbol = next(one for one, asset in self.market.assets.items() if asset.token.address == debt)
        _, paid = self.auction.read("previewTake", lot, amount, most)
        self.market.fund(BUYER, symbol, paid, self.auction)
        return self.auction.send(BUYER, "take", lot, amount, most, BUYER, b"")

    def lot(self, lot: int = 1) -> object:
        """Return LotStatus."""
        return self.auction.read("lotStatus", lot)

    def claims(self, symbol: str = "USDC") -> int:
        """Return the pool's claims on the auction."""
        return self.market.state(symbol).claims

    def unsettled(self, symbol: str = "USDC") -> int:
        """Return what the running lots have left of their debt."""
        token = self.token(symbol).address
        lots = self.auction.read("activeLots")
        return sum(
            self.auction.read("lotDebt", one.lotId).leftAssets for one in lots if one.lot.debtAsset == token
        )

    def check_books(self, users: tuple[str, ...] = (BORROWER,)) -> None:
        """Hold the auction's tokens, the pool's claims and the throttles against the lots, to the wei."""
        lots = self.auction.read("activeLots")
        for symbol in self.market.assets:
            token = self.token(symbol)
            held = self.auction.read("incentives", token)
            held += sum(one.lot.lotAssets for one in lots if one.lot.collateralAsset == token.address)
            held += sum(self.auction.read("keptReturns", user, token) for user in users)
            assert self.market.balance(symbol, self.auction) == held
            assert token.read("allowance", self.auction, self.market.pool) == 0
            assert self.claims(symbol) == self.unsettled(symbol)
            throttle = sum(one.lot.throttleRad for one in lots if one.lot.collateralAsset == token.address)
            assert self.auction.read("inAuctionRad", token) == throttle
            state = self.market.state(symbol)
            assert state.totalSupplied <= state.cash + state.totalDebt + state.deficit + state.claims
        assert self.auction.read("totalInAuctionRad") == sum(one.lot.throttleRad for one in lots)
        assert len({one.lotId for one in lots}) == len(lots)


def values(events: list[tuple[str, dict]], name: str) -> dict:
    """Return the arguments of the only event of a name."""
    (found,) = (given for one, given in events if one == name)
    return found
