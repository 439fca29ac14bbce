"""The waves of 10 October 2025: the recorded table recomputed, and our policies on synthetic winners of each."""

from __future__ import annotations

import pytest

from sim.reference.deleveraging import profit_quote
from tests.conformance import october_waves, synthetic_waves
from tests.conformance.synthetic_winners import QUOTE_DECIMALS, draw, needed_of

pytestmark = pytest.mark.skipif(
    not october_waves.PRESENT, reason=f"the recorded waves are absent: {october_waves.FOLDER} (set TAILSPIN_DATA)"
)
CENT = 0.005
UNIT_PER_USD = 10**QUOTE_DECIMALS


@pytest.fixture(scope="module")
def waves():
    return october_waves.load_waves()


@pytest.fixture(scope="module")
def synthetic(waves, artifacts):
    return synthetic_waves.run_synthetic(waves, artifacts)


class TestRecordedTable:
    def test_needed_of_each_wave_is_the_sum_of_gap_times_quantity(self, waves):
        assert len(waves) == 16
        for wave in waves:
            assert wave.needed_usd == pytest.approx(wave.stated_needed_usd, abs=CENT)
            assert wave.overshoot_usd == pytest.approx(wave.stated_overshoot_usd, abs=CENT)

    def test_totals(self, waves):
        found = october_waves.totals(waves)
        assert found.needed_usd == pytest.approx(15_079_669.61, abs=CENT)
        assert found.production_usd == pytest.approx(60_108_335.33, abs=CENT)
        assert found.overshoot_usd == pytest.approx(45_028_665.72, abs=CENT)
        assert found.positive_overshoot_usd == pytest.approx(49_405_578.12, abs=CENT)
        assert found.negative_waves == 6

    def test_signs_differ_and_one_wave_makes_most_of_it(self, waves):
        below = [wave.number for wave in waves if wave.overshoot_usd < 0]
        assert below == [1, 2, 4, 5, 9, 10]
        assert max(waves, key=lambda wave: wave.overshoot_usd).number == 13
        assert max(wave.overshoot_usd for wave in waves) == pytest.approx(32_864_909.56, abs=CENT)

    def test_one_account_makes_most_of_the_deficit_by_being_in_nine_waves(self, waves):
        found = october_waves.totals(waves)
        assert found.deficit_usd == pytest.approx(100_063_386.69, abs=CENT)
        assert max(wave.largest_loss_usd for wave in waves) == pytest.approx(10_925_707.16, abs=CENT)
        assert found.repeats == 9
        assert found.deficit_counted_once_usd == pytest.approx(12.66e6, abs=5_000)

    def test_the_overshoot_depends_on_when_winners_are_valued(self):
        by_horizon = october_waves.overshoots_by_horizon_usd()
        assert by_horizon[0] == min(by_horizon.values()) == pytest.approx(45_028_665.72, abs=CENT)
        assert max(by_horizon.values()) == pytest.approx(51_673_606.61, abs=CENT)
        assert october_waves.queue_overshoot_usd() == pytest.approx(653_552_663.51, abs=CENT)

    def test_the_table_prints_totals_and_caveats(self, waves):
        printed = october_waves.table(waves)
        for figure in (
            "15,079,669.61",
            "60,108,335.33",
            "45,028,665.72",
            "6 waves are below 0",
            "49,405,578.12",
            "51,673,606.61",
            "one account in 9 waves",
            "12,657,729.41",
            "653,552,663.51",
        ):
            assert figure in printed


class TestSyntheticWinners:
    """Nothing here is about the day itself but three sums for each wave."""

    def test_synthetic_populations_match_equity_profit_and_need_to_the_unit(self, waves):
        for wave in waves:
            synthetic = draw(wave, synthetic_waves.SEED)
            assert sum(one.equity_quote for one in synthetic.winners) == round(
                wave.winners_equity_usd * UNIT_PER_USD
            )
            profits = [profit_quote(one) for one in synthetic.winners]
            assert min(profits) > 0
            assert sum(profits) == round(wave.winners_profit_usd * UNIT_PER_USD)
            assert abs(synthetic.needed_quote - needed_of(wave)) <= 1

    def test_synthetic_populations_are_the_same_for_the_same_seed(self, waves):
        assert draw(waves[0], 1) == draw(waves[0], 1) != draw(waves[0], 2)

    def test_every_policy_takes_what_is_needed_of_synthetic_winners_and_no_more(self, synthetic):
        """Sizes are exact, so that there is neither the shortfall of whole contracts nor an overshoot in sum."""
        for outcomes in synthetic.values():
            for one in outcomes.values():
                assert one.closed_wad == one.synthetic.size_wad, f"synthetic wave, {one.policy}"

    def test_overshoot_of_queues_is_above_that_of_pro_rata_in_every_synthetic_wave(self, synthetic):
        for number, outcomes in synthetic.items():
            fair = outcomes["pro rata"]
            for queue in (outcomes["queue"], outcomes["index queue"]):
                message = f"synthetic winners of wave {number}, {queue.policy}"
                assert queue.beyond_equal_quote > fair.beyond_equal_quote, message
                assert queue.largest_haircut > fair.largest_haircut, message
                assert queue.accounts < fair.accounts, message

    def test_pro_rata_cuts_no_synthetic_profit_by_more_than_the_recorded_study_found(self, synthetic):
        """By pro rata at most 16.5 % in any wave; here less than 2 % where a million or more is needed."""
        for number, outcomes in synthetic.items():
            largest = outcomes["pro rata"].largest_haircut
            assert largest < 0.165, f"synthetic winners of wave {number}"
            if outcomes["pro rata"].synthetic.wave.needed_usd > 1e6:
                assert largest < 0.02, f"synthetic winners of wave {number}"

    def test_the_synthetic_table_says_so(self, synthetic):
        printed = synthetic_waves.synthetic_table(synthetic)
        assert printed.startswith("SYNTHETIC winners")
        assert len(printed.splitlines()) == 3 + 16 + 1

    @pytest.mark.slow
    @pytest.mark.parametrize("seed", range(5))
    def test_it_does_not_hang_on_the_seed_of_synthetic_winners(self, waves, artifacts, seed):
        for number, outcomes in synthetic_waves.run_synthetic(waves, artifacts, seed).items():
            fair = outcomes["pro rata"].beyond_equal_quote
            assert outcomes["queue"].beyond_equal_quote > fair, f"synthetic winners of wave {number}"
