"""Toxic frontier of isolated markets: repaying raises health iff HF > LLTV * LIF (arXiv 2212.07306, restated).

Published products: 0.8977 for an LLTV of 86 %, 0.9609 for 94.5 %.
"""

from __future__ import annotations

import pytest

from sim.reference.isolated import incentive_factor_wad_down
from sim.units import E8, WAD
from tests.isolated import ETH, USD, new_isolated_market
from tests.lending import BORROWER

COLLATERAL = 100 * ETH


def frontier(lltv_bps: int) -> float:
    """Health at which a liquidation leaves health as it is."""
    lltv_wad = lltv_bps * WAD // 10_000
    return lltv_wad * incentive_factor_wad_down(lltv_wad) / WAD**2


@pytest.mark.parametrize(("lltv_bps", "published"), [(8_600, "0.8977"), (9_450, "0.9609")])
def test_published_products(lltv_bps, published):
    assert f"{frontier(lltv_bps):.4f}" == published


@pytest.mark.parametrize("lltv_bps", [3_850, 6_250, 7_700, 8_600, 9_150, 9_450, 9_800])
@pytest.mark.parametrize("side", [-1, 1])
def test_the_sign_flips_within_a_permille(revm, deploy, lltv_bps, side):
    """A tenth of the debt is repaid 0.1 % above and below the frontier."""
    market = new_isolated_market(revm, deploy, lltv_wad=lltv_bps * WAD // 10_000)
    debt = 200_000 * USD * lltv_bps // 10_000
    market.supply(debt)
    market.open(BORROWER, COLLATERAL, debt)
    market.push(int(2_000 * E8 * frontier(lltv_bps) * (1 + side / 1_000)))
    events = market.liquidate(BORROWER, shares=market.position(BORROWER).borrowShares // 10)
    done = dict(events)["Liquidation"]
    assert done["healthBeforeWad"] / WAD == pytest.approx(frontier(lltv_bps) * (1 + side / 1_000), rel=1e-6)
    assert (done["healthAfterWad"] > done["healthBeforeWad"]) == (side > 0)
