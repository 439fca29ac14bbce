"""Rule: blocks hold at most their gas, in the order of bids, at or above a base fee that follows EIP-1559."""

from dataclasses import replace
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.market.block_space import BlockSpace, DemandCurve, next_base_fee_wei
from sim.market.gas import GasTable, UnknownGas, load_gas_table
from sim.protocols.call import Call
from sim.scenario.outside import BlockSpace as Model
from sim.scenario.outside import Demand
from sim.world.action import SETTLEMENT, Action

GAS = 100_000
TABLE = GasTable({"Pool.swap": {"ok": GAS, "revert": 40_000}, "Pool.big": {"ok": 5 * GAS, "revert": 40_000}})


def action(agent="keeper", key="k", bid=50.0, expires=None, function="swap") -> Action:
    call = Call("Pool", "0x" + "11" * 20, function, (), b"")
    return Action(agent, "0x" + "22" * 20, call, "liquidate", bid, key, expires)


def space(gas_limit=10 * GAS, base_fee_gwei=0.0, demand=None, **rest) -> BlockSpace:
    model = Model(gas_limit=gas_limit, base_fee_gwei=base_fee_gwei, demand=demand or Demand(), **rest)
    return BlockSpace(model, TABLE)


def keys(actions: list[Action]) -> list[str]:
    return [included.key for included in actions]


def test_a_full_block_raises_the_base_fee_by_an_eighth_and_an_empty_one_lowers_it_by_an_eighth():
    assert next_base_fee_wei(100_000_000_000, 30_000_000, 30_000_000) == 112_500_000_000
    assert next_base_fee_wei(100_000_000_000, 0, 30_000_000) == 87_500_000_000
    assert next_base_fee_wei(100_000_000_000, 15_000_000, 30_000_000) == 100_000_000_000
    assert next_base_fee_wei(7, 30_000_000, 30_000_000) == 8, "at least one wei"


@given(st.integers(1, 10**13), st.integers(0, 30_000_000))
def test_the_base_fee_is_linear_in_the_gas_used(base_fee_wei, gas_used):
    exact = base_fee_wei * (1 + (gas_used - 15_000_000) / 15_000_000 / 8)
    assert abs(next_base_fee_wei(base_fee_wei, gas_used, 30_000_000) - exact) <= 1 + exact * 1e-12


def test_ten_full_blocks_multiply_the_base_fee_by_nine_eighths_to_the_tenth():
    busy = space(base_fee_gwei=16.0, demand=Demand(gas_per_block=100 * GAS, fee_gwei=(10_000.0,)))
    for block in range(10):
        busy.pack(block, 0)
        busy.settle([])
    assert busy.base_fee_gwei == pytest.approx(16 * 1.125**10, rel=1e-9)


@given(
    st.lists(st.tuples(st.floats(0, 500), st.sampled_from(["swap", "big"])), max_size=30),
    st.floats(0, 100),
    st.integers(0, 20 * GAS),
    st.sampled_from(["fees", "first_come"]),
)
def test_packing_keeps_the_limit_the_base_fee_and_the_order(bids, base_fee_gwei, demand_gas, ordering):
    demand = Demand(gas_per_block=demand_gas, fee_gwei=(40.0,))
    blocks = space(base_fee_gwei=base_fee_gwei, demand=demand, ordering=ordering)
    for i, (bid, function) in enumerate(bids):
        blocks.submit(action(agent=f"a{i}", key=str(i), bid=bid, function=function), 0)
    packed = blocks.pack(0, 0)
    assert sum(TABLE.reserved(a) for a in packed) <= 10 * GAS
    assert all(a.max_fee_gwei >= blocks.base_fee_gwei for a in packed)
    order = [(-a.max_fee_gwei, int(a.key)) if ordering == "fees" else int(a.key) for a in packed]
    assert order == sorted(order)
    assert blocks.pending_count == len(bids) - len(packed)
    paid = blocks.settle([(a, True) for a in packed])
    assert paid == [(a.max_fee_gwei, TABLE.gas("Pool", a.call.function, True)) for a in packed]


