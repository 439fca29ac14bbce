"""A market with onlookers, whose money must not move whatever others do, and contracts that do it."""

from __future__ import annotations

from dataclasses import dataclass

from eth_utils import keccak

from sim.chain.accounts import ACCOUNTS
from sim.units import E8, UINT256_MAX
from tests.deployed import Deployed
from tests.lending import BORROWER, LENDER, OWNER, LendingMarket, new_market

ETH, USD = 10**18, 10**6
ONLOOKER, DEBTOR = ACCOUNTS.address(30), ACCOUNTS.address(31)
"""Third parties: one that only supplies, and one that borrows too."""
ONLOOKERS = (LENDER, ONLOOKER, DEBTOR)


@dataclass(frozen=True)
class FlashCallback:
    """Selector and answer of ERC-3156's onFlashLoan."""

    selector: bytes
    success: bytes


CALLBACK = FlashCallback(
    keccak(b"onFlashLoan(address,address,uint256,uint256,bytes)")[:4], keccak(b"ERC3156FlashBorrower.onFlashLoan")
)


@dataclass(frozen=True)
class Holdings:
    """What third parties have: tokens, supply and debt, by account and asset."""

    of: dict[tuple[str, str], tuple[int, int, int]]

    @classmethod
    def read(cls, market: LendingMarket) -> Holdings:
        """Read all of them."""
        return cls(
            {
                (account, symbol): (
                    market.balance(symbol, account),
                    market.supplied(symbol, account),
                    market.debt(symbol, account),
                )
                for account in ONLOOKERS
                for symbol in market.assets
            }
        )


def new_scene(chain, deploy, hostile: str = "USDC", token_type: str = "AssetToken", **parts) -> LendingMarket:
    """WETH at $2,000 and USDC; `hostile` is the one that is of `token_type`.

    LENDER and ONLOOKER supply both, DEBTOR owes USDC at health 1.6, BORROWER owes 14,000 USDC on 10 WETH (1.14).
    """
    market = new_market(chain, deploy, **parts)
    for symbol, decimals, price in (("WETH", 18, 2_000 * E8), ("USDC", 6, E8)):
        kind = token_type if symbol == hostile else "AssetToken"
        market.add(symbol, decimals, price, token_type=kind)
    for account in (LENDER, ONLOOKER):
        market.supply(account, "USDC", 100_000 * USD)
        market.supply(account, "WETH", 50 * ETH)
    market.supply(DEBTOR, "WETH", 100 * ETH)
    market.borrow(DEBTOR, "USDC", 50_000 * USD)
    market.supply(BORROWER, "WETH", 10 * ETH)
    market.borrow(BORROWER, "USDC", 14_000 * USD)
    return market


def assert_backed(market: LendingMarket, donated: dict[str, int] | None = None) -> None:
    """Books and tokens agree: cash is what the pool holds but for donations, and claims are backed."""
    for symbol in market.assets:
        state = market.state(symbol)
        assert market.balance(symbol, market.pool) == state.cash + (donated or {}).get(symbol, 0)
        assert state.totalSupplied <= state.cash + state.totalDebt + state.deficit + state.claims


class Actor:
    """A ReentrantActor, which acts as its owner says and tries what it is armed with when anyone calls it."""

    def __init__(self, market: LendingMarket) -> None:
        self.market = market
        self.contract = market.deploy(market.chain, "ReentrantActor", OWNER)
        self.address = self.contract.address

    def act(self, target: Deployed, function: str, *args: object) -> list[tuple[str, dict]]:
        """Call a function in the actor's name."""
        return self.contract.send(OWNER, "act", target.address, target.encode(function, *args))

    def act_error(self, target: Deployed, function: str, *args: object) -> str:
        """Call a function in the actor's name, which must fail; return its error."""
        return self.contract.send_error(OWNER, "act", target.address, target.encode(function, *args))

    def fund(self, symbol: str, amount: int) -> None:
        """Give it tokens, and let the pool take any amount of them."""
        token = self.market.token(symbol)
        token.send(OWNER, "mint", self.address, amount)
        self.act(token, "approve", self.market.pool, UINT256_MAX)

    def arm(self, target: Deployed, function: str, *args: object) -> None:
        """Set what it tries when it is called."""
        self.contract.send(OWNER, "arm", target.address, target.encode(function, *args))

    def answer(self, selector: bytes, value: bytes) -> None:
        """Set what a function of it returns."""
        self.contract.send(OWNER, "setAnswer", selector, value)

    @property
    def tried(self) -> tuple[int, int]:
        """Attempts, and successes among them."""
        return self.contract.read("attempts"), self.contract.read("successes")

    @property
    def outcome(self) -> str:
        """The error of its last attempt."""
        return self.market.pool.artifacts.decoder.decode_error(self.contract.read("outcome"))
