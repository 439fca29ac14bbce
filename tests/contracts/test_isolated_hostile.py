"""Isolated markets under hostile callers and tokens: what happens, and that nobody else's money moves.

Re-entry is allowed, since the books are closed before every call: within a callback an account may do whatever it
may do outside of it, and what it owes is still taken afterwards.
"""

from __future__ import annotations

import pytest

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import ZERO_ADDRESS
from sim.units import E8, UINT256_MAX
from tests.deployed import Deployed
from tests.isolated import ETH, USD, IsolatedMarket, new_isolated_market
from tests.lending import BORROWER, LENDER, LIQUIDATOR, OWNER

STRANGER = ACCOUNTS.address(9)


class Attack:
    """A market with LENDER's 100,000 USDC, BORROWER's 10 WETH for 16,000 USDC, and an actor with money."""

    def __init__(self, chain, deploy, token: str = "AssetToken") -> None:
        chain.begin(1_600_000_000)
        self.loan = deploy(chain, token, "USDC", "USDC", 6, OWNER)
        self.collateral = deploy(chain, token, "WETH", "WETH", 18, OWNER)
        self.market = new_isolated_market(chain, deploy, loan=self.loan, collateral=self.collateral)
        self.market.supply(100_000 * USD)
        self.market.open(BORROWER, 10 * ETH, 16_000 * USD)
        self.actor = deploy(chain, "IsolatedActor")
        self.loan.send(OWNER, "mint", self.actor, 50_000 * USD)
        self.collateral.send(OWNER, "mint", self.actor, 50 * ETH)
        self.do(*[self.call(token, "approve", self.market.market, UINT256_MAX) for token in self.tokens])

    @property
    def tokens(self) -> tuple[Deployed, Deployed]:
        """Both tokens."""
        return self.loan, self.collateral

    def call(self, contract: Deployed, function: str, *args: object) -> tuple[str, bytes]:
        """Return one act of the actor."""
        return contract.address, contract.encode(function, *args)

    def on_market(self, function: str, *args: object) -> tuple[str, bytes]:
        """Return one act on the market."""
        return self.call(self.market.market, function, *args)

    def inside(self, *acts: tuple[str, bytes]) -> bytes:
        """Return the `data` that makes a callback do these acts."""
        return self.actor.type.encode("act", list(acts))[4:]

    def do(self, *acts: tuple[str, bytes]) -> list[tuple[str, dict]]:
        """Let the actor act."""
        return self.actor.send(STRANGER, "act", list(acts))

    def fails(self, *acts: tuple[str, bytes]) -> str:
        """Return the error with which the acts fail."""
        return self.actor.send_error(STRANGER, "act", list(acts))

    def wealth(self) -> tuple[int, int]:
        """What the actor owns in either token, claims and debts included."""
        position = self.market.position(self.actor.address)
        supplied, debt = self.market.supplied(self.actor.address), self.market.debt(self.actor.address)
        loans = self.loan.read("balanceOf", self.actor) + supplied - debt
        return loans, self.collateral.read("balanceOf", self.actor) + position.collateral


def others(market: IsolatedMarket) -> tuple:
    """What the others own and owe."""
    return market.supplied(LENDER), market.debt(BORROWER), market.position(BORROWER)


@pytest.fixture
def attack(revm, deploy):
    return Attack(revm, deploy)


def test_re_entry_from_supply_is_no_more_than_a_free_loan(attack):
    """Shares exist before the money comes: withdrawn at once, they pay for themselves."""
    before, wealth = others(attack.market), attack.wealth()
    me = attack.actor.address
    out = attack.on_market("withdraw", 80_000 * USD, 0, me, me)
    attack.do(attack.on_market("supply", 80_000 * USD, 0, me, attack.inside(out)))
    assert (others(attack.market), attack.wealth()) == (before, wealth)
    attack.market.require_solvent()
    # Spent inside, the money is missing afterwards, and all is undone.
    spend = attack.call(attack.loan, "transfer", STRANGER, 60_000 * USD)
    error = attack.fails(attack.on_market("supply", 80_000 * USD, 0, me, attack.inside(out, spend)))
    assert error.startswith("ERC20InsufficientBalance(")
    assert others(attack.market) == before


