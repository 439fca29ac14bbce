"""Rule: pool and router do what the real Uniswap V2 bytecode did, to the wei."""

import pytest

from tests.conformance.vector_files import load_vectors
from tests.venue import FOREVER, OWNER, PROVIDER, TRADER, TREASURY, Venue, deploy, deploy_token

VECTORS = load_vectors("univ2.json")


def by_id(cases):
    return [pytest.param(case, id=case["id"]) for case in cases]


def integers(record):
    """Return a record's decimal strings as integers, leaving out what is none."""
    return {key: int(value) for key, value in record.items() if isinstance(value, str) and value.isdigit()}


@pytest.fixture(scope="module")
def empty_venue():
    return Venue.deploy()


@pytest.fixture
def venue(empty_venue):
    before = empty_venue.chain.snapshot()
    yield empty_venue
    empty_venue.chain.revert(before)


@pytest.mark.parametrize("case", by_id(VECTORS["cases"]))
def test_swap(venue, case):
    given, expected = integers(case["inputs"]), integers(case["outputs"])
    zero_for_one, amount = case["zero_for_one"], given["amount"]
    venue.set_reserves(given["reserve0"], given["reserve1"])
    if case["outputs"]["reverted"]:
        reserve_out = given["reserve1"] if zero_for_one else given["reserve0"]
        token_in = venue.token0 if zero_for_one else venue.token1
        arguments = ([venue.pool], token_in, amount, 0, TRADER, FOREVER)
        error = venue.router.send_error(TRADER, "swapExactOut", *arguments)
        assert case["kind"] == "exact_out"
        assert error == f"InsufficientLiquidity({amount}, {reserve_out})"
        return
    if case["kind"] == "exact_in":
        moved = (amount, venue.swap_exact_in(zero_for_one, amount))
    else:
        moved = (venue.swap_exact_out(zero_for_one, amount), amount)
    assert moved == (expected["amount_in"], expected["amount_out"])
    assert venue.reserves() == (expected["reserve0_after"], expected["reserve1_after"])


@pytest.mark.parametrize("case", by_id(VECTORS["lp"]))
def test_liquidity(venue, case):
    expected = integers(case)
    venue.seed(expected["initial0"], expected["initial1"])
    assert venue.pool.read("totalSupply") == expected["initial_total_supply"]

    assert venue.seed(expected["add0"], expected["add1"]) == expected["liquidity_minted"]
    assert venue.reserves() == (expected["reserve0_mid"], expected["reserve1_mid"])
    assert venue.pool.read("totalSupply") == expected["total_supply_mid"]

    assert case["burn_revert"] is None
    shares = expected["liquidity_burned"]
    removal = ("removeLiquidity", venue.pool, shares, 0, 0, TREASURY, FOREVER)
    venue.router.send(PROVIDER, *removal)
    assert venue.token0.read("balanceOf", TREASURY) == expected["out0"]
    assert venue.token1.read("balanceOf", TREASURY) == expected["out1"]
    assert venue.reserves() == (expected["reserve0_after"], expected["reserve1_after"])


def test_cumulative_prices(venue):
    sequence = VECTORS["oracle_sequence"]
    initial = integers(sequence["initial"])
    venue.seed(initial["reserve0"], initial["reserve1"])
    for step in sequence["steps"]:
        expected = integers(step)
        venue.wait(expected["dt"])
        venue.swap_exact_in(step["zero_for_one"], expected["amount_in"])
        assert venue.reserves() == (expected["reserve0_after"], expected["reserve1_after"])
        assert venue.pool.read("price0CumulativeLast") == expected["price0Cumulative"]
        assert venue.pool.read("price1CumulativeLast") == expected["price1Cumulative"]


def test_two_hops(venue):
    case = VECTORS["two_hop"]
    (first, second) = [tuple(map(int, reserves)) for reserves in case["reserves"]]
    amount_in, mid, out = (int(case[key]) for key in ("amount_in", "mid", "out"))
    token2 = deploy_token(venue.chain, "T2", 18)
    next_pool = deploy(venue.chain, "ConstantProductPool", venue.token1, token2, 30, OWNER)
    venue.set_reserves(*first)
    venue.token1.send(TRADER, "transfer", next_pool, second[0])
    token2.send(TRADER, "transfer", next_pool, second[1])
    next_pool.send(TRADER, "sync")

    quote = ("quoteExactIn", [venue.pool], venue.token0, amount_in)
    assert venue.router.read(*quote) == mid
    route = [venue.pool, next_pool]
    venue.router.send(TRADER, "swapExactIn", route, venue.token0, amount_in, out, TREASURY, FOREVER)
    assert token2.read("balanceOf", TREASURY) == out


def test_protocol_fee(venue):
    expected = integers(VECTORS["protocol_fee"])
    venue.pool.send(OWNER, "setFeeTo", TREASURY)
    deposit = expected["totalSupply"]
    assert deposit**2 == expected["kLast"]
    venue.seed(deposit, deposit)
    assert venue.pool.read("kLast") == expected["kLast"]

    venue.fund(0, expected["reserve1"] - deposit)
    venue.pool.send(TRADER, "swap", deposit - expected["reserve0"], 0, TRADER, b"")
    assert venue.reserves() == (expected["reserve0"], expected["reserve1"])
    venue.pool.send(PROVIDER, "transfer", venue.pool, 10**18)
    venue.pool.send(PROVIDER, "burn", PROVIDER)
    assert venue.shares(TREASURY) == expected["fee_liquidity"]
