"""LendingPool with TotalDebtCloseFactor against what the bytecode of Aave v3.6 did, to the wei.

Positions are set up by real calls at the recorded price of the borrow: supply, borrow, new prices. Cases
with accrued interest record the borrow index at the liquidation, 27 digits that no rate in bps and time in
seconds can reach; there the index is written into the pool's storage after the borrow (at index 1, as
recorded) and read back through `reserveState`, with rates of zero so that it stays.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from eth_abi import encode
from eth_utils import keccak

from sim.units import RAY, UINT256_MAX
from tests.lending import BORROWER, LIQUIDATOR, LendingMarket, new_market

REVERTS = {
    "45": "HealthFactorNotBelowThreshold",
    "HealthFactorNotBelowThreshold": "HealthFactorNotBelowThreshold",
    "46": "CollateralCannotBeLiquidated",
    "25": "AmountRoundsToZero",
    "InvalidBurnAmount": "AmountRoundsToZero",
    "MustNotLeaveDust": "MustNotLeaveDust",
}
"""Our error for each of the vectors' reasons."""

VERSION = "3.6"
RESERVES_SLOT = 1
INDEXES_OFFSET = 4
"""Slots of `_reserves`, and of the two indexes inside a Reserve (liquidity in the low half)."""

ROOT = Path(__file__).resolve().parents[2]


def _cases() -> list:
    folder = Path(os.environ.get("TAILSPIN_VECTORS", ROOT.parent / "shared" / "vectors"))
    path = folder / "aave.json"
    if not path.is_file():
        reason = f"conformance vectors are absent: {path} (set TAILSPIN_VECTORS)"
        return [pytest.param(None, id="absent", marks=pytest.mark.skip(reason=reason))]
    cases = [one for one in json.loads(path.read_text())["cases"] if one["version"] == VERSION]
    return [pytest.param(one, id=one["id"]) for one in cases]


def _set_borrow_index(market: LendingMarket, symbol: str, index_ray: int) -> None:
    asset = market.token(symbol).address
    base = int.from_bytes(keccak(encode(["address", "uint256"], [asset, RESERVES_SLOT])))
    word = (index_ray << 128) | RAY
    market.chain._evm.insert_account_storage(market.pool.address, base + INDEXES_OFFSET, word)
    state = market.state(symbol)
    assert (state.liquidityIndexRay, state.borrowIndexRay) == (RAY, index_ray)


def _open_position(market: LendingMarket, inputs: dict) -> None:
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


def _check_before(market: LendingMarket, case: dict) -> None:
    data = market.pool.read("accountData", BORROWER)
    before = case["before"]
    assert data.collateralBase == int(before["coll_base"])
    assert data.debtBase == int(before["debt_base"])
    assert data.liquidationThresholdBps == int(before["avg_lt_bps"])
    assert data.healthFactorWad == int(before["hf"])
    for kind, key, read in (("C", "collaterals", market.supplied), ("D", "debts", market.debt)):
        for i, one in enumerate(case["inputs"][key]):
            assert read(f"{kind}{i}", BORROWER) == int(one["amount"])


@pytest.mark.parametrize("case", _cases())
def test_liquidation_equals_aave_v36(case, revm, deploy):
    market = new_market(revm, deploy)
    inputs, outputs = case["inputs"], case["outputs"]
    _open_position(market, inputs)
    _check_before(market, case)
    collateral, debt = f"C{inputs['coll_index']}", f"D{inputs['debt_index']}"
    cover = UINT256_MAX if inputs["debt_to_cover"] == "max" else int(inputs["debt_to_cover"])
    shares = inputs["receive_atoken"]
    arguments = (market.token(collateral), market.token(debt), BORROWER, cover, shares)
    if outputs["reverted"]:
        market.fund(LIQUIDATOR, debt, market.debt(debt, BORROWER))
        preview = market.pool.read_error("previewLiquidation", *arguments)
        assert preview.startswith(REVERTS[outputs["revert_reason"]] + "(")
        assert market.pool.send_error(LIQUIDATOR, "liquidate", *arguments) == preview
        return

    supplied_before, debt_before = market.supplied(collateral, BORROWER), market.debt(debt, BORROWER)
    preview = tuple(market.pool.read("previewLiquidation", *arguments))
    event, events = market.liquidate(collateral, debt, amount=cover, receive_shares=shares)

    to_liquidator, fee = int(outputs["coll_to_liquidator"]), int(outputs["protocol_fee_collateral"])
    assert preview == (int(outputs["debt_repaid"]), to_liquidator, fee)
    assert event["repaidAssets"] == int(outputs["debt_repaid"]) == int(outputs["event_debt_to_cover"])
    assert event["protocolFeeAssets"] == fee == market.state(collateral).treasuryAccrued
    assert event["seizedAssets"] - fee == to_liquidator == int(outputs["event_liquidated_collateral"])
    received = market.supplied if shares else market.balance
    assert received(collateral, LIQUIDATOR) == to_liquidator
    assert market.supplied(collateral, BORROWER) == int(outputs["user_coll_after"])
    assert supplied_before - market.supplied(collateral, BORROWER) == int(outputs["user_coll_decrease"])
    assert market.debt(debt, BORROWER) == int(outputs["user_debt_after"])
    assert debt_before - market.debt(debt, BORROWER) == int(outputs["user_debt_decrease"])
    debts = [f"D{i}" for i in range(len(inputs["debts"]))]
    assert [market.state(one).deficit for one in debts] == [int(x) for x in outputs["deficit_created"]]
    assert [market.debt(one, BORROWER) for one in debts] == [int(x) for x in outputs["other_debts_after"]]
    after = market.pool.read("accountData", BORROWER)
    assert after.healthFactorWad == event["healthAfterWad"] == int(outputs["hf_after"])
    assert after.collateralBase == int(outputs["coll_base_after"])
    assert after.debtBase == int(outputs["debt_base_after"])
    assert event["healthBeforeWad"] == int(case["before"]["hf"])
    created = {values["asset"]: values["amount"] for name, values in events if name == "DeficitCreated"}
    assert created == {
        market.token(one).address: market.state(one).deficit for one in debts if market.state(one).deficit
    }