@given(st.floats(1, 400), st.integers(0, 60 * GAS))
def test_a_lone_bid_gets_in_exactly_when_higher_bids_leave_it_room(bid, demand_gas):
    blocks = space(demand=Demand(gas_per_block=demand_gas, fee_gwei=(40.0,), fee_sigma=0.5))
    above = DemandCurve(Demand(gas_per_block=demand_gas, fee_gwei=(40.0,), fee_sigma=0.5)).gas_above(bid, 0)
    blocks.submit(action(bid=bid), 0)
    assert bool(blocks.pack(0, 0)) == (above + GAS <= 10 * GAS)


def test_demand_is_lognormal_around_its_level_and_follows_the_waypoints():
    curve = DemandCurve(Demand(gas_per_block=10**9, fee_gwei=(10.0, 80.0), interval_s=3_600, fee_sigma=0.5))
    assert curve.gas_above(10.0, 0) == 5 * 10**8
    assert curve.gas_above(80.0, 3_600) == curve.gas_above(80.0, 999_999) == 5 * 10**8
    assert curve.gas_above(20.0, 3_599) == round(10**9 * (1 - NormalDist().cdf(1.3862943611198906)))
    assert curve.gas_above(curve.fee_leaving(3 * 10**8, 0), 0) == pytest.approx(3 * 10**8, rel=1e-9)


def test_the_inclusion_fee_is_enough_and_less_is_not():
    demand = Demand(gas_per_block=40 * GAS, fee_gwei=(40.0,))
    blocks = space(demand=demand)
    fee = blocks.inclusion_fee_gwei(0)
    blocks.submit(action(key="enough", bid=fee * 1.0001, function="big"), 0)
    blocks.submit(action(agent="b", key="less", bid=fee * 0.99, function="big"), 0)
    assert keys(blocks.pack(0, 0)) == ["enough"]
    assert space(base_fee_gwei=30.0).inclusion_fee_gwei(0) == 30.0


def test_a_replacement_needs_a_tenth_more():
    blocks = space()
    assert blocks.submit(action(bid=50.0), 0)
    assert not blocks.submit(action(bid=54.9), 0)
    assert blocks.submit(action(bid=55.0), 0)
    assert blocks.submit(action(agent="other", bid=1.0), 0), "of another agent, it is another purpose"
    assert [a.max_fee_gwei for a in blocks.pack(0, 0)] == [55.0, 1.0]


def test_system_actions_come_first_free_and_outside_the_capacity():
    blocks = space(gas_limit=GAS)
    blocks.submit(action(key="paid", bid=90.0), 0)
    blocks.submit(action(agent="engine", key="push", bid=None, function="big"), 0)
    packed = blocks.pack(0, 0)
    assert keys(packed) == ["push", "paid"]
    assert blocks.settle([(a, True) for a in packed]) == [(0.0, 5 * GAS), (90.0, GAS)]


def test_an_expired_action_does_not_keep_out_the_next_of_its_purpose():
    blocks = space(base_fee_gwei=60.0)
    for block in range(3):
        assert blocks.submit(action(key="again", bid=50.0, expires=block), block)
        assert blocks.pack(block, 12 * block) == []
        assert blocks.pending_count == 1


def test_what_is_left_waits_until_it_expires_or_is_withdrawn():
    blocks = space(base_fee_gwei=60.0, base_fee_moves=False)
    blocks.submit(action(key="expires", expires=1), 0)
    blocks.submit(action(key="waits"), 0)
    assert not blocks.submit(action(key="late", expires=0), 1)
    assert blocks.pack(0, 0) == [] and blocks.pack(1, 12) == [] and blocks.pending_count == 2
    assert blocks.pack(2, 24) == [] and blocks.pending_count == 1
    assert blocks.clear("keeper", "waits") and not blocks.clear("keeper", "waits")
    assert blocks.pending_count == 0


def test_congestion_keeps_lower_bids_out_until_it_ends():
    blocks = space()
    blocks.congest(100.0, until_time_s=24)
    blocks.submit(action(key="low", bid=99.0), 0)
    blocks.submit(action(key="high", bid=100.0), 0)
    assert blocks.inclusion_fee_gwei(0) == 100.0
    assert keys(blocks.pack(0, 12)) == ["high"]
    assert keys(blocks.pack(1, 24)) == ["low"]


def test_reverted_calls_cost_the_gas_of_a_revert():
    blocks = space()
    blocks.submit(action(bid=7.0), 0)
    assert blocks.settle([(a, False) for a in blocks.pack(0, 0)]) == [(7.0, 40_000)]


