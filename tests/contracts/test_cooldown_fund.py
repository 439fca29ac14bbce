"""CooldownFund: who leaves waits and bears losses meanwhile; draws and caps are those of InsuranceFund."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import Block, DeployReverted
from sim.chain.revm import RevmChain
from tests.deployed import Deployed

OWNER, PROTOCOL, OTHER, STAKER, LATECOMER, FRIEND = (ACCOUNTS.address(i) for i in range(1, 7))
COOLDOWN_S, WINDOW_S = 1_000, 100
YEAR_S = 365 * 86_400


def new_fund(chain, deploy, cooldown_s: int = COOLDOWN_S, window_s: int = WINDOW_S) -> tuple[Deployed, Deployed]:
    token = deploy(chain, "AssetToken", "USD Coin", "USDC", 6, OWNER)
    return deploy(chain, "CooldownFund", token, "USDC fund", "fUSDC", OWNER, cooldown_s, window_s), token


def stake(fund: Deployed, token: Deployed, account: str, amount: int) -> None:
    token.send(OWNER, "mint", account, amount)
    token.send(account, "approve", fund, amount)
    fund.send(account, "deposit", amount, account)


def wait(fund: Deployed, seconds: int) -> None:
    """Let time pass, also for views."""
    fund.chain.execute(Block(fund.chain.timestamp_s + seconds, []))


@pytest.fixture
def fund_and_token(revm, deploy):
    """A fund of 1,000 from STAKER, with PROTOCOL's cap at 600."""
    fund, token = new_fund(revm, deploy)
    stake(fund, token, STAKER, 1_000)
    fund.send(OWNER, "setProtocol", PROTOCOL, 600)
    return fund, token


def redeemable(fund: Deployed, account: str) -> tuple[int, int]:
    return fund.read("maxRedeem", account), fund.read("maxWithdraw", account)


def test_shares_are_redeemed_in_the_window_alone(fund_and_token):
    fund, token = fund_and_token
    assert redeemable(fund, STAKER) == (0, 0)
    assert fund.send_error(STAKER, "redeem", 1, STAKER, STAKER) == f"ERC4626ExceededMaxRedeem({STAKER}, 1, 0)"
    start = fund.chain.timestamp_s
    events = dict(fund.send(STAKER, "requestUnstake", 400))
    assert events["UnstakeRequested"] == {
        "owner": STAKER,
        "shares": 400,
        "fromTimestamp": start + COOLDOWN_S,
        "untilTimestamp": start + COOLDOWN_S + WINDOW_S,
    }
    wait(fund, COOLDOWN_S - 1)
    assert redeemable(fund, STAKER) == (0, 0)
    wait(fund, 1)
    assert redeemable(fund, STAKER) == (400, 400)
    assert (
        fund.send_error(STAKER, "withdraw", 401, STAKER, STAKER)
        == f"ERC4626ExceededMaxWithdraw({STAKER}, 401, 400)"
    )
    fund.send(STAKER, "withdraw", 150, STAKER, STAKER)
    assert redeemable(fund, STAKER) == (250, 250)
    wait(fund, WINDOW_S - 1)
    fund.send(STAKER, "redeem", 100, STAKER, STAKER)
    assert redeemable(fund, STAKER) == (150, 150)
    wait(fund, 1)
    assert redeemable(fund, STAKER) == (0, 0)
    assert token.read("balanceOf", STAKER) == 250


def test_requested_shares_bear_a_draw_until_they_are_redeemed(fund_and_token):
    fund, token = fund_and_token
    fund.send(STAKER, "requestUnstake", 1_000)
    wait(fund, COOLDOWN_S)
    fund.send(PROTOCOL, "coverDeficit", token, 500)
    assert redeemable(fund, STAKER) == (1_000, 500)
    fund.send(STAKER, "redeem", 1_000, STAKER, STAKER)
    assert token.read("balanceOf", STAKER) == 500


def test_a_new_request_starts_the_wait_again_and_zero_takes_it_back(fund_and_token):
    fund, _ = fund_and_token
    fund.send(STAKER, "requestUnstake", 1_000)
    wait(fund, COOLDOWN_S)
    fund.send(STAKER, "requestUnstake", 1)
    assert redeemable(fund, STAKER) == (0, 0)
    fund.send(STAKER, "requestUnstake", 0)
    wait(fund, COOLDOWN_S)
    assert redeemable(fund, STAKER) == (0, 0)


def test_no_more_is_requested_than_there_is(fund_and_token):
    fund, _ = fund_and_token
    assert fund.send_error(STAKER, "requestUnstake", 1_001) == "UnstakeExceedsBalance(1001, 1000)"
    assert fund.send_error(OTHER, "requestUnstake", 1) == "UnstakeExceedsBalance(1, 0)"


