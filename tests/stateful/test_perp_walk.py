"""A whole perpetual market on a random walk: to the wei conserved after every operation, and every stage reached.

Cash in is cash out, the fund, fees and dues, and what accounts have in cash and open positions, counted from the
tokens' own transfers; time, funding, liquidation, deleveraging and socialised losses are mixed.
"""

from __future__ import annotations

import pytest

from tests.perpwalk import money, positions
from tests.perpwalk.exchange import IDLE
from tests.perpwalk.walk import Walk

OPERATIONS = [
    (positions.trade, 26),
    (positions.tick, 22),
    (positions.arbitrage, 2),
    (positions.long_wait, 1),
    (positions.settle, 3),
    (positions.liquidate, 10),
    (positions.liquidate_ranked, 6),
    (positions.unwind, 3),
    (positions.curve, 2),
    (positions.waterfall, 4),
    (positions.rules, 2),
    (money.deposit, 8),
    (money.withdraw, 4),
    (money.move_cash, 3),
    (money.collateral, 5),
    (money.buy_collateral, 2),
    (money.stake, 4),
    (money.vault, 3),
    (money.dues, 3),
    (money.makers, 1),
    (money.bad_debt, 2),
    (money.deficits, 2),
]


STAGES = {"book", "backstop", "fund", "socialised", "bad debt booked"}
EVENTS = {
    *("BadDebtCovered", "CollateralBought", "CollateralWithdrawn", "Contributed", "DepthSet", "DuesForwarded"),
    *("FeesTaken", "FundDuesSent", "FundingSettled", "Liquidated", "MarkNoted", "Repegged", "UnstakeRequested"),
    *("Unwound", "Withdraw", "Withdrawn"),
}
RARE = {"buy_collateral", "deficits", "unwind"}
"""Operations that need an account in debt, or a backstop that has taken something over."""
NEVER_NEEDED = {"makers"}
"""Capital for a maker that has lost half of its own."""


def run(chain, deploy, seed: int, count: int, least: int) -> Walk:
    """Walk; every kind of operation landed often, every stage was reached, and all funding can be settled."""
    walk = Walk(chain, deploy, seed)
    walk.run(count, OPERATIONS)
    print(f"\nseed {seed}, {count} operations\n{walk.statistics()}")
    names = {operation.__name__ for operation, _ in OPERATIONS}
    often = names - RARE - NEVER_NEEDED
    assert {name: walk.operations[name] for name in often if walk.operations[name] < 2 * least} == {}
    assert {name: walk.stages[name] for name in STAGES if walk.stages[name] < least} == {}
    assert {name: walk.events[name] for name in EVENTS if walk.events[name] < least} == {}
    assert walk.events["Deleveraged"] >= least
    walk.perps.settle_everything(IDLE, walk.events["FundingSettled"])
    walk.ledger.require_conserved()
    return walk


def test_books_balance_after_every_operation_and_every_stage_is_reached(revm, deploy):
    run(revm, deploy, 19, 1_500, least=2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 6))
def test_books_balance_over_ten_thousand_operations(revm, deploy, seed):
    walk = run(revm, deploy, seed, 10_000, least=10)
    assert {name: walk.operations[name] for name in RARE if not walk.operations[name]} == {}
    assert walk.events["WithdrawalsGated"]
    policies = {name for name in walk.stages if name.startswith("deleveraged: ")}
    assert len(policies) >= 6, policies
