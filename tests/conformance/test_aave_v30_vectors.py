"""LendingPool with ReserveCloseFactor and LeaveLosses against what the bytecode of Aave v3.0 did.

Our arithmetic is that of v3.6, so what v3.0 rounds otherwise comes out differently. All of it is listed, by case
and in units, in `aave_v30_differences.py`; whatever is not listed there is equal. The causes:

- An account's debt is valued per reserve: v3.0 rounds down, we round up.
- The threshold of several collaterals is one average in whole basis points in v3.0, and exact here. Health is
  rounded to the nearest there and down here.
- Where collateral runs out, v3.0 rounds the repayment to the nearest unit and we round it up.
- A debt with interest is rounded to the nearest unit in v3.0. Here it is rounded up, and what is burnt of it down.
"""

from __future__ import annotations

import pytest

from sim.chain.base import ZERO_ADDRESS
from sim.units import BPS, WAD, bps_mul_half_up, mul_div_down, ray_mul_half_up, wad_div_half_up
from tests.conformance.aave_positions import call_arguments, cases, open_position
from tests.conformance.aave_v30_differences import AMOUNTS, VALUES
from tests.lending import BORROWER, LIQUIDATOR, OWNER, LendingMarket, market_with_terms

V30_TERMS = (5_000, 95 * WAD // 100)
SAME = ((0, 0), (0, 0, 0))


def _market(revm, deploy) -> LendingMarket:
    market = market_with_terms(revm, deploy, "ReserveCloseFactor", V30_TERMS)
    market.pool.send(OWNER, "setModules", ZERO_ADDRESS, ZERO_ADDRESS, deploy(revm, "LeaveLosses"))
    return market


def _amounts_after(market: LendingMarket, inputs: dict, event: dict) -> dict[str, int]:
    collateral, debt = f"C{inputs['coll_index']}", f"D{inputs['debt_index']}"
    received = market.supplied if inputs["receive_atoken"] else market.balance
    return {
        "debt_repaid": event["repaidAssets"],
        "coll_to_liquidator": received(collateral, LIQUIDATOR),
        "protocol_fee_collateral": market.state(collateral).treasuryAccrued,
        "user_coll_after": market.supplied(collateral, BORROWER),
        "user_debt_after": market.debt(debt, BORROWER),
    }


def _differing(ours: dict[str, int], recorded: dict) -> dict[str, int]:
    differences = {name: amount - int(recorded[name]) for name, amount in ours.items()}
    return {name: difference for name, difference in differences.items() if difference}


@pytest.mark.parametrize("case", cases("3.0"))
def test_liquidation_differs_from_aave_v30_only_as_listed(case, revm, deploy):
    market = _market(revm, deploy)
    inputs, outputs, state = case["inputs"], case["outputs"], case["before"]
    open_position(market, inputs)
    data = market.pool.read("accountData", BORROWER)
    assert data.collateralBase == int(state["coll_base"])
    before = data.debtBase - int(state["debt_base"]), data.healthFactorWad - int(state["hf"])
    recorded = {f"D{i}_before": one["amount"] for i, one in enumerate(inputs["debts"])}
    differing = _differing({name: market.debt(name[:-7], BORROWER) for name in recorded}, recorded)
    values_listed, amounts_listed = VALUES.get(case["id"], SAME), AMOUNTS.get(case["id"], {})
    arguments = call_arguments(market, inputs)
    if outputs["reverted"]:
        assert outputs["revert_reason"] == "25"
        assert market.pool.read_error("previewLiquidation", *arguments).startswith("AmountRoundsToZero(")
        assert ((before, None), differing) == (values_listed, amounts_listed)
        return

    collateral, debt = f"C{inputs['coll_index']}", f"D{inputs['debt_index']}"
    event, events = market.liquidate(collateral, debt, amount=arguments[-2], receive_shares=arguments[-1])
    assert not any(name == "DeficitCreated" for name, _ in events), "v3.0 writes nothing off"
    differing |= _differing(_amounts_after(market, inputs, event), outputs)
    others = {f"D{i}": amount for i, amount in enumerate(outputs["other_debts_after"]) if f"D{i}" != debt}
    differing |= _differing({name: market.debt(name, BORROWER) for name in others}, others)
    data = market.pool.read("accountData", BORROWER)
    after = (
        data.collateralBase - int(outputs["coll_base_after"]),
        data.debtBase - int(outputs["debt_base_after"]),
        data.healthFactorWad - int(outputs["hf_after"]),
    )
    assert ((before, after), differing) == (values_listed, amounts_listed)


@pytest.mark.parametrize("case", cases("3.0"))
def test_rounding_as_listed_gives_the_recorded_values(case):
    """The recorded debts, values and health before, from the recorded balances and prices."""
    inputs, state = case["inputs"], case["before"]
    debts = inputs["debts"]
    for one in debts:
        scaled, index_ray = int(one["scaled_balance"]), int(one["borrow_index_ray"])
        assert ray_mul_half_up(scaled, index_ray) == int(one["amount"])
    debt_base = sum(_value_base_down(one) for one in debts)
    assert debt_base == int(state["debt_base"])
    values = [(_value_base_down(one), int(one["liq_threshold_bps"])) for one in inputs["collaterals"]]
    total = sum(base for base, _ in values)
    average_bps = sum(base * bps for base, bps in values) // total
    assert wad_div_half_up(bps_mul_half_up(total, average_bps), debt_base) == int(state["hf"])
    assert 0 < average_bps <= BPS


def _value_base_down(one: dict) -> int:
    return mul_div_down(int(one["amount"]), int(one["price_1e8"]), 10 ** int(one["decimals"]))


def test_most_amounts_are_equal_and_none_is_listed_in_vain():
    recorded = {parameter.values[0]["id"] for parameter in cases("3.0") if parameter.values[0]}
    if not recorded:
        pytest.skip("conformance vectors are absent")
    assert set(VALUES) | set(AMOUNTS) <= recorded
    assert len(recorded) == 65
    assert len(AMOUNTS) == 4
