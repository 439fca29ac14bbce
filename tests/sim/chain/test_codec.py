"""The codec equals eth-abi, names what is wrong, and turns logs and errors into names."""

from collections import OrderedDict
from dataclasses import dataclass

import pytest
from eth_abi import decode as abi_decode
from eth_abi import encode as abi_encode
from eth_utils import keccak, to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.abi_types import parse_types
from sim.chain.base import Log
from sim.chain.codec import AbiError, ContractType, LogDecoder

ALICE, BOB = (to_checksum_address("0x" + byte * 20) for byte in ("a1", "b2"))


def entry(kind, name="", **more):
    return {"name": name, "type": kind, **more}


def function(name, inputs, outputs=()):
    return {"type": "function", "name": name, "inputs": list(inputs), "outputs": list(outputs)}


def event(name, *inputs):
    return {"type": "event", "name": name, "inputs": [{**one, "indexed": mark} for one, mark in inputs]}


RATES = [entry("uint16", "optimalBps"), entry("bool", "borrowable"), entry("address", "feed")]
ABI = [
    {"type": "constructor", "inputs": [entry("string", "name"), entry("uint8", "decimals")]},
    function("transfer", [entry("address", "to"), entry("uint256", "amount")], [entry("bool")]),
    function("mint", [entry("address", "to")], [entry("uint256", "shares")]),
    function("mint", [entry("address", "to"), entry("uint256", "amount")]),
    function("setRates", [entry("tuple", "rates", components=RATES, internalType="struct IPool.Rates")]),
    function("state", [], [entry("uint112", "reserve0"), entry("int256", "answer")]),
    function("rates", [], [entry("tuple", components=RATES, internalType="struct IPool.Rates")]),
    function("words", [entry("address[]", "users")], [entry("uint256[]", "words")]),
    function("many", [entry("tuple[]", "all", components=RATES), entry("bytes", "data")]),
    event(
        "Transfer",
        (entry("address", "from"), True),
        (entry("address", "to"), True),
        (entry("uint256", "value"), False),
    ),
    event(
        "Named", (entry("string", "name"), True), (entry("string", "text"), False), (entry("int24", "tick"), True)
    ),
    {"type": "error", "name": "StalePrice", "inputs": [entry("uint256", "age"), entry("address", "feed")]},
    {"type": "error", "name": "NoRound", "inputs": []},
]
POOL = ContractType("Pool", ABI, init_code=b"\x60\x00")


@dataclass
class Rates:
    optimalBps: int  # noqa: N815 - Solidity's field names
    borrowable: bool
    feed: str


def words_of(kind):
    """Strategy of (type name, value) for one-word types."""
    address = st.binary(min_size=20, max_size=20).map(to_checksum_address)
    options = [
        st.tuples(st.just("address"), address),
        st.tuples(st.just("bool"), st.booleans()),
        st.integers(1, 32).flatmap(lambda n: st.tuples(st.just(f"uint{8 * n}"), st.integers(0, 2 ** (8 * n) - 1))),
        st.integers(1, 32).flatmap(
            lambda n: st.tuples(st.just(f"int{8 * n}"), st.integers(-(2 ** (8 * n - 1)), 2 ** (8 * n - 1) - 1))
        ),
        st.integers(1, 32).flatmap(lambda n: st.tuples(st.just(f"bytes{n}"), st.binary(min_size=n, max_size=n))),
    ]
    return st.one_of(options[:1] if kind == "address" else options)


def values(depth=2):
    """Strategy of (ABI entry, value)."""
    leaf = st.one_of(
        words_of("any").map(lambda pair: (entry(pair[0]), pair[1])),
        st.binary(max_size=70).map(lambda value: (entry("bytes"), value)),
        st.text(max_size=40).map(lambda value: (entry("string"), value)),
    )
    if depth == 0:
        return leaf
    inner = values(depth - 1)
    array = inner.flatmap(
        lambda pair: st.integers(0, 4).map(lambda n: ({**pair[0], "type": pair[0]["type"] + "[]"}, [pair[1]] * n))
    )
    fixed = inner.flatmap(
        lambda pair: st.integers(1, 3).map(
            lambda n: ({**pair[0], "type": f"{pair[0]['type']}[{n}]"}, [pair[1]] * n)
        )
    )
    struct = st.lists(inner, min_size=1, max_size=4).map(
        lambda pairs: (entry("tuple", components=[one for one, _ in pairs]), tuple(value for _, value in pairs))
    )
    return st.one_of(leaf, array, fixed, struct)


