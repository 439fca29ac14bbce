"""LendingPool with TotalDebtCloseFactor against what the bytecode of Aave v3.6 did, to the wei."""

from __future__ import annotations

import pytest

from tests.conformance.aave_positions import call_arguments, cases, open_position
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


@pytest.mark.parametrize("case", cases("3.6"))
def test_liquidation_equals_aave_v36(case, revm, deploy):
    market = new_market(revm, deploy)
    inputs, outputs = case["inputs"], case["outputs"]
    open_position(market, inputs)
    _check_before(market, case)
    collateral, debt = f"C{inputs['coll_index']}", f"D{inputs['debt_index']}"
    arguments = call_arguments(market, inputs)
    cover, shares = arguments[-2:]
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