def test_re_entry_from_supply_of_collateral_borrows_against_what_must_still_come(attack):
    before = others(attack.market)
    me = attack.actor.address
    borrow = attack.on_market("borrow", 30_000 * USD, 0, me, me)
    attack.do(attack.on_market("supplyCollateral", 20 * ETH, me, attack.inside(borrow)))
    assert attack.market.position(me).collateral == 20 * ETH
    run = attack.call(attack.collateral, "transfer", STRANGER, 30 * ETH)
    error = attack.fails(attack.on_market("supplyCollateral", 1 * ETH, me, attack.inside(borrow, run)))
    assert error.startswith(("HealthFactorTooLow(", "ERC20InsufficientBalance("))
    assert others(attack.market) == before
    attack.market.require_solvent()


def test_re_entry_from_repay_takes_collateral_and_still_pays(attack):
    before, wealth = others(attack.market), attack.wealth()
    me = attack.actor.address
    attack.do(
        attack.on_market("supplyCollateral", 10 * ETH, me, b""),
        attack.on_market("borrow", 16_000 * USD, 0, me, me),
    )
    shares = attack.market.position(me).borrowShares
    take = attack.on_market("withdrawCollateral", 10 * ETH, me, me)
    attack.do(attack.on_market("repay", 0, shares, me, attack.inside(take)))
    assert attack.wealth() == wealth
    assert others(attack.market) == before


