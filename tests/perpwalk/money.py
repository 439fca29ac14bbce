"""Operations of the walk that move money: in and out of accounts, collateral, fund, vault, and dues."""

from __future__ import annotations

from sim.units import UINT256_MAX
from tests.lending import OWNER
from tests.perps import CROSS, KEEPER, USD
from tests.perpwalk.exchange import DEPOSITORS, MAKER_USD, STAKERS, SYMBOLS, TRADERS
from tests.perpwalk.walk import Walk


def deposit(walk: Walk) -> None:
    """Into any account of a trader."""
    account = walk.any_trader()
    walk.to_market(account, "deposit", walk.random.randint(1, 20_000 * USD), account, walk.any_slot())


def withdraw(walk: Walk) -> None:
    """Some of an account, or all of its cash."""
    account, slot = walk.any_trader(), walk.any_slot()
    amount = walk.random.choice([UINT256_MAX, walk.random.randint(1, 20_000 * USD)])
    if walk.to_market(account, "withdraw", amount, slot, account):
        walk.require_margin(account, slot)


def move_cash(walk: Walk) -> None:
    """Between two accounts of a trader."""
    account, source = walk.any_trader(), walk.any_slot()
    amount = walk.random.randint(1, 5_000 * USD)
    if walk.to_market(account, "moveCash", source, walk.any_slot(), amount):
        walk.require_margin(account, source)


def collateral(walk: Walk) -> None:
    """In and out."""
    account, amount = walk.any_trader(), walk.random.randint(1, 3 * 10**11)
    desk, sol = walk.perps.collateral, walk.exchange.sol
    if walk.random.random() < 0.6:
        walk.send(desk, account, "deposit", sol, amount, account)
    elif walk.send(desk, account, "withdraw", sol, walk.random.choice([UINT256_MAX, amount]), account):
        walk.require_margin(account, CROSS)
    walk.ledger.require_collateral_adds_up()


def buy_collateral(walk: Walk) -> None:
    """Of everybody in debt."""
    most = walk.random.choice([UINT256_MAX, walk.random.randint(1, 5_000 * USD)])
    for owner in TRADERS:
        if walk.perps.cash(owner) < 0:
            walk.send(walk.perps.collateral, KEEPER, "buy", owner, walk.exchange.sol, most)
    walk.ledger.require_collateral_adds_up()


def stake(walk: Walk) -> None:
    """In the fund, or ask to leave, or leave."""
    fund, account, act = walk.exchange.fund, walk.random.choice(STAKERS), walk.random.random()
    if act < 0.4:
        walk.send(fund, account, "deposit", walk.random.randint(1, 20_000 * USD), account)
    elif act < 0.6:
        _request(walk, fund, account)
    else:
        _redeem(walk, fund, account)


def vault(walk: Walk) -> None:
    """Into the backstop, or ask to leave, or leave."""
    made, account, act = walk.exchange.vault, walk.random.choice(DEPOSITORS), walk.random.random()
    if act < 0.4:
        walk.send(made, account, "deposit", walk.random.randint(1, 30_000 * USD), account)
    elif act < 0.6:
        _request(walk, made, account)
    else:
        _redeem(walk, made, account)


def _request(walk: Walk, vault: object, account: str) -> None:
    shares = vault.read("balanceOf", account)
    walk.send(vault, account, "requestUnstake", shares // walk.random.choice([1, 1, 3]))


def _redeem(walk: Walk, vault: object, account: str) -> None:
    """As much as is let go, or a unit more, which is refused."""
    free = vault.read("maxRedeem", account)
    shares = max(free // walk.random.choice([1, 2]), 1) if walk.random.random() < 0.9 else free + 1
    landed = walk.send(vault, account, "redeem", shares, account, account)
    assert landed <= (shares <= free)


def makers(walk: Walk) -> None:
    """Capital for a maker that has lost half of it."""
    for pricing in walk.exchange.pricing.values():
        state = walk.state(pricing, CROSS)
        if state is not None and state.openingQuote < MAKER_USD * USD // 2:
            walk.perps.fund(OWNER, MAKER_USD * USD)
            walk.to_market(OWNER, "deposit", MAKER_USD * USD, pricing, CROSS)


def dues(walk: Walk) -> None:
    """Fees to the owner; the fund's dues to its stage, and from there to the fund."""
    walk.to_market(OWNER, "takeFees", OWNER)
    walk.to_market(KEEPER, "sendFundDues")
    if walk.random.random() < 0.7:
        walk.send(walk.exchange.fund_stages[0], KEEPER, "forwardDues")
    for stage in walk.exchange.deleveraging.values():
        if stage.read("feeOwedQuote", KEEPER):
            walk.send(stage, KEEPER, "claimFee", KEEPER)


def bad_debt(walk: Walk) -> None:
    """Ask the stages about what was booked, or cover a part of it."""
    instrument = walk.exchange.token(walk.random.choice(SYMBOLS))
    owed = walk.market.read("instrumentState", instrument).badDebtQuote
    walk.to_market(KEEPER, "resolveBadDebt", instrument)
    walk.to_market(KEEPER, "coverBadDebt", instrument, walk.random.randint(1, max(owed, 1)))


def deficits(walk: Walk) -> None:
    """Show and resolve accounts that are worth less than nothing."""
    for owner, slot in walk.perps.accounts():
        state = walk.state(owner, slot)
        if state is None or state.equityQuote >= 0:
            continue
        walk.to_market(KEEPER, "gateWithdrawals", owner, slot)
        if not walk.market.read("openInstruments", owner, slot):
            walk.to_market(KEEPER, "resolveDeficit", owner, slot)