def plain(value):
    """Return eth-abi's own form: lower-case addresses, tuples for arrays and structs."""
    if isinstance(value, list | tuple):
        return tuple(plain(one) for one in value)
    return value.lower() if isinstance(value, str) and len(value) == 42 and value[:2] == "0x" else value


@given(st.lists(values(), max_size=4))
def test_encoding_equals_eth_abi_and_decoding_inverts_it(pairs):
    types = parse_types([one for one, _ in pairs], "Args")
    given_values = [value for _, value in pairs]
    encoded = types.encode(given_values)
    names = [part.name for part in types.parts]
    assert encoded == abi_encode(names, given_values)
    assert plain(types.decode(encoded)) == plain(abi_decode(names, encoded)) == plain(given_values)


@given(st.lists(words_of("address").map(lambda pair: pair[1]), max_size=50))
def test_arrays_of_words_take_the_fast_path_to_the_same_bytes(users):
    assert POOL.encode("words", users)[4:] == abi_encode(["address[]"], [users])
    numbers = [int(user, 16) for user in users]
    assert POOL.decode("words", abi_encode(["uint256[]"], [numbers])) == numbers


def test_calldata_begins_with_the_selector():
    assert POOL.encode("transfer", ALICE, 5).hex().startswith("a9059cbb")
    assert POOL.encode_constructor("x", 6) == b"\x60\x00" + abi_encode(["string", "uint8"], ["x", 6])


def test_an_overloaded_function_needs_its_signature():
    assert POOL.encode("mint(address)", ALICE)[:4] != POOL.encode("mint(address,uint256)", ALICE, 1)[:4]
    with pytest.raises(AbiError, match=r"overloaded: name one of mint\(address\), mint\(address,uint256\)"):
        POOL.encode("mint", ALICE)


@pytest.mark.parametrize(
    "rates",
    [
        (8000, True, ALICE),
        {"feed": ALICE, "optimalBps": 8000, "borrowable": True},
        OrderedDict(borrowable=True, feed=ALICE, optimalBps=8000),
        Rates(8000, True, ALICE),
    ],
)
def test_a_struct_comes_in_any_form(rates):
    expected = abi_encode(["(uint16,bool,address)"], [(8000, True, ALICE)])
    assert POOL.encode("setRates", rates)[4:] == expected
    assert POOL.encode("many", [rates], b"x") == POOL.encode("many", [(8000, True, ALICE)], b"x")
    back = POOL.decode("rates", expected)
    assert (back.optimalBps, back.borrowable, back.feed, type(back).__name__) == (8000, True, ALICE, "Rates")


def test_several_outputs_have_names():
    back = POOL.decode("state", abi_encode(["uint112", "int256"], [7, -3]))
    assert (back.reserve0, back.answer) == back == (7, -3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (("transfer", ALICE), r"transfer\(address,uint256\) takes 2 arguments, got 1"),
        (("transfer", ALICE, -1), r"argument amount: -1 is not a uint256"),
        (("transfer", ALICE, 2**256), r"argument amount: .* is not a uint256"),
        (("transfer", ALICE, 1.5), r"argument amount: 1.5 is not a uint256"),
        (("transfer", "0x12", 1), r"argument to: '0x12' is not an address"),
        (("transfer", ALICE[:-1] + "z", 1), r"argument to: .* is not an? address"),
        (("transfer", ALICE.swapcase().replace("X", "x"), 1), r"argument to: .* fails its EIP-55 checksum"),
        (("transfer", 5, 1), r"argument to: 5 is not a address"),
        (("setRates", (1, True)), r"argument rates: struct .* takes 3 fields, got 2"),
        (("setRates", (70_000, True, ALICE)), r"argument rates: .*70000"),
        (("setRates", (1, 1, ALICE)), r"argument rates"),
        (
            ("setRates", {"optimalBps": 1, "feed": ALICE, "x": 1}),
            r"missing fields \['borrowable'\], unknown fields \['x'\]",
        ),
        (("words", [ALICE, 3]), r"argument users"),
        (("many", [(1, True, ALICE)], "text"), r"argument data"),
        (("nothing",), r"Pool: nothing is not a function of it"),
    ],
)
def test_a_wrong_argument_is_named(call, message):
    with pytest.raises(AbiError, match=message):
        POOL.encode(*call)