def test_shares_sent_away_lose_their_request(fund_and_token):
    """Else two accounts with requests in turn would pass shares to whichever may redeem."""
    fund, _ = fund_and_token
    fund.send(STAKER, "requestUnstake", 1_000)
    fund.send(STAKER, "transfer", FRIEND, 700)
    fund.send(FRIEND, "transfer", STAKER, 700)
    wait(fund, COOLDOWN_S)
    assert (redeemable(fund, STAKER), redeemable(fund, FRIEND)) == ((300, 300), (0, 0))


def test_one_who_is_allowed_to_redeems_no_more_than_was_requested(fund_and_token):
    fund, token = fund_and_token
    fund.send(STAKER, "approve", FRIEND, 1_000)
    fund.send(STAKER, "requestUnstake", 300)
    wait(fund, COOLDOWN_S)
    assert (
        fund.send_error(FRIEND, "redeem", 301, FRIEND, STAKER) == f"ERC4626ExceededMaxRedeem({STAKER}, 301, 300)"
    )
    fund.send(FRIEND, "redeem", 300, FRIEND, STAKER)
    assert token.read("balanceOf", FRIEND) == 300


@pytest.mark.parametrize(("cooldown_s", "window_s"), [(0, 1), (1, 0), (YEAR_S + 1, 1), (1, YEAR_S + 1)])
def test_waits_have_bounds(revm, deploy, artifacts, cooldown_s, window_s):
    with pytest.raises(DeployReverted) as refused:
        new_fund(revm, deploy, cooldown_s, window_s)
    error = artifacts.decoder.decode_error(refused.value.data)
    assert error == f"CooldownOutOfRange({cooldown_s}, {window_s}, {YEAR_S})"


def test_without_a_cooldown_it_is_the_plain_fund(revm, deploy):
    fund, token = new_fund(revm, deploy, 0, 0)
    stake(fund, token, STAKER, 1_000)
    assert fund.send_error(STAKER, "requestUnstake", 1) == "NoCooldown()"
    assert redeemable(fund, STAKER) == (1_000, 1_000)
    fund.send(STAKER, "redeem", 1_000, STAKER, STAKER)
    assert token.read("balanceOf", STAKER) == 1_000


def test_contributions_are_the_stakers_alike(fund_and_token):
    fund, token = fund_and_token
    stake(fund, token, LATECOMER, 3_000)
    token.send(OWNER, "mint", OTHER, 400)
    token.send(OTHER, "approve", fund, 400)
    events = dict(fund.send(OTHER, "contribute", 400))
    assert events["Contributed"] == {"payer": OTHER, "assets": 400}
    assert fund.read("previewRedeem", 1_000) == 1_099  # 1,100 less the virtual share's part
    assert fund.read("totalAssets") == 4_400 == token.read("balanceOf", fund)


def test_nothing_is_contributed_to_nobody(revm, deploy):
    fund, token = new_fund(revm, deploy)
    token.send(OWNER, "mint", OTHER, 400)
    token.send(OTHER, "approve", fund, 400)
    assert fund.send_error(OTHER, "contribute", 400) == "NoStakers()"


@given(gift=st.integers(0, 10**13), stake_units=st.integers(1, 10**12), donated=st.booleans())
def test_inflating_the_price_before_the_first_deposit_costs_its_author(
    gift, stake_units, donated, artifacts, deploy
):
    """The attacker owns the only share, raises its price, and the victim's deposit rounds down."""
    with RevmChain() as chain:
        fund, token = new_fund(chain, deploy, 0, 0)
        stake(fund, token, OTHER, 1)
        token.send(OWNER, "mint", OTHER, gift)
        if donated:
            token.send(OTHER, "transfer", fund, gift)
        else:
            token.send(OTHER, "approve", fund, gift)
            fund.send(OTHER, "contribute", gift)
        stake(fund, token, STAKER, stake_units)
        victims = fund.read("previewRedeem", fund.read("balanceOf", STAKER))
        attackers = fund.read("previewRedeem", fund.read("balanceOf", OTHER))
        assert attackers <= 1 + gift
        assert stake_units - victims <= (0 if donated else gift + 1)


ACTION = st.sampled_from(["deposit", "draw", "draw", "request", "redeem", "send", "donate", "contribute", "wait"])
STEP = st.tuples(ACTION, st.integers(0, 2), st.integers(1, 10**12))
STAKERS = (STAKER, LATECOMER, FRIEND)
PROTOCOLS = (PROTOCOL, OTHER)


