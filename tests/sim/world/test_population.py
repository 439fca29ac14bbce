"""A borrower's position realises the health factor that was drawn for it."""

from hypothesis import given
from hypothesis import strategies as st

from sim.world.population import debt_units, realise
from tests.scenarios import small_document, small_scenario

PRICES_E8 = {"WETH": 2_000 * 10**8, "USDC": 10**8}


@given(
    collateral_units=st.integers(10**15, 10**24),
    health_bps=st.integers(10_000, 50_000),
    threshold_bps=st.integers(1_000, 9_900),
)
def test_debt_realises_the_health_from_above_and_within_one_unit(collateral_units, health_bps, threshold_bps):
    price_e8 = 2_000 * 10**8

    def health_numerator() -> int:
        return collateral_units * price_e8 * threshold_bps * 10**6

    debt = debt_units(collateral_units, 18, 6, price_e8, 10**8, threshold_bps, health_bps)
    wanted = 10**18 * 10**8 * health_bps
    assert debt * wanted <= health_numerator() < (debt + 1) * wanted


def test_lognormal_group_holds_its_total_and_keeps_its_minimum():
    borrowers = realise(small_scenario(), PRICES_E8)
    total = sum(borrower.supplied["WETH"] for borrower in borrowers)
    assert abs(total - 12 * 40 * 10**18) < 12 * 10**6
    for borrower in borrowers:
        limit = borrower.supplied["WETH"] * 2_000 * 8_300 * 10**6
        assert borrower.debt["USDC"] * 10**18 * 10_200 <= limit


def test_a_group_added_behind_another_moves_no_borrower_of_it():
    document = small_document()
    group = document["population"]["borrowers"]
    both = small_scenario(population={"borrowers": group, "later": group})
    alone = realise(small_scenario(), PRICES_E8)
    assert realise(both, PRICES_E8)[: len(alone)] == alone


def test_ladder_rungs_reach_par_at_their_prices_and_the_first_is_below():
    ladder = {
        "kind": "ladder",
        "market": "market",
        "collateral": "WETH",
        "debt": "USDC",
        "count": 5,
        "collateral_tokens": 10,
        "spacing_bps": 100,
    }
    rungs = realise(small_scenario(population={"ladder": ladder}), PRICES_E8)
    par = 10 * 2_000 * 10**6 * 8_300 // 10_000
    assert rungs[0].debt["USDC"] == par + 1
    assert [rung.debt["USDC"] for rung in rungs[1:]] == [par * 99**k // 100**k for k in range(1, 5)]
    later = realise(small_scenario(population={"ladder": {**ladder, "start_bps": 250}}), PRICES_E8)
    assert [rung.debt["USDC"] for rung in later] == [par * 975 * 99**k // (1_000 * 100**k) for k in range(5)]