def test_short_output_is_refused():
    for function_name, data in (
        ("transfer", b""),
        ("words", b""),
        ("words", abi_encode(["uint256[]"], [[1]])[:-1]),
    ):
        with pytest.raises(AbiError):
            POOL.decode(function_name, data)


def topic(signature):
    return keccak(text=signature)


def test_logs_decode_by_topic_and_number_of_indexed_arguments():
    decoder = LogDecoder([POOL])
    sides = [bytes(12) + bytes.fromhex(one[2:]) for one in (ALICE, BOB)]
    transfer = topic("Transfer(address,address,uint256)")
    log = Log(BOB, (transfer, *sides), (5).to_bytes(32))
    assert decoder.decode(log) == ("Transfer", {"from": ALICE, "to": BOB, "value": 5})
    token_721 = Log(BOB, (transfer, *sides, (5).to_bytes(32)), b"")
    assert decoder.decode(token_721)[0] == f"0x{transfer.hex()}"
    named = Log(
        BOB,
        (topic("Named(string,string,int24)"), topic("hidden"), (-2).to_bytes(32, signed=True)),
        abi_encode(["string"], ["shown"]),
    )
    assert decoder.decode(named) == ("Named", {"name": topic("hidden"), "text": "shown", "tick": -2})
    assert list(decoder.decode(named)[1]) == ["name", "text", "tick"]
    assert decoder.decode(Log(BOB, (), b"\1")) == ("anonymous", {"data": "0x01"})


def test_arguments_have_the_names_that_their_emitter_gives_them():
    inputs = [
        (entry("address", "owner"), True),
        (entry("address", "slot"), True),
        (entry("uint256", "size"), False),
    ]
    decoder = LogDecoder([POOL, ContractType("Other", [event("Transfer", *inputs)])])
    sides = [bytes(12) + bytes.fromhex(one[2:]) for one in (ALICE, BOB)]
    log = Log(BOB, (topic("Transfer(address,address,uint256)"), *sides), (5).to_bytes(32))
    assert decoder.decode(log, "Other") == ("Transfer", {"owner": ALICE, "slot": BOB, "size": 5})
    for emitter in (None, POOL.name, "Unheard"):
        assert decoder.decode(log, emitter) == ("Transfer", {"from": ALICE, "to": BOB, "value": 5})


def test_two_meanings_of_one_event_are_refused():
    inputs = [(entry("address", "from"), False), (entry("address", "to"), True), (entry("uint256", "value"), True)]
    with pytest.raises(AbiError, match="indexes other arguments"):
        LogDecoder([POOL, ContractType("Odd", [event("Transfer", *inputs)])])


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (
            topic("StalePrice(uint256,address)")[:4] + abi_encode(["uint256", "address"], [9, ALICE]),
            f"StalePrice(9, {ALICE})",
        ),
        (topic("NoRound()")[:4], "NoRound()"),
        (topic("Error(string)")[:4] + abi_encode(["string"], ["short"]), "Error(short)"),
        (topic("Panic(uint256)")[:4] + abi_encode(["uint256"], [17]), "Panic(17)"),
        (
            topic("StalePrice(uint256,address)")[:4] + b"\1",
            "0x" + topic("StalePrice(uint256,address)")[:4].hex() + "01",
        ),
        (b"\xde\xad\xbe\xef\1", "0xdeadbeef01"),
        (b"", "0x"),
    ],
)
def test_errors_have_names_or_stay_hex(data, text):
    assert LogDecoder([POOL]).decode_error(data) == text


@given(st.lists(st.sampled_from([0, 7, 2**64 - 1, 2**64, 2**128 + 5, 2**256 - 1]), min_size=100, max_size=200))
def test_long_arrays_of_large_and_small_words_decode_exactly(numbers):
    assert POOL.decode("words", abi_encode(["uint256[]"], [numbers])) == numbers
