"""Rule: in every design, everybody's balances reconcile to the wei after any number of random steps.

A step moves tokens exactly as its events tell; what all hold adds up to what was minted; a market holds what it
books and was given; claims are backed; and of a pool, every balance and every total follows from its events alone.
A design of the library is tested from the day it is there.
"""

from __future__ import annotations

import pytest

from sim.chain.revm import RevmChain
from sim.scenario.overlays import list_designs
from tests.reconcile import driver, flows, pool_books
from tests.reconcile.driver import Reconciliation

TOGETHER = [
    "dutch-auction+socialised-loss+separate-rates",
    "batch-auction+losses-left+adaptive-rates",
    "backstop+insurance-first+moving-requirements",
]
"""Designs put on one another: executions, loss policies, rates and risk rules of several."""
DESIGNS = [None, *(design.name for design in list_designs() if design.is_for_lending), *TOGETHER]
STEPS, MANY_STEPS = 250, 10_000
WORLDS = {"fixed prices": False, "moving prices": True}


def reconcile(design: str | None, artifacts, moving: bool, steps: int, check_every: int) -> Reconciliation:
    with RevmChain() as chain:
        run = Reconciliation(design, chain, artifacts, 1, moving)
        run.run(steps, check_every)
    return run


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design or "base")
def test_balances_reconcile(design, world, artifacts):
    run = reconcile(design, artifacts, WORLDS[world], STEPS, 50)
    assert run.done.total() > STEPS / 4
    if WORLDS[world]:
        assert run.events["Liquidation"]


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design or "base")
def test_balances_reconcile_after_ten_thousand_steps(design, world, artifacts):
    run = reconcile(design, artifacts, WORLDS[world], MANY_STEPS, 100)
    assert run.done.total() > MANY_STEPS / 4
    if WORLDS[world]:
        assert run.events["Liquidation"] > 20


@pytest.mark.parametrize("event", ["Withdrawn", "Liquidation", "Repaid"])
def test_an_event_left_out_is_noticed(event, artifacts, monkeypatch):
    monkeypatch.delitem(flows.MOVES, event)
    with pytest.raises(AssertionError, match=r"LendingPool|FlashLiquidator"):
        reconcile(None, artifacts, True, STEPS, 50)


@pytest.mark.parametrize("name", ["ray_div_up", "ray_div_down"])
def test_a_unit_in_the_books_is_noticed(name, artifacts, monkeypatch):
    exact = getattr(pool_books, name)
    monkeypatch.setattr(pool_books, name, lambda x, y: exact(x, y) + 1)
    with pytest.raises(AssertionError):
        reconcile(None, artifacts, True, STEPS, 50)


def test_a_token_out_of_nowhere_is_noticed(artifacts, monkeypatch):
    """Tokens minted between two steps, which no event of a market tells of."""
    monkeypatch.setattr(driver, "WAITS_S", [0])
    with RevmChain() as chain:
        run = Reconciliation(None, chain, artifacts, 1, False)
        admin, token = run.world.address("admin"), run.world.tokens["USDC"]
        assert run._execute(admin, token.address, token.mint(run.market.address, 1).data).ok
        with pytest.raises(AssertionError):
            run.run(1, 1)
