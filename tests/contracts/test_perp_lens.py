"""Bulk reads of a perpetual market are what single ones return, also where prices are invalid."""

from __future__ import annotations

from sim.units import E8, WAD
from tests.perps import ALICE, BOB, CROSS, USD, new_perp_market

STATE, INSTRUMENT = 7, 13


def test_words_are_the_views(revm, deploy):
    perps = new_perp_market(revm, deploy)
    lens = deploy(revm, "PerpLens")
    perps.pay_in(ALICE, 1_000 * USD)
    perps.pay_in(BOB, 500 * USD, "BTC")
    perps.trade(ALICE, "ETH", WAD)
    perps.trade(BOB, "BTC", -WAD // 100, isolated=True)
    accounts = [(ALICE, CROSS), (BOB, perps.slot("BTC"))]
    owners, slots = [list(one) for one in zip(*accounts, strict=True)]
    words = lens.read("accountWords", perps.market, owners, slots)
    width = STATE + 2
    for i, (owner, slot) in enumerate(accounts):
        state = perps.market.read("accountState", owner, slot)
        sizes = [perps.market.read("position", owner, slot, one).sizeWad for one in perps.instruments.values()]
        assert words[i * width : (i + 1) * width] == [*state, 1, *sizes]
    perps.price("BTC", 0, 0, 0)
    words = lens.read("accountWords", perps.market, owners, slots)
    assert words[width : 2 * width] == [0] * STATE + [0, -WAD // 100]
    words = lens.read("instrumentWords", perps.market)
    for i, symbol in enumerate(perps.instruments):
        price = 2_000 * E8 if symbol == "ETH" else 0
        assert words[i * INSTRUMENT : (i + 1) * INSTRUMENT] == [price] * 3 + list(perps.of(symbol))
    books = perps.books()
    assert books[BOB, perps.slot("BTC")] == (500 * USD, [(0, 0), (-WAD // 100, 500 * USD)])
    assert len(books) == len(perps.accounts())