class Play:
    """A fund under random actions, with what must hold of it."""

    def __init__(self, chain: RevmChain, deploy, caps: tuple[int, int]) -> None:
        self.fund, self.token = new_fund(chain, deploy)
        self.caps = dict(zip(PROTOCOLS, caps, strict=True))
        for protocol, cap in self.caps.items():
            self.fund.send(OWNER, "setProtocol", protocol, cap)
        self.donated = 0

    def act(self, action: str, who: int, amount: int) -> None:
        getattr(self, f"_{action}")(STAKERS[who], amount)

    def _deposit(self, account: str, amount: int) -> None:
        stake(self.fund, self.token, account, amount)

    def _draw(self, account: str, amount: int) -> None:
        protocol = PROTOCOLS[STAKERS.index(account) % 2]
        self.fund.send(protocol, "coverDeficit", self.token, amount)

    def _request(self, account: str, amount: int) -> None:
        self.fund.send(account, "requestUnstake", min(amount, self.fund.read("balanceOf", account)))

    def _redeem(self, account: str, amount: int) -> None:
        shares = min(amount, self.fund.read("maxRedeem", account))
        expected = self.fund.read("previewRedeem", shares)
        before = self.token.read("balanceOf", account)
        self.fund.send(account, "redeem", shares, account, account)
        assert self.token.read("balanceOf", account) - before == expected

    def _send(self, account: str, amount: int) -> None:
        to = STAKERS[(STAKERS.index(account) + 1) % len(STAKERS)]
        self.fund.send(account, "transfer", to, min(amount, self.fund.read("balanceOf", account)))

    def _donate(self, account: str, amount: int) -> None:
        self.token.send(OWNER, "mint", self.fund, amount)
        self.donated += amount

    def _contribute(self, account: str, amount: int) -> None:
        self.token.send(OWNER, "mint", PROTOCOL, amount)
        self.token.send(PROTOCOL, "approve", self.fund, amount)
        receipt = self.fund.try_send(PROTOCOL, "contribute", amount)
        assert receipt.ok == (self.fund.read("totalSupply") != 0)
        if not receipt.ok:
            self.token.send(PROTOCOL, "transfer", OWNER, amount)

    def _wait(self, account: str, amount: int) -> None:
        wait(self.fund, amount % (COOLDOWN_S + WINDOW_S))

    def price(self) -> tuple[int, int]:
        return self.fund.read("totalAssets") + 1, self.fund.read("totalSupply") + 1


@given(steps=st.lists(STEP, max_size=14), caps=st.tuples(st.integers(0, 10**12), st.integers(0, 10**12)))
def test_the_share_price_falls_by_draws_alone_and_nobody_leaves_unasked(steps, caps, artifacts, deploy):
    with RevmChain() as chain:
        play = Play(chain, deploy, caps)
        fund, token = play.fund, play.token
        for action, who, amount in steps:
            before = play.price()
            play.act(action, who, amount)
            after = play.price()
            assert action == "draw" or after[0] * before[1] >= before[0] * after[1], action
            assert token.read("balanceOf", fund) == fund.read("totalAssets") + play.donated
            for protocol, cap in play.caps.items():
                drawn = fund.read("protocolDraws", protocol).drawnAssets
                assert drawn <= cap
            for account in STAKERS:
                request = fund.read("unstakeRequest", account)
                assert request.shares <= fund.read("balanceOf", account)
                is_open = request.fromTimestamp <= chain.timestamp_s < request.untilTimestamp
                assert fund.read("maxRedeem", account) == (request.shares if is_open else 0)
                assert fund.read("maxWithdraw", account) == fund.read(
                    "previewRedeem", fund.read("maxRedeem", account)
                )


@given(lead_s=st.integers(0, 2 * COOLDOWN_S), draw=st.integers(1, 1_000))
def test_nobody_leaves_ahead_of_a_draw_who_asked_too_late(lead_s, draw, artifacts, deploy):
    """A staker asks `lead_s` before a draw and leaves at the first chance; who stays, stays."""
    with RevmChain() as chain:
        fund, token = new_fund(chain, deploy)
        stake(fund, token, STAKER, 1_000)
        stake(fund, token, LATECOMER, 1_000)
        fund.send(OWNER, "setProtocol", PROTOCOL, 1_000)
        fund.send(STAKER, "requestUnstake", 1_000)
        left = lead_s >= COOLDOWN_S
        if left:
            wait(fund, COOLDOWN_S)
            fund.send(STAKER, "redeem", 1_000, STAKER, STAKER)
        else:
            wait(fund, lead_s)
        fund.send(PROTOCOL, "coverDeficit", token, draw)
        if not left:
            wait(fund, COOLDOWN_S - lead_s)
            fund.send(STAKER, "redeem", 1_000, STAKER, STAKER)
        borne = 1_000 - token.read("balanceOf", STAKER)
        assert borne == 0 if left else draw // 2 <= borne <= draw // 2 + 1
