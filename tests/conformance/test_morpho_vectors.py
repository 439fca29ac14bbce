"""Liquidations of Morpho Blue's bytecode, to the unit, on our isolated market.

Every position is opened through the market itself: a lender supplies all assets, the borrower borrows all debt
while the oracle is lifted, and then the vector's price is reported.
"""

from __future__ import annotations

import pytest

from sim.reference import isolated
from sim.units import WAD
from tests.conformance.vector_files import load_vectors
from tests.isolated import new_isolated_market
from tests.lending import BORROWER, LIQUIDATOR

CASES = load_vectors("morpho.json")["cases"]

REVERT_RULES = {
    "position is healthy": {"HealthFactorNotBelowThreshold"},
    # An arithmetic panic: more shares than are owed, or more collateral than there is.
    "0x4e487b71" + "11".rjust(64, "0"): {"ExceedsDebt", "ExceedsCollateral"},
}
"""Names of our errors by the reason that the bytecode gave."""


class Case:
    """One vector, its numbers as integers."""

    def __init__(self, case: dict) -> None:
        self.id = case["id"]
        self.given = {name: int(value) for name, value in case["inputs"].items()}
        self.reason = case["outputs"]["reason"]
        self.expected = {
            name: int(value) for name, value in case["outputs"].items() if name not in ("reverted", "reason")
        }

    def feed(self) -> tuple[int, int]:
        """Return the power of two in the oracle's scale, and the collateral feed's decimals.

        The recorded prices are binary floating-point numbers, too large for a feed's answer as they are. With a
        loan answer of 5**n and n decimals too few on the collateral feed, the oracle multiplies by 2**n.
        """
        given = self.given
        shift = 36 + given["loan_dec"] - given["coll_dec"]
        price = given["price_1e36"]
        power = min((price & -price).bit_length() - 1, shift)
        return power, shift - power

    def open(self, chain, deploy):
        """Return the market with the vector's position and price."""
        given = self.given
        power, feed_decimals = self.feed()
        answer = given["price_1e36"] >> power
        debt, collateral = given["total_borrow_assets"], given["collateral"]
        enough = debt * 10**36 * WAD // (collateral * given["lltv"] << power) * 2 + 1
        market = new_isolated_market(
            chain,
            deploy,
            loan_decimals=given["loan_dec"],
            collateral_decimals=given["coll_dec"],
            loan_feed_decimals=0,
            collateral_feed_decimals=feed_decimals,
            loan_answer=5**power,
            collateral_answer=enough,
            lltv_wad=given["lltv"],
        )
        market.supply(given["total_supply_assets"])
        market.open(BORROWER, collateral, debt)
        market.push(answer)
        return market


@pytest.fixture(params=[Case(case) for case in CASES], ids=lambda case: case.id)
def case(request):
    return request.param


def test_all_vectors_are_here():
    assert len(CASES) == 40


def test_incentive(case):
    assert isolated.incentive_factor_wad_down(case.given["lltv"]) == case.given["lif"]


def test_liquidation(case, revm, deploy):
    given = case.given
    market = case.open(revm, deploy)
    assert market.oracle.read("price") == given["price_1e36"]
    assert market.market.read("liquidationIncentiveWad") == given["lif"]
    assert market.position(BORROWER) == (0, given["borrow_shares"], given["collateral"])
    assert market.totals().borrowShares == given["total_borrow_shares"]
    arguments = (BORROWER, given["seized_in"], given["repaid_shares_in"])
    if case.reason is not None:
        error = market.market.read_error("previewLiquidation", *arguments)
        assert error.split("(")[0] in REVERT_RULES[case.reason]
        market.fund(LIQUIDATOR, market.loan, 2 * given["total_borrow_assets"])
        assert market.market.send_error(LIQUIDATOR, "liquidate", *arguments, b"") == error
        return

    expected = case.expected
    preview = market.market.read("previewLiquidation", *arguments)
    assert tuple(preview) == (expected["seized"], expected["repaid_assets"], expected["bad_debt_assets"])
    events = market.liquidate(*arguments)
    done = dict(events)["Liquidation"]
    assert (done["repaidAssets"], done["seizedAssets"]) == (expected["repaid_assets"], expected["seized"])
    written_off = [values["amount"] for name, values in events if name == "DeficitCreated"]
    assert sum(written_off) == expected["bad_debt_assets"]
    after = market.position(BORROWER)
    shares_gone = given["borrow_shares"] - after.borrowShares
    assert shares_gone == expected["repaid_shares"] + expected["bad_debt_shares"]
    assert after == (0, expected["borrow_shares_after"], expected["coll_after"])
    totals = market.totals()
    assert totals.supplyAssets == expected["total_supply_assets_after"]
    assert totals.borrowAssets == expected["total_borrow_assets_after"]
    assert totals.borrowShares == expected["total_borrow_shares_after"]
    assert market.collateral.read("balanceOf", LIQUIDATOR) == expected["seized"]
    market.require_solvent()


@pytest.mark.parametrize(
    ("lltv_bps", "factor"), [(6_250, "1.127"), (7_700, "1.074"), (8_600, "1.044"), (9_450, "1.017")]
)
def test_incentive_table(lltv_bps, factor):
    """The published factors: 1 / (1 - 0.3 (1 - LLTV)), at most 1.15."""
    wad = isolated.incentive_factor_wad_down(lltv_bps * WAD // 10_000)
    assert f"{wad / WAD:.3f}" == factor