def test_re_entry_from_a_liquidation_finds_the_books_closed(attack):
    """Liquidating again inside is a second liquidation of what the first has left."""
    attack.market.push(1_500 * E8)
    shares = attack.market.position(BORROWER).borrowShares
    again = attack.on_market("liquidate", BORROWER, 0, shares // 4, b"")
    events = attack.do(attack.on_market("liquidate", BORROWER, 0, shares // 4, attack.inside(again)))
    done = [values for name, values in events if name == "Liquidation"]
    assert [one["repaidAssets"] for one in done] == [4_000 * USD] * 2
    assert done[1]["healthBeforeWad"] == done[0]["healthAfterWad"] > done[1]["healthAfterWad"]
    assert attack.market.position(BORROWER).borrowShares == shares // 2
    attack.market.require_solvent()


def test_re_entry_from_a_liquidation_cannot_take_twice(attack):
    attack.market.push(1_800 * E8)
    shares = attack.market.position(BORROWER).borrowShares
    again = attack.on_market("liquidate", BORROWER, 0, shares, b"")
    error = attack.fails(attack.on_market("liquidate", BORROWER, 0, shares, attack.inside(again)))
    assert error.startswith("HealthFactorNotBelowThreshold(")
    assert attack.market.debt(BORROWER) == 16_000 * USD


def test_re_entry_from_a_flash_loan_cannot_pay_with_the_loan_twice(attack):
    """A flash loan supplied inside would be owned twice: the tokens are missing when it is due."""
    before = others(attack.market)
    me = attack.actor.address
    supply = attack.on_market("supply", 84_000 * USD, 0, me, b"")
    error = attack.fails(attack.on_market("flashLoan", attack.loan, 84_000 * USD, attack.inside(supply)))
    assert error.startswith("ERC20InsufficientBalance(")
    back = attack.on_market("withdraw", 84_000 * USD, 0, me, me)
    attack.do(attack.on_market("flashLoan", attack.loan, 84_000 * USD, attack.inside(supply, back)))
    assert others(attack.market) == before
    attack.market.require_solvent()


@pytest.mark.parametrize("function", ["supply", "repay", "withdraw", "borrow"])
def test_a_token_that_calls_back_gains_nothing(revm, deploy, function):
    """The token hands control to the actor before it moves, and the actor borrows in between.

    A payment during which money leaves is refused, since less arrives than was asked for.
    """
    attack = Attack(revm, deploy, "OddToken")
    me = attack.actor.address
    attack.do(
        attack.on_market("supplyCollateral", 10 * ETH, me, b""),
        attack.on_market("supply", 5_000 * USD, 0, me, b""),
        attack.on_market("borrow", 2_000 * USD, 0, me, me),
    )
    before, wealth = others(attack.market), attack.wealth()
    calls = [attack.on_market("borrow", 1_000 * USD, 0, me, me)]
    attack.loan.send(OWNER, "setHook", attack.actor, attack.actor.encode("act", calls))
    if function in ("supply", "repay"):
        error = attack.fails(attack.on_market(function, 1_000 * USD, 0, me, b""))
        assert error == f"ReceivedLess({attack.loan.address}, 0, {1_000 * USD})"
    else:
        attack.do(attack.on_market(function, 1_000 * USD, 0, me, me))
        assert attack.loan.read("hookTarget") == ZERO_ADDRESS
    assert (others(attack.market), attack.wealth()) == (before, wealth)
    attack.market.require_solvent()


@pytest.mark.parametrize(
    ("function", "arguments", "side"),
    [
        ("supply", (USD, 0, LENDER, b""), "loan"),
        ("repay", (USD, 0, BORROWER, b""), "loan"),
        ("supplyCollateral", (ETH, BORROWER, b""), "collateral"),
        ("liquidate", (BORROWER, ETH, 0, b""), "loan"),
    ],
)
def test_a_fee_on_transfer_is_refused(revm, deploy, function, arguments, side):
    """Whoever pays in less than is booked would be paid by the others, so that nobody is."""
    attack = Attack(revm, deploy, "OddToken")
    market, token = attack.market, getattr(attack, side)
    market.push(1_800 * E8)
    market.fund(LIQUIDATOR, token, 20_000 * USD + 20 * ETH)
    token.send(OWNER, "setFee", 100)
    before = others(market)
    error = market.market.send_error(LIQUIDATOR, function, *arguments)
    assert error.startswith(f"ReceivedLess({token.address}, ")
    assert others(market) == before
    # Those who are in can leave, at the cost of the token's own fee.
    loan_before = attack.loan.read("balanceOf", LENDER)
    market.market.send(LENDER, "withdraw", USD, 0, LENDER, LENDER)
    fee = USD // 100 if side == "loan" else 0
    assert attack.loan.read("balanceOf", LENDER) - loan_before == USD - fee


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("supply", (USD, 0, LENDER, b"")),
        ("repay", (USD, 0, BORROWER, b"")),
        ("withdraw", (USD, 0, LENDER, LENDER)),
        ("flashLoan", (None, USD, b"")),
    ],
)
def test_a_token_that_answers_false_moves_no_books(revm, deploy, function, arguments):
    attack = Attack(revm, deploy, "OddToken")
    market = attack.market
    market.fund(LENDER, attack.loan, USD)
    attack.loan.send(OWNER, "setAnswersFalse", True)
    before = others(market), market.totals()
    arguments = [attack.loan.address if one is None else one for one in arguments]
    error = market.market.send_error(LENDER, function, *arguments)
    assert error == f"SafeERC20FailedOperation({attack.loan.address})"
    assert (others(market), market.totals()) == before


def test_a_dead_collateral_token_stops_only_its_own_market(revm, deploy):
    """Seized collateral that cannot move stops liquidations; another market on the same dollars goes on."""
    attack = Attack(revm, deploy, "OddToken")
    other = new_isolated_market(revm, deploy, loan=attack.loan)
    other.supply(100_000 * USD)
    other.open(BORROWER, 10 * ETH, 16_000 * USD)
    attack.collateral.send(OWNER, "setAnswersFalse", True)
    for market in (attack.market, other):
        market.push(1_800 * E8)
        market.fund(LIQUIDATOR, market.loan, 16_000 * USD)
    error = attack.market.market.send_error(LIQUIDATOR, "liquidate", BORROWER, ETH, 0, b"")
    assert error == f"SafeERC20FailedOperation({attack.collateral.address})"
    other.market.send(LIQUIDATOR, "liquidate", BORROWER, ETH, 0, b"")
    attack.market.market.send(LENDER, "withdraw", 84_000 * USD, 0, LENDER, LENDER)
