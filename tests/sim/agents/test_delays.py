"""What was decided on is submitted a number of blocks later, once, in the order of the decisions."""

from __future__ import annotations

import pytest

from sim.agents.delays import Delays
from sim.protocols.call import Call
from sim.world.action import Action


def action(key: str) -> Action:
    return Action("keeper", "0x", Call("Pool", "0x", "swap", (), b""), "liquidate", 1.0, key)


@pytest.mark.parametrize("blocks", [0, 1, 3])
def test_actions_come_out_later_and_in_order(blocks):
    delays, out = Delays(blocks), {}
    for block in range(8):
        delays.begin(block)
        if block < 3:
            delays.hold([action(f"{block}/a"), action(f"{block}/b")], block)
        out[block] = [one.key for one in delays.release(block)]
    for block in range(3):
        assert out[block + blocks] == [f"{block}/a", f"{block}/b"]
    assert sum(len(keys) for keys in out.values()) == 6


@pytest.mark.parametrize("blocks", [0, 2])
def test_a_key_is_known_until_it_was_submitted(blocks):
    delays = Delays(blocks)
    delays.hold([action("a")], 4)
    known = []
    for block in range(4, 9):
        delays.begin(block)
        known.append("a" in delays)
        delays.release(block)
    assert known == [block <= 4 + blocks for block in range(4, 9)]
    assert "b" not in delays
