"""Hostile use of the waterfall's stages: lies of stage, fund and policy, and re-entry; nobody's money moves."""

from __future__ import annotations

import pytest
from eth_abi import encode

from sim.chain.accounts import ACCOUNTS
from sim.units import E8, UINT256_MAX
from tests.deployed import Deployed
from tests.lending import OWNER
from tests.perps import ALICE, BOB, KEEPER, USD, new_perp_market
from tests.stages import BYSTANDER, ETH, deleverage_stage, fund_stage, named, new_fund, open_interest, vault

LOCKED = "ReentrancyGuardReentrantCall()"
HIRER = ACCOUNTS.address(54)


class Impostor:
    """A ReentrantActor that stands for a contract which a stage or the market trusts."""

    def __init__(self, perps) -> None:
        self.perps = perps
        self.contract = perps.deploy(perps.chain, "ReentrantActor", HIRER)
        self.address = self.contract.address
        self.answer("FundStage", "absorb", ["int256", "uint256"], 0, 0)

    def fund(self, amount: int, spender: Deployed) -> None:
        """Give it quote tokens that `spender` may take."""
        self.perps.quote.send(OWNER, "mint", self.address, amount)
        self.act(self.perps.quote, "approve", spender, UINT256_MAX)

    def answer(self, kind: str, function: str, types: list[str], *values: object) -> None:
        """Set what it says when it is called as `kind.function`."""
        selector = self.contract.artifacts[kind].function(function).selector
        self.contract.send(HIRER, "setAnswer", selector, encode(types, values))

    def act(self, target: Deployed, function: str, *args: object) -> list[tuple[str, dict]]:
        return self.contract.send(HIRER, "act", target.address, target.encode(function, *args))

    def arm(self, target: Deployed, function: str, *args: object) -> None:
        self.contract.send(HIRER, "arm", target.address, target.encode(function, *args))

    def require_locked(self) -> None:
        assert (self.contract.read("attempts") > 0, self.contract.read("successes")) == (True, 0)
        assert self.contract.artifacts.decoder.decode_error(self.contract.read("outcome")) == LOCKED


@pytest.fixture
def perps(revm, deploy):
    """ALICE lacks 500 at 1,700, in a token that calls its holders."""
    revm.begin(1)
    quote = deploy(revm, "CallbackToken", "USDC", "USDC", 6, OWNER)
    made = new_perp_market(revm, deploy, quote=quote)
    open_interest(made)
    return made


def test_a_stage_that_claims_to_have_closed_and_paid_has_not(perps):
    liar = Impostor(perps)
    liar.answer("FundStage", "absorb", ["int256", "uint256"], 5 * ETH, 500 * USD)
    fund = new_fund(perps, 2_000 * USD)
    perps.waterfall(liar, fund_stage(perps, fund))
    perps.price("ETH", 1_700 * E8)
    events = perps.market.send(KEEPER, *perps.liquidate_args(ALICE, "ETH"))
    asked = named(events, "StageAsked")
    assert [(one["closedWad"], one["paidQuote"]) for one in asked] == [(0, 0), (0, 500 * USD)]
    assert fund.read("totalAssets") == 1_500 * USD
    perps.require_conserved()


@pytest.mark.parametrize("require_full", [False, True])
def test_a_fund_that_claims_to_have_paid_has_not(perps, require_full):
    liar = Impostor(perps)
    liar.answer("InsuranceFund", "asset", ["address"], perps.quote.address)
    liar.answer("InsuranceFund", "coverDeficit", ["uint256"], 500 * USD)
    perps.waterfall(perps.deploy(perps.chain, "FundStage", perps.market, liar.address, require_full, OWNER))
    perps.price("ETH", 1_700 * E8)
    if require_full:
        assert perps.liquidate_error(ALICE, "ETH") == f"FundShort({500 * USD}, 0)"
    else:
        perps.liquidate(ALICE, "ETH")
        assert perps.totals().badDebtQuote == 500 * USD
    perps.require_conserved()


