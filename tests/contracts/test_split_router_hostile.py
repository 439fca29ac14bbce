"""Venues that refuse, burn, lie, keep or call back: the sale goes elsewhere or is undone, and nobody loses."""

import pytest

from sim.units import WAD
from tests.split import SplitVenue
from tests.venue import FOREVER, OWNER, POCKETS, TRADER, TREASURY, deploy

RESERVES = ((1_000 * WAD, 1_000 * WAD), (2_000 * WAD, 2_000 * WAD))
MODES = (
    "Honest QuoteFails QuoteFailsBig QuoteReturnsBig QuoteBurnsGas QuoteIsShort QuoteIsHuge QuotesDouble "
    "TakesHalf KeepsAll Calls"
).split()
SOLD = 100 * WAD


@pytest.fixture(scope="module")
def deployed():
    """Two constant-product pools at par and a venue that pays 99 % of what it takes, to any amount."""
    market = SplitVenue.empty(decimals=(18, 18), token_type="OddToken")
    router = deploy(market.chain, "SwapRouter")
    for fee_bps in (30, 5):
        pool = deploy(market.chain, "ConstantProductPool", market.token0, market.token1, fee_bps, OWNER)
        market.add(pool, router)
    hostile = deploy(market.chain, "HostileVenue", market.token1, 9_900)
    market.add(hostile, hostile)
    market.token1.send(OWNER, "mint", hostile, POCKETS)
    market.fill(RESERVES)
    market.list()
    return market


@pytest.fixture
def market(deployed):
    with deployed.undone():
        yield deployed


def set_mode(market, mode, target=None, attempt=b""):
    target = target.address if target else "0x" + "00" * 20
    market.venues[2].send(OWNER, "setMode", MODES.index(mode), target, attempt)


def sale_error(market, route=None, least=0):
    route = market.venues if route is None else route
    return market.router.send_error(TRADER, "swapExactIn", route, market.token0, SOLD, least, TREASURY, FOREVER)


def test_an_honest_one_takes_what_the_pools_would_pay_less_for(market):
    """At 99 % flat the pools are sold on until their marginal prices are as low, half a percent of them."""
    sold = market.sell(market.token0, SOLD)
    assert sold.amounts_in[2] > sold.amounts_in[1] > sold.amounts_in[0] > 0
    assert sold.received > SOLD * 9_900 // 10_000


@pytest.mark.parametrize(
    "mode", ["QuoteFails", "QuoteFailsBig", "QuoteReturnsBig", "QuoteBurnsGas", "QuoteIsShort", "QuoteIsHuge"]
)
def test_one_without_a_usable_quote_is_left_out(market, mode):
    """All gas burnt, a megabyte in answer, too little or too much of it: as if the venue were not listed."""
    with market.undone():
        expected = market.sell(market.token0, SOLD, market.venues[:2])
    set_mode(market, mode)
    sold = market.sell(market.token0, SOLD)
    assert sold.amounts_in == (*expected.amounts_in, 0)
    assert sold.received == expected.received
    error = market.router.read_error("quoteExactIn", market.venues[2:], market.token0, SOLD)
    assert error == f"NoVenuePays({market.token0.address}, {SOLD})"


def test_one_that_pays_less_than_it_quoted_undoes_the_sale(market):
    """Even where the caller asked for no least output: the promise of the split is in the quotes."""
    venue = market.venues[2].address
    set_mode(market, "QuotesDouble")
    assert sale_error(market) == f"QuoteNotKept({venue}, {SOLD * 99 // 100}, {SOLD * 198 // 100})"
    set_mode(market, "KeepsAll")
    assert sale_error(market).startswith(f"QuoteNotKept({venue}, 0, ")


def test_legs_given_by_the_caller_are_bound_by_the_least_output_alone(market):
    set_mode(market, "KeepsAll")
    legs = [(market.venues[1].address, SOLD // 2), (market.venues[2].address, SOLD // 2)]
    paid = market.quote_alone(1, market.token0, SOLD // 2)
    arguments = (legs, market.token0, SOLD)
    error = market.router.send_error(TRADER, "swapSplit", *arguments, paid + 1, TREASURY, FOREVER)
    assert error == f"InsufficientOutput({paid}, {paid + 1})"
    market.router.send(TRADER, "swapSplit", *arguments, paid, TREASURY, FOREVER)
    market.assert_empty_handed()


def test_one_that_takes_less_than_its_leg_undoes_the_sale(market):
    set_mode(market, "TakesHalf")
    venue = market.venues[2].address
    assert sale_error(market, market.venues[2:]) == f"InputNotTaken({venue}, {SOLD // 2}, {SOLD})"


@pytest.mark.parametrize("function", ["swapExactIn", "swapSplit"])
def test_nobody_sells_in_the_middle_of_a_sale(market, function):
    over = {"swapExactIn": [market.venues[0].address], "swapSplit": [(market.venues[0].address, WAD)]}
    attempt = market.router.encode(function, over[function], market.token0, WAD, 0, TREASURY, FOREVER)
    set_mode(market, "Calls", market.router, attempt)
    assert sale_error(market) == "ReentrancyGuardReentrantCall()"


def test_one_that_trades_elsewhere_in_the_middle_of_a_sale_cannot_spoil_a_later_leg(market):
    """It makes the second pool's price fall before that pool's own leg, which then pays less than it was to."""
    hostile, pool = market.venues[2], market.venues[1]
    market.token0.send(TRADER, "transfer", pool, 100 * WAD)
    set_mode(market, "Calls", pool, pool.encode("sync"))
    assert sale_error(market, [hostile, pool]).startswith(f"QuoteNotKept({pool.address}, ")


def test_tokens_with_a_fee_are_refused(market):
    market.token0.send(OWNER, "setFee", 100)
    expected = f"ReceivedLess({market.token0.address}, {SOLD * 99 // 100}, {SOLD})"
    assert sale_error(market) == expected


def test_an_output_with_a_fee_is_less_than_quoted(market):
    market.token1.send(OWNER, "setFee", 100)
    assert sale_error(market).startswith("QuoteNotKept(")


def test_a_recipient_that_the_token_refuses_undoes_the_sale(market):
    market.token1.send(OWNER, "setBlocked", TREASURY, True)
    assert sale_error(market) == f"Blocked({TREASURY})"


def test_tokens_that_lay_here_before_are_nobodys(market):
    """A gift stays where it is: it is neither sold nor in the way."""
    for token in (market.token0, market.token1):
        token.send(OWNER, "mint", market.router, 7)
    route = market.venues[:2]
    expected = market.router.read("quoteExactIn", route, market.token0, SOLD)
    market.router.send(TRADER, "swapExactIn", route, market.token0, SOLD, expected, TREASURY, FOREVER)
    assert market.token1.read("balanceOf", TREASURY) == expected
    assert [token.read("balanceOf", market.router) for token in (market.token0, market.token1)] == [7, 7]
