"""What a stage of the waterfall may do to the books of a perpetual market, and what not."""

from __future__ import annotations

import pytest

from sim.units import E8, WAD
from tests.lending import OWNER
from tests.perps import ALICE, BOB, CAROL, CROSS, USD, PerpMarket, new_perp_market

ETH = WAD
PAY = 2


@pytest.fixture
def perps(revm, deploy):
    """ALICE is long 5 ETH from $ 2,000 with $ 1,000: maintenance 6 %, initial 10 %, bankrupt at $ 1,800."""
    made = new_perp_market(revm, deploy)
    made.pay_in(ALICE, 1_000 * USD)
    made.trade(ALICE, "ETH", 5 * ETH)
    return made


def asked(perps: PerpMarket, price_e8: int, *calls: tuple) -> tuple[str, dict]:
    """Liquidate ALICE with a stage that makes calls on the market; return its last error and the event."""
    stage = perps.stage(0)
    perps.quote.send(OWNER, "mint", stage, 1_000 * USD)
    data = [perps.market.encode(function, *args) for function, *args in calls]
    data = [one.replace(bytes.fromhex(STAGE[2:]), bytes.fromhex(stage.address[2:])) for one in data]
    stage.send(OWNER, "setScript", [(perps.market.address, one) for one in data])
    perps.waterfall(stage)
    perps.price("ETH", price_e8)
    event = perps.liquidate(ALICE, "ETH")
    return perps.market.artifacts.decoder.decode_error(stage.read("outcome")), event


STAGE = "0x" + "dead" * 10
"""Stands for the stage's own address in `asked`."""


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (("transferPosition", BOB, CROSS, "ETH", STAGE, CROSS, ETH, E8), "NotInShortfall("),
        (("transferPosition", ALICE, CROSS, "BTC", STAGE, CROSS, ETH, E8), "NotInShortfall("),
        (("transferPosition", ALICE, CROSS, "ETH", STAGE, CROSS, 5 * ETH + 1, E8), "InvalidTransfer("),
        (("transferPosition", ALICE, CROSS, "ETH", STAGE, CROSS, -ETH, E8), "InvalidTransfer("),
        (("transferPosition", ALICE, CROSS, "ETH", STAGE, CROSS, 0, E8), "InvalidTransfer("),
        (("transferPosition", ALICE, CROSS, "ETH", ALICE, CROSS, ETH, E8), "InvalidTransfer("),
        (("transferPosition", ALICE, CROSS, "ETH", STAGE, "BTC", ETH, E8), "WrongSlot("),
        (("transferPosition", ALICE, CROSS, "ETH", CAROL, CROSS, ETH, E8), "MustReduce("),
        (("transferPosition", ALICE, CROSS, "ETH", BOB, CROSS, 2 * ETH, E8), "MustReduce("),
        (("transferPosition", ALICE, CROSS, "ETH", BOB, CROSS, ETH, 9_000 * E8), "CounterpartyInsolvent("),
        (("transferPosition", ALICE, CROSS, "ETH", STAGE, CROSS, ETH, 1_800 * E8), "InsufficientMargin("),
        (("payDeficit", BOB, CROSS, 1), "NotInShortfall("),
        (("payDeficit", ALICE, CROSS, 0), "ZeroAmount("),
        (("payDeficit", ALICE, CROSS, 250 * USD + 1), "ExceedsShortfall("),
        (("socialise", CAROL, CROSS, ALICE, CROSS, 1), "NotExposed("),
        (("socialise", ALICE, CROSS, ALICE, CROSS, 1), "NotExposed("),
        (("socialise", BOB, CROSS, ALICE, CROSS, 5_000 * USD), "CounterpartyInsolvent("),
        (("deposit", 1, STAGE, CROSS), "ReentrancyGuardReentrantCall("),
        (("liquidate", ALICE, CROSS, "ETH"), "ReentrancyGuardReentrantCall("),
    ],
    ids=lambda one: one[0] if isinstance(one, tuple) else one,
)
def test_a_stage_is_held_to_the_shortfall_that_it_is_asked_about(perps, call, error):
    perps.pay_in(BOB, 1_000 * USD)
    perps.trade(BOB, "ETH", -ETH)
    perps.pay_in(CAROL, 1_000 * USD)
    others = [perps.cash(one) for one in (BOB, CAROL)]
    call = [perps.instruments.get(part, part) if isinstance(part, str) else part for part in call]
    outcome, event = asked(perps, 1_750 * E8, call)
    assert outcome.startswith(error)
    assert event["stagesWad"] == 5 * ETH
    assert [perps.cash(one) for one in (BOB, CAROL)] == others
    assert perps.size(BOB, "ETH") == -ETH
    perps.require_conserved()


def test_a_position_taken_over_in_odd_parts_leaves_no_dust_of_a_deficit(perps):
    parts = [5 * ETH // 3, 5 * ETH // 7]
    parts.append(5 * ETH - sum(parts))
    stage = perps.stage(0)
    perps.pay_in(stage.address, 10_000 * USD, payer=OWNER)
    perps.waterfall(stage)
    eth = perps.instruments["ETH"]
    calls = [("transferPosition", ALICE, CROSS, eth, stage, CROSS, part, 1_800 * E8) for part in parts]
    stage.send(OWNER, "setScript", [(perps.market.address, perps.market.encode(*call)) for call in calls])
    perps.price("ETH", 1_750 * E8)
    perps.liquidate(ALICE, "ETH")
    assert perps.size(stage, "ETH") == 5 * ETH
    assert 0 <= perps.cash(ALICE) < len(parts)
    assert perps.totals().badDebtQuote == 0
    perps.require_conserved()


def test_only_the_stage_that_is_asked_touches_the_books(perps):
    stage = perps.stage(PAY)
    perps.waterfall(stage)
    eth = perps.instruments["ETH"]
    for call in (
        ("transferPosition", ALICE, CROSS, eth, BOB, CROSS, ETH, E8),
        ("payDeficit", ALICE, CROSS, 1),
        ("socialise", ALICE, CROSS, BOB, CROSS, 1),
    ):
        assert perps.market.send_error(BOB, *call) == f"NotActiveStage({BOB})"
