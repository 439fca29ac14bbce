"""Published examples of deleveraging, on chain: BitMEX's queue, Hyperliquid's two indices, arXiv 2512.01112.

Amounts have six decimals and prices eight unless a test says otherwise; numbers are exact at these scales, so
that equality is meant to the unit.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from sim.reference.bankruptcy import PositionAtMark, quote_unit
from sim.reference.margin_tiers import MarginTier
from sim.units import E8, WAD
from tests.deleveraging import Event, account

USD = 10**6


class TestQueueOfBitmex:
    """A short of 20 contracts is bankrupt at 650; longs rank 2 (10), 5 (20), 4 (30), 1, 6, 3."""

    MARK, BANKRUPT = 660, 650
    # Number, contracts, entry price and leverage: return times leverage falls in the order of the example.
    BOOK = [(1, 20, 600, 3), (2, 10, 550, 20), (3, 40, 655, 1), (4, 30, 600, 5), (5, 20, 600, 10), (6, 10, 600, 1)]

    def book(self):
        return [
            account(number, size, entry, Fraction(size * self.MARK, leverage), self.MARK)
            for number, size, entry, leverage in self.BOOK
        ]

    def test_ranks(self, revm, deploy):
        ranking = Event(20, self.MARK, self.BANKRUPT).ranked(deploy(revm, "ReturnLeverageQueue"), self.book())
        assert [one.owner for one in ranking] == [2, 5, 4, 1, 6, 3]

    def test_the_second_is_closed_whole_and_the_fifth_loses_ten_and_keeps_ten(self, revm, deploy):
        policy = deploy(revm, "ReturnLeverageQueue")
        closed = Event(20, self.MARK, self.BANKRUPT).closed(policy, self.book())
        assert closed == {1: 0, 2: 10 * WAD, 3: 0, 4: 0, 5: 10 * WAD, 6: 0}


class TestIndicesOfHyperliquid:
    """(mark / entry) · leverage, and return · leverage, do not order alike."""

    MARK = Fraction(3, 2)
    QUICK = account(1, 101, Fraction(150, 101), "15.15", MARK)  # 10 times leverage, 1 % return
    PATIENT = account(2, 2, 1, Fraction(3, 2), MARK)  # 2 times leverage, 50 % return

    @pytest.mark.parametrize(
        ("form", "quick", "patient"), [(0, "10.1", "3.0"), (1, "10.1", "3.0"), (2, "0.1", "1.0")]
    )
    def test_scores_of_two_longs(self, revm, deploy, form, quick, patient):
        event = Event(1, self.MARK, self.MARK)
        scores = deploy(revm, "IndexQueue", form).read("scores", event.words([self.QUICK, self.PATIENT]))
        assert scores == [Fraction(quick) * WAD, Fraction(patient) * WAD]

    @pytest.mark.parametrize(("form", "first"), [(0, 1), (1, 1), (2, 2)])
    def test_whom_they_close_first(self, revm, deploy, form, first):
        event = Event(1, self.MARK, self.MARK)
        closed = event.closed(deploy(revm, "IndexQueue", form), [self.QUICK, self.PATIENT])
        assert closed == {1: 0, 2: 0} | {first: WAD}

    @pytest.mark.parametrize(("form", "order"), [(0, [1, 2]), (1, [2, 1]), (2, [2, 1])])
    def test_as_documented_a_winning_short_counts_for_less_the_more_it_has_won(self, revm, deploy, form, order):
        """Mark over entry is .8 and .5 of two shorts of the same leverage."""
        shorts = [account(1, -1, "1.25", "0.5", 1), account(2, -1, 2, "0.5", 1)]
        event = Event(1, 1, 1)
        policy = deploy(revm, "IndexQueue", form)
        scores = dict(zip((1, 2), policy.read("scores", event.words(shorts)), strict=True))
        assert [one.owner for one in event.ranked(policy, shorts)] == order
        expected = {0: ("1.6", "1"), 1: ("2.5", "4"), 2: ("0.4", "1")}[form]
        assert [Fraction(scores[i], WAD) for i in (1, 2)] == [Fraction(one) for one in expected]


class TestGoldenVector:
    """Equities (10, 5, 1, -3, -12), profits (8, 4, .5, -3, -12), half of the deficit of 15 is raised: 7.5.

    Here each base of a winner has a profit of 1, all of which a close at the bankruptcy price takes: to seize 7.5
    is to close 7.5. All is exact in units of the quote token.
    """

    MARK, BANKRUPT = 101, 100
    EVENT = Event("7.5", MARK, BANKRUPT)

    def winners(self, owners: dict[int, int]):
        """Return accounts 1, 2 and 3 under addresses that settle the tie of the first two."""
        return [
            account(owners[1], 8, 100, 10, self.MARK),
            account(owners[2], 4, 100, 5, self.MARK),
            account(owners[3], "0.5", 100, 1, self.MARK),
        ]

    def seized(self, policy, owners):
        """Return what closing takes of accounts 1, 2 and 3, and the equities that it leaves."""
        winners = self.winners(owners)
        closed = self.EVENT.closed(policy, winners)
        taken = [Fraction(closed[owners[i]], WAD) * (self.MARK - self.BANKRUPT) for i in (1, 2, 3)]
        left = [Fraction(one.equity_quote, USD) - cut for one, cut in zip(winners, taken, strict=True)]
        return taken, left

    @pytest.mark.parametrize("kind", ["ReturnLeverageQueue", "IndexQueue"])
    def test_queue_in_the_order_two_one_three(self, revm, deploy, kind):
        """Accounts 1 and 2 are one another's multiple and tie; the lower address comes first."""
        policy = deploy(revm, kind, *([0] if kind == "IndexQueue" else []))
        taken, left = self.seized(policy, {2: 10, 1: 20, 3: 30})
        assert taken == [Fraction("3.5"), 4, 0]
        assert left == [Fraction("6.5"), 1, 1]

    def test_pro_rata_takes_six_tenths_of_every_profit(self, revm, deploy):
        taken, left = self.seized(deploy(revm, "CappedProRata", 0), {1: 10, 2: 20, 3: 30})
        assert taken == [Fraction("4.8"), Fraction("2.4"), Fraction("0.3")]
        assert left == [Fraction("5.2"), Fraction("2.6"), Fraction("0.7")]

    def test_penalty_of_the_queue_for_the_top_winner(self, revm, deploy):
        """Largest first, it gives H (1 - w1 / U) = 7.5 (1 - 8 / 12.5) = 2.7 more than pro rata."""
        owners = {1: 10, 2: 20, 3: 30}
        queue, _ = self.seized(deploy(revm, "ReturnLeverageQueue"), owners)
        fair, _ = self.seized(deploy(revm, "CappedProRata", 0), owners)
        assert queue[0] - fair[0] == Fraction("2.7")


