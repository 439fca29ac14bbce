"""The in-process chain keeps the promises of `Chain`."""

import pytest

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import (
    MAX_OPEN_SNAPSHOTS,
    Block,
    CallReverted,
    ChainError,
    DeployReverted,
    Transaction,
)
from tests.sim.chain.bytecode import INVALID, REVERT_EMPTY, TIMESTAMP, TRANSIENT, creation

DEPLOYER, OWNER, HOLDER = (ACCOUNTS.address(i) for i in range(3))


@pytest.fixture
def token(revm, deploy):
    return deploy(revm, "AssetToken", "US dollar", "USD", 6, OWNER)


def test_a_transfer_gives_a_log_and_moves_the_balance(token):
    token.send(OWNER, "mint", HOLDER, 100)
    events = token.send(HOLDER, "transfer", OWNER, 40)
    assert events == [("Transfer", {"from": HOLDER, "to": OWNER, "value": 40})]
    assert token.read("balanceOf", HOLDER) == 60


def test_a_failed_transaction_keeps_its_revert_data_and_moves_nothing(token):
    assert token.send_error(HOLDER, "transfer", OWNER, 1) == f"ERC20InsufficientBalance({HOLDER}, 0, 1)"
    assert token.read("totalSupply") == 0


def test_a_view_leaves_no_trace(revm, token):
    revm.call(token.address, token.encode("mint", HOLDER, 5), sender=OWNER)
    assert token.read("balanceOf", HOLDER) == 0
    with pytest.raises(CallReverted):
        revm.call(token.address, token.encode("mint", HOLDER, 5), sender=HOLDER)


def test_thousands_of_views_leave_the_call_depth_free(revm, token):
    for _ in range(1_500):
        token.read("decimals")
    assert token.send(OWNER, "mint", HOLDER, 1)


def test_an_exceptional_halt_has_no_revert_data(revm):
    for code in (INVALID, REVERT_EMPTY):
        address = revm.deploy(DEPLOYER, creation(code))
        receipt = revm.execute(Block(9, [Transaction(OWNER, address, b"", 100_000)]))[0]
        assert (receipt.ok, receipt.logs, receipt.revert_data) == (False, (), b"")


def test_transient_storage_ends_with_its_transaction(revm):
    address = revm.deploy(DEPLOYER, creation(TRANSIENT))
    revm.execute(Block(9, [Transaction(OWNER, address, b"\1")]))
    assert int.from_bytes(revm.call(address, b"")) == 0


def test_a_snapshot_restores_state_and_time_and_works_once(revm, token):
    clock = revm.deploy(DEPLOYER, creation(TIMESTAMP))
    first = revm.snapshot()
    token.send(OWNER, "mint", HOLDER, 5, at_s=50)
    second = revm.snapshot()
    token.send(OWNER, "mint", HOLDER, 5, at_s=60)
    revm.revert(second)
    assert (token.read("totalSupply"), revm.timestamp_s) == (5, 50)
    assert int.from_bytes(revm.call(clock, b"")) == 50
    revm.revert(first)
    assert (token.read("totalSupply"), revm.timestamp_s) == (0, 1)
    for stale in (first, second):
        with pytest.raises(ChainError, match="not open"):
            revm.revert(stale)


def test_reverting_an_outer_snapshot_frees_the_inner_ones(revm, token):
    for _ in range(5):
        outer = revm.snapshot()
        for _ in range(MAX_OPEN_SNAPSHOTS - 1):
            revm.snapshot()
        with pytest.raises(ChainError, match="snapshots are open"):
            revm.snapshot()
        revm.revert(outer)
    assert token.send(OWNER, "mint", HOLDER, 1)


def test_begin_never_goes_back(revm):
    assert revm.begin(1_000) == 1_000
    assert revm.begin(500) == 1_000
    with pytest.raises(ChainError, match="before the latest"):
        revm.execute(Block(999, []))


def test_a_sender_deploys_or_transacts(revm, token):
    with pytest.raises(ChainError, match="deploys"):
        revm.execute(Block(5, [Transaction(DEPLOYER, token.address, b"")]))
    token.send(OWNER, "mint", HOLDER, 1)
    with pytest.raises(ChainError, match="only deploys"):
        revm.deploy(OWNER, creation(TIMESTAMP))


def test_gas_below_the_intrinsic_cost_is_refused_before_anything_runs(revm, token):
    good = token.transaction(OWNER, "mint", HOLDER, 1)
    with pytest.raises(ChainError, match=r"transaction 1: gas 21000 .* intrinsic gas 21\d{3}"):
        revm.execute(Block(5, [good, Transaction(OWNER, token.address, good.data, 21_000)]))
    assert token.read("totalSupply") == 0


def test_a_failed_constructor_gives_its_error(revm, artifacts):
    init_code = artifacts["AssetToken"].encode_constructor("a", "b", 6, "0x" + "0" * 40)
    with pytest.raises(DeployReverted) as failure:
        revm.deploy(DEPLOYER, init_code)
    assert artifacts.decoder.decode_error(failure.value.data).startswith("OwnableInvalidOwner(0x0000")


def test_counters_and_the_record(revm, token):
    calls, transactions = revm.contract_calls, revm.transactions
    revm.record = []
    token.send(OWNER, "mint", HOLDER, 1, at_s=7)
    token.read("totalSupply")
    assert (revm.contract_calls - calls, revm.transactions - transactions) == (2, 1)
    assert [entry[0] for entry in revm.record] == ["tx", "call"]
    assert revm.record[0] == ("tx", OWNER, token.address, token.encode("mint", HOLDER, 1), 7)