@pytest.mark.parametrize(
    ("sizes", "error"),
    [
        ([], "PolicyAnswerMismatch(0, 1)"),
        ([5 * ETH, 0], "PolicyAnswerMismatch(2, 1)"),
        ([5 * ETH + 1], "InvalidTransfer("),
        ([2**255], "SafeCastOverflowedUintToInt("),
    ],
)
def test_a_policy_that_answers_nonsense_closes_nobody(perps, sizes, error):
    liar = Impostor(perps)
    liar.answer("CappedProRata", "allocate", ["uint256[]"], sizes)
    stage = perps.deploy(perps.chain, "DeleverageStage", perps.market, liar.address, 0)
    perps.waterfall(stage)
    perps.book(most_wad=0)
    perps.price("ETH", 1_700 * E8)
    arguments = perps.liquidate_args(ALICE, "ETH")[1:]
    found = stage.send_error(KEEPER, "liquidate", *arguments, [(BOB, False)])
    assert found.startswith(error)
    assert perps.size(BOB, "ETH") == -5 * ETH


@pytest.mark.parametrize("function", ["withdraw", "liquidate", "deposit", "redeem"])
def test_a_stage_that_is_asked_enters_neither_market_nor_vault_again(perps, function):
    intruder, made = Impostor(perps), vault(perps, 1_000 * USD)
    perps.waterfall(intruder)
    intruder.fund(100 * USD, made)
    intruder.act(made, "deposit", 50 * USD, intruder.address)
    calls = {
        "withdraw": (perps.market, 1, perps.slot(None), HIRER),
        "liquidate": (perps.market, *perps.liquidate_args(ALICE, "ETH")[1:]),
        "deposit": (made, 1, intruder.address),
        "redeem": (made, 10**9, intruder.address, intruder.address),
    }
    target, *args = calls[function]
    intruder.arm(target, function, *args)
    perps.price("ETH", 1_700 * E8)
    perps.liquidate(ALICE, "ETH")
    intruder.require_locked()
    perps.require_conserved()


@pytest.mark.parametrize("function", ["deposit", "redeem", "unwind"])
def test_a_depositor_does_not_enter_the_vault_from_a_transfer(perps, function):
    made, actor = vault(perps, 1_000 * USD), Impostor(perps)
    actor.fund(1_000 * USD, made)
    actor.act(made, "deposit", 500 * USD, actor.address)
    calls = {
        "deposit": (1 * USD, actor.address),
        "redeem": (1, actor.address, actor.address),
        "unwind": (perps.instruments["ETH"],),
    }
    actor.arm(made, function, *calls[function])
    perps.quote.send(OWNER, "setHooked", actor.address, True)
    actor.act(made, "withdraw", 100 * USD, actor.address, actor.address)
    actor.require_locked()
    perps.require_conserved()


def test_a_keeper_does_not_take_its_fee_twice(perps):
    stage, keeper = deleverage_stage(perps), Impostor(perps)
    perps.waterfall(stage)
    perps.add("ETH", 0, liquidationFeeBps=50)
    perps.price("ETH", 1_830 * E8)
    perps.quote.send(OWNER, "setHooked", keeper.address, True)
    keeper.arm(stage, "claimFee", keeper.address)
    events = keeper.act(stage, "liquidate", *perps.liquidate_args(ALICE, "ETH")[1:], [])
    keeper.require_locked()
    assert perps.quote.read("balanceOf", keeper.address) == named(events, "Liquidated")[0]["feeQuote"]
    assert perps.cash(stage) == stage.read("feeOwedQuote", keeper.address) == 0
    perps.require_conserved()


def test_dues_are_not_forwarded_out_of_a_draw(perps):
    """Whoever is called while tokens move cannot turn a draw into a contribution; the fund is locked too."""
    fund = new_fund(perps, 2_000 * USD)
    stage, thief = fund_stage(perps, fund), Impostor(perps)
    thief.arm(stage, "forwardDues")
    perps.waterfall(thief, stage)
    perps.price("ETH", 1_700 * E8)
    perps.fund(BYSTANDER, 7 * USD)
    perps.quote.send(BYSTANDER, "transfer", stage, 7 * USD)
    perps.liquidate(ALICE, "ETH")
    assert fund.read("totalAssets") == 1_507 * USD
    assert perps.quote.read("balanceOf", stage) == 0
    perps.require_conserved()