POSITIONS = {
    "A": (1, 2, "0.0000", "0.0000"),
    "B": (1, Fraction(2, 3), "0.3333", "0.3704"),
    "C": (-4, Fraction(8, 3), "1.6667", "1.5152"),
    "D": (1, Fraction(2, 19), "0.8947", "0.9942"),
    "E": (-1, Fraction(10, 99), "1.1010", "1.0009"),
}
"""Quantity (long above 0), collateral, and the two prices with four decimals.

As the last of them 1.0010 is published, where the formula, (1 + 10 / 99) / 1.1, gives 1.00092.
"""


class TestFivePositions:
    """Quantity and collateral at an entry price of 1: prices within one step of 1e-8, with 18 decimals of quote.

    Collateral is rounded down to a unit, which is less than a step of the price.
    """

    UNIT = quote_unit(18)
    MAINTENANCE = [MarginTier(0, 1_000, 0), *[MarginTier(0, 0, 0)] * 4]

    @pytest.fixture
    def math(self, revm, deploy):
        return deploy(revm, "ExposedPerpMath")

    def position(self, name: str) -> PositionAtMark:
        quantity, collateral, *_ = POSITIONS[name]
        return PositionAtMark(quantity * WAD, int(Fraction(collateral) * WAD), E8, self.UNIT)

    @pytest.mark.parametrize("name", POSITIONS)
    def test_bankruptcy_and_liquidation_prices(self, math, name):
        quantity, collateral, bankruptcy, liquidation = POSITIONS[name]
        side = 1 if quantity > 0 else -1
        exact = max(1 - side * Fraction(collateral) / abs(quantity), 0)
        found = math.read("bankruptcyE8", self.position(name))
        closing = math.read("liquidationE8", self.position(name), 0, 1, self.MAINTENANCE)
        assert abs(Fraction(found, E8) - exact) <= Fraction(1, E8)
        assert abs(Fraction(closing, E8) - exact / (1 - side * Fraction(1, 10))) <= Fraction(1, E8)
        assert [f"{price / E8:.4f}" for price in (found, closing)] == [bankruptcy, liquidation]

    @pytest.mark.parametrize(
        ("name", "sold", "mark", "executed", "debt"),
        [("D", "0.4", "0.98", "0.78", "0.0459"), ("E", "-1", "1.05", "1.55", "0.4490")],
    )
    def test_linear_impact_leaves_bad_debt(self, math, name, sold, mark, executed, debt):
        """Impact of 1 per base: the price of execution is exact, the debt within a step of it times the size."""
        size, price = int(Fraction(sold) * WAD), int(Fraction(mark) * E8)
        paid = math.read("executionE8", price, -size, E8)
        assert paid == Fraction(executed) * E8
        bankrupt = math.read("bankruptcyE8", self.position(name))
        found = math.read("shortfallQuoteUp", size, bankrupt, paid, self.UNIT)
        assert f"{found / WAD:.4f}" == debt
        quantity, collateral, *_ = POSITIONS[name]
        exact = 1 - Fraction(collateral) / quantity
        expected = abs(Fraction(sold)) * abs(exact - Fraction(executed))
        assert abs(Fraction(found, WAD) - expected) <= abs(Fraction(sold)) / E8
