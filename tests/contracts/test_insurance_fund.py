"""InsuranceFund: shares, draws up to a cap, and assets that donations do not touch."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.revm import RevmChain
from tests.deployed import Deployed

OWNER, PROTOCOL, OTHER, STAKER, LATECOMER = (ACCOUNTS.address(i) for i in range(1, 6))


def new_fund(chain, deploy) -> tuple[Deployed, Deployed]:
    token = deploy(chain, "AssetToken", "USD Coin", "USDC", 6, OWNER)
    return deploy(chain, "InsuranceFund", token, "USDC fund", "fUSDC", OWNER), token


def stake(fund: Deployed, token: Deployed, account: str, amount: int) -> None:
    token.send(OWNER, "mint", account, amount)
    token.send(account, "approve", fund, amount)
    fund.send(account, "deposit", amount, account)


@pytest.fixture
def fund_and_token(revm, deploy):
    """A fund of 1,000 from STAKER, with PROTOCOL's cap at 600."""
    fund, token = new_fund(revm, deploy)
    stake(fund, token, STAKER, 1_000)
    fund.send(OWNER, "setProtocol", PROTOCOL, 600)
    return fund, token


def test_only_registered_protocols_draw(fund_and_token):
    fund, token = fund_and_token
    assert fund.send_error(OTHER, "coverDeficit", token, 1) == f"NotProtocol({OTHER})"
    assert fund.send_error(PROTOCOL, "coverDeficit", fund, 1) == f"AssetMismatch({fund.address}, {token.address})"
    refused = f"OwnableUnauthorizedAccount({OTHER})"
    assert fund.send_error(OTHER, "setProtocol", OTHER, 1) == refused


def test_a_draw_is_bounded_by_the_cap_over_the_lifetime(fund_and_token):
    fund, token = fund_and_token
    for asked, got in ((500, 500), (500, 100), (500, 0)):
        events = dict(fund.send(PROTOCOL, "coverDeficit", token, asked))
        assert (events["DeficitDrawn"]["requested"], events["DeficitDrawn"]["drawn"]) == (asked, got)
    assert token.read("balanceOf", PROTOCOL) == 600
    assert tuple(fund.read("protocolDraws", PROTOCOL)) == (True, 600, 600)
    assert fund.read("totalAssets") == 400


def test_a_lowered_cap_stops_draws_without_a_revert(fund_and_token):
    fund, token = fund_and_token
    fund.send(PROTOCOL, "coverDeficit", token, 300)
    fund.send(OWNER, "setProtocol", PROTOCOL, 0)
    events = dict(fund.send(PROTOCOL, "coverDeficit", token, 300))
    assert (events["DeficitDrawn"]["drawn"], events["DeficitDrawn"]["capLeft"]) == (0, 0)


def test_a_draw_is_bounded_by_the_assets(fund_and_token):
    fund, token = fund_and_token
    fund.send(OWNER, "setProtocol", PROTOCOL, 10_000)
    events = dict(fund.send(PROTOCOL, "coverDeficit", token, 5_000))
    assert events["DeficitDrawn"] == {
        "protocol": PROTOCOL,
        "requested": 5_000,
        "drawn": 1_000,
        "capLeft": 9_000,
        "assetsBefore": 1_000,
    }
    assert fund.read("totalAssets") == 0


def test_one_protocol_cannot_use_the_cap_of_another(fund_and_token):
    fund, token = fund_and_token
    fund.send(OWNER, "setProtocol", OTHER, 50)
    fund.send(PROTOCOL, "coverDeficit", token, 600)
    fund.send(OTHER, "coverDeficit", token, 600)
    assert (token.read("balanceOf", PROTOCOL), token.read("balanceOf", OTHER)) == (600, 50)


def test_donations_are_nobodys(fund_and_token):
    fund, token = fund_and_token
    price = fund.read("convertToAssets", 10**6)
    token.send(OWNER, "mint", fund, 10**12)
    assert fund.read("totalAssets") == 1_000
    assert fund.read("convertToAssets", 10**6) == price
    stake(fund, token, LATECOMER, 1_000)
    assert fund.read("balanceOf", LATECOMER) == fund.read("balanceOf", STAKER)


def test_a_draw_is_shared_by_stakers_alike(fund_and_token):
    fund, token = fund_and_token
    stake(fund, token, LATECOMER, 3_000)
    fund.send(OWNER, "setProtocol", PROTOCOL, 2_000)
    fund.send(PROTOCOL, "coverDeficit", token, 2_000)
    for account, left in ((STAKER, 500), (LATECOMER, 1_500)):
        assert fund.read("previewRedeem", fund.read("balanceOf", account)) == left
        fund.send(account, "redeem", fund.read("balanceOf", account), account, account)
        assert token.read("balanceOf", account) == left


STEP = st.tuples(st.sampled_from(["deposit", "draw", "redeem", "donate"]), st.integers(1, 10**12))


@given(steps=st.lists(STEP, max_size=12), cap=st.integers(0, 10**12))
def test_the_fund_owns_what_it_counts(steps, cap, artifacts, deploy):
    """Tokens held = assets counted + donations; claims never exceed assets; draws never exceed the cap."""
    with RevmChain() as chain:
        fund, token = new_fund(chain, deploy)
        fund.send(OWNER, "setProtocol", PROTOCOL, cap)
        donated = 0
        for action, amount in steps:
            if action == "deposit":
                stake(fund, token, STAKER, amount)
            elif action == "draw":
                fund.send(PROTOCOL, "coverDeficit", token, amount)
            elif action == "redeem":
                shares = min(amount, fund.read("balanceOf", STAKER))
                fund.send(STAKER, "redeem", shares, STAKER, STAKER)
            else:
                token.send(OWNER, "mint", fund, amount)
                donated += amount
            assets = fund.read("totalAssets")
            assert token.read("balanceOf", fund) == assets + donated
            assert fund.read("previewRedeem", fund.read("balanceOf", STAKER)) <= assets
            assert fund.read("protocolDraws", PROTOCOL).drawnAssets <= cap
