"""Positions of the recorded Aave liquidations, set up by real calls on our pool.

Supply and borrow happen at the recorded price of the borrow, then prices move. Cases with accrued interest
record the borrow index at the liquidation, 27 digits that no rate in bps and time in seconds can reach; there
the index is written into the pool's storage after the borrow (at index 1, as recorded) and read back through
`reserveState`, with rates of zero so that it stays.
"""

from __future__ import annotations

import json

import pytest
from eth_abi import encode
from eth_utils import keccak

from sim.units import RAY, UINT256_MAX
from tests.conformance.vector_files import FOLDER_VARIABLE, vectors_folder
from tests.lending import BORROWER, LendingMarket

RESERVES_SLOT = 1
INDEXES_OFFSET = 5
"""Slots of `_reserves`, and of the two indexes inside a Reserve (liquidity in the low half)."""


def cases(version: str) -> list:
    """Return the recorded cases of a version as pytest parameters, or one that skips with the reason."""
    path = vectors_folder() / "aave.json"
    if not path.is_file():
        reason = f"conformance vectors are absent: {path} (set {FOLDER_VARIABLE})"
        return [pytest.param(None, id="absent", marks=pytest.mark.skip(reason=reason))]
    found = [one for one in json.loads(path.read_text("utf-8"))["cases"] if one["version"] == version]
    return [pytest.param(one, id=one["id"]) for one in found]


def call_arguments(market: LendingMarket, inputs: dict) -> tuple:
    """Return the arguments of `liquidate`."""
    collateral, debt = f"C{inputs['coll_index']}", f"D{inputs['debt_index']}"
    cover = UINT256_MAX if inputs["debt_to_cover"] == "max" else int(inputs["debt_to_cover"])
    return market.token(collateral), market.token(debt), BORROWER, cover, inputs["receive_atoken"]


def _set_borrow_index(market: LendingMarket, symbol: str, index_ray: int) -> None:
    asset = market.token(symbol).address
    base = int.from_bytes(keccak(encode(["address", "uint256"], [asset, RESERVES_SLOT])))
    word = (index_ray << 128) | RAY
    market.chain._evm.insert_account_storage(market.pool.address, base + INDEXES_OFFSET, word)
    state = market.state(symbol)
    assert (state.liquidityIndexRay, state.borrowIndexRay) == (RAY, index_ray)


def open_position(market: LendingMarket, inputs: dict) -> None:
    """Supply and borrow at the recorded prices of the borrow, then move to those of the liquidation."""
    for i, one in enumerate(inputs["collaterals"]):
        assert int(one["liquidity_index_ray"]) == RAY
        market.add(
            f"C{i}",
            int(one["decimals"]),
            int(one["price_at_borrow_1e8"]),
            ltvBps=int(one["ltv_bps"]),
            liquidationThresholdBps=int(one["liq_threshold_bps"]),
            liquidationBonusBps=int(one["liq_bonus_bps"]) - 10_000,
            protocolFeeBps=int(one["protocol_fee_bps"]),
            allow_toxic=True,
        )
        market.supply(BORROWER, f"C{i}", int(one["scaled_balance"]))
    for i, one in enumerate(inputs["debts"]):
        config = {"ltvBps": 0, "liquidationThresholdBps": 0}
        market.add(f"D{i}", int(one["decimals"]), int(one["price_at_borrow_1e8"]), **config)
        market.borrow(BORROWER, f"D{i}", int(one["borrowed_amount"]))
    for kind, key in (("C", "collaterals"), ("D", "debts")):
        for i, one in enumerate(inputs[key]):
            market.set_price(f"{kind}{i}", int(one["price_1e8"]))
    for i, one in enumerate(inputs["debts"]):
        if int(one["borrow_index_ray"]) != RAY:
            _set_borrow_index(market, f"D{i}", int(one["borrow_index_ray"]))
