"""An isolated market as tests speak to it: real tokens, feeds and oracle, accounts by role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim.chain.base import ZERO_ADDRESS, Chain
from sim.units import E8, UINT256_MAX, WAD
from tests.deployed import Deployed
from tests.lending import LENDER, LIQUIDATOR, OWNER, REPORTER, START_S

ETH = 10**18
USD = 10**6
LLTV_WAD = 86 * WAD // 100


@dataclass
class IsolatedMarket:
    """A deployed market with its tokens, feeds and oracle."""

    chain: Chain
    market: Deployed
    loan: Deployed
    collateral: Deployed
    loan_feed: Deployed
    collateral_feed: Deployed
    oracle: Deployed

    def push(self, answer: int, feed: Deployed | None = None) -> None:
        """Report a collateral price (or that of another feed) with the feed's own decimals."""
        (feed or self.collateral_feed).send(REPORTER, "pushRound", answer, self.chain.timestamp_s)

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.chain.begin(self.chain.timestamp_s + seconds)

    def fund(self, account: str, token: Deployed, amount: int, spender: object = None) -> None:
        """Give an account tokens and let the market (or `spender`) take any amount of them."""
        token.send(OWNER, "mint", account, amount)
        token.send(account, "approve", spender or self.market, UINT256_MAX)

    def supply(self, amount: int, account: str = LENDER) -> None:
        """Mint and supply loan assets."""
        self.fund(account, self.loan, amount)
        self.market.send(account, "supply", amount, 0, account, b"")

    def open(self, account: str, collateral: int, debt: int) -> None:
        """Mint and supply collateral, and borrow."""
        self.fund(account, self.collateral, collateral)
        self.market.send(account, "supplyCollateral", collateral, account, b"")
        if debt:
            self.market.send(account, "borrow", debt, 0, account, account)

    def position(self, account: str) -> object:
        """Return Position."""
        return self.market.read("position", account)

    def totals(self) -> object:
        """Return MarketTotals with interest until now."""
        return self.market.read("totals")

    def supplied(self, account: str) -> int:
        """Return a supply balance."""
        return self.market.read("supplyBalance", account)

    def debt(self, account: str) -> int:
        """Return a debt balance."""
        return self.market.read("debtBalance", account)

    def health(self, account: str) -> int:
        """Return a health factor in wad."""
        return self.market.read("healthFactorWad", account)

    def liquidate(
        self, borrower: str, seized: int = 0, shares: int = 0, liquidator: str = LIQUIDATOR
    ) -> list[tuple[str, dict]]:
        """Liquidate with the liquidator's own money, which it is given; return all events."""
        self.fund(liquidator, self.loan, self.debt(borrower) + 1)
        return self.market.send(liquidator, "liquidate", borrower, seized, shares, b"")

    def require_solvent(self) -> None:
        """Suppliers' claims are covered by what is held and lent."""
        totals = self.totals()
        held = self.loan.read("balanceOf", self.market)
        assert totals.supplyAssets <= held + totals.borrowAssets


def new_isolated_market(
    chain: Chain,
    deploy: Callable[..., Deployed],
    *,
    loan: Deployed | None = None,
    collateral: Deployed | None = None,
    loan_decimals: int = 6,
    collateral_decimals: int = 18,
    loan_feed_decimals: int = 8,
    collateral_feed_decimals: int = 8,
    loan_answer: int = E8,
    collateral_answer: int = 2_000 * E8,
    lltv_wad: int = LLTV_WAD,
    rate_model: object = ZERO_ADDRESS,
) -> IsolatedMarket:
    """Deploy a market at START_S or later: WETH at $2,000 against USDC unless told otherwise."""
    chain.begin(START_S)
    loan = loan or deploy(chain, "AssetToken", "USDC", "USDC", loan_decimals, OWNER)
    collateral = collateral or deploy(chain, "AssetToken", "WETH", "WETH", collateral_decimals, OWNER)
    loan_feed = deploy(chain, "PriceFeed", loan_feed_decimals, "loan / USD", REPORTER)
    collateral_feed = deploy(chain, "PriceFeed", collateral_feed_decimals, "collateral / USD", REPORTER)
    oracle = deploy(chain, "PairOracle", collateral_feed, collateral_decimals, loan_feed, loan_decimals, 0, 0)
    params = (
        loan.address,
        collateral.address,
        oracle.address,
        getattr(rate_model, "address", rate_model),
        lltv_wad,
    )
    market = deploy(chain, "IsolatedMarket", OWNER, params)
    made = IsolatedMarket(chain, market, loan, collateral, loan_feed, collateral_feed, oracle)
    made.push(loan_answer, loan_feed)
    made.push(collateral_answer)
    return made