def test_first_come_waits_behind_what_was_queued_before_whatever_it_bids():
    blocks = space(ordering="first_come", demand=Demand(gas_per_block=15 * GAS, fee_gwei=(20.0,)))
    for block in range(2):
        blocks.pack(block, 0)
    blocks.submit(action(bid=10_000.0), 2)
    assert blocks.pack(2, 0) == [], "ten blocks' worth is ahead of it"
    assert keys(blocks.pack(3, 0)) == ["k"]


def test_a_call_that_the_table_does_not_list_is_named():
    with pytest.raises(UnknownGas, match="Pool.unknown is not in the gas table"):
        space().submit(action(function="unknown"), 0)
    with pytest.raises(ValueError, match="ok and revert"):
        GasTable({"Pool.swap": {"ok": 1, "revert": 1}})
    assert load_gas_table().gas("FlashLiquidator", "liquidate", True) > 100_000


OUTAGE = ({"at_s": 24, "for_s": 24},)
CROWD = Demand(gas_per_block=15 * GAS, fee_gwei=(1e6,))


@pytest.mark.parametrize("ordering", ["fees", "first_come"])
def test_an_outage_lets_settlements_alone_through_and_keeps_the_rest_until_it_ends(ordering):
    blocks = space(outages=OUTAGE, ordering=ordering)
    assert [blocks.is_down(time_s) for time_s in (0, 23, 24, 47, 48)] == [False, False, True, True, False]
    blocks.submit(action(key="expires", bid=90.0, expires=3), 2)
    blocks.submit(action(key="waits"), 2)
    blocks.submit(action(agent="environment", key="sale", bid=None), 2)
    blocks.submit(replace(action(agent="outside", key="settle/0", bid=None), intent=SETTLEMENT), 2)
    assert keys(blocks.pack(2, 24)) == ["settle/0"]
    assert blocks.pack(3, 36) == [] and blocks.pending_count == 3
    assert keys(blocks.pack(4, 48)) == ["sale", "waits"]


def test_base_fee_and_the_queue_of_others_stand_still_in_an_outage():
    blocks = space(base_fee_gwei=10.0, outages=OUTAGE, ordering="first_come", demand=CROWD)
    for block in range(2):
        blocks.pack(block, 12 * block)
        blocks.settle([])
    before = blocks.base_fee_gwei
    blocks.submit(action(bid=10_000.0), 2)
    for block in (2, 3):
        assert blocks.pack(block, 12 * block) == [] and blocks.settle([]) == []
        assert blocks.base_fee_gwei == before
    assert blocks.pack(4, 48) == [], "the ten blocks' gas ahead of it is still there"
    assert keys(blocks.pack(5, 60)) == ["k"]


def test_a_call_that_sells_through_an_unusual_router_costs_the_difference_if_it_succeeds():
    """The table has a flash liquidation with a sale on one constant-product pool."""
    table = GasTable(
        {
            "Keeper.liquidate": {"ok": 480_000, "revert": 110_000},
            "SwapRouter.swapExactIn": {"ok": 95_000, "revert": 35_000},
            "SplitRouter.swapExactIn": {"ok": 440_000, "revert": 240_000},
        }
    )
    plain = Call("Keeper", "0x" + "11" * 20, "liquidate", (), b"")
    for through, gas in ((None, 480_000), ("SwapRouter", 480_000), ("SplitRouter", 825_000)):
        call = replace(plain, through=through)
        assert table.used(call, True) == gas and table.used(call, False) == 110_000
        assert table.reserved(replace(action(), call=call)) == gas
    with pytest.raises(UnknownGas, match="OtherRouter.swapExactIn"):
        table.used(replace(plain, through="OtherRouter"), True)


def test_a_call_that_grows_with_a_book_raises_nobody_else_s_bid():
    """The fee of inclusion is that of the largest other call."""
    entries = {"Pool.swap": {"ok": GAS, "revert": 40_000}}
    grown = entries | {"Deleverager.liquidate": {"ok": 5 * GAS, "revert": 40_000}}
    demand = Demand(gas_per_block=12 * GAS, fee_gwei=(40.0,))
    model = Model(gas_limit=10 * GAS, base_fee_gwei=0.0, demand=demand)
    fees = [BlockSpace(model, GasTable(one)).inclusion_fee_gwei(0) for one in (entries, grown)]
    assert fees[0] == fees[1] > 0
