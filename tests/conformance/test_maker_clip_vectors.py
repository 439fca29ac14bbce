"""The auctions of DutchAuctionCore against what the bytecode of Maker's Dog and Clipper did, to the unit.

The contract is the one that `DutchAuction` is made of, with positions that can be set: a Maker vault has a rate
with 27 digits and a price with 18, which no lending pool with prices of 8 decimals could show. Lots, tabs,
throttles, prices, resets and purchases are the same code.
"""

from __future__ import annotations

import pytest

from sim.chain.accounts import ACCOUNTS
from sim.units import RAY, UINT256_MAX, WAD
from tests.conformance.vector_files import load_vectors

CASES = load_vectors("maker_clip.json")["cases"]
OWNER, USER, KEEPER, BUYER, COLLATERAL, DEBT = (ACCOUNTS.address(i) for i in range(1, 7))
START_S = 1_700_000_000
REVERTS = {"Clipper/too-expensive": "TooExpensive", "Clipper/needs-reset": "NeedsReset"}
"""Our error for each of the vectors' reasons."""
POSITION = {"collateralAssets": "ink", "debtAssets": "art", "rateRay": "rate"}
"""Fields of our position by the vectors' parameters."""


def _decay(revm, deploy, calc: dict) -> object:
    if calc["type"] == "linear":
        return deploy(revm, "LinearDecay", int(calc["tau"]))
    if calc["type"] == "exponential":
        return deploy(revm, "ExponentialDecay", int(calc["cut"]))
    return deploy(revm, "StairStepDecay", int(calc["cut"]), int(calc["step"]))


def _auction(revm, deploy, case: dict) -> object:
    """Deploy the auction with the case's parameters and vault; the global throttle is unlimited."""
    given = {name: int(value) for name, value in case["params"].items()}
    auction = deploy(revm, "ExposedDutchAuction", OWNER)
    params = {
        "decay": _decay(revm, deploy, case["calc"]).address,
        "bufferRay": given["buf"],
        "cuspRay": given["cusp"],
        "tailS": given["tail"],
        "penaltyWad": given["chop"],
        "chipWad": given["chip"],
        "tipRad": given["tip"],
        "dustRad": given["dust"],
        "limitRad": given["hole"],
    }
    auction.send(OWNER, "setAuctionParams", COLLATERAL, params)
    auction.send(OWNER, "setTotalLimit", UINT256_MAX)
    position = {name: given[key] for name, key in POSITION.items()}
    auction.send(OWNER, "setPosition", position, given["price_wad_at_bark"] * (RAY // WAD))
    return auction


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_auction_equals_maker(case, revm, deploy):
    revm.begin(START_S)
    auction = _auction(revm, deploy, case)
    auction.send(KEEPER, "start", USER, COLLATERAL, DEBT, KEEPER, at_s=START_S)
    lot, bark = auction.read("lotStatus", 1).lot, case["bark"]
    assert (lot.lotAssets, lot.tabRad) == (int(bark["lot"]), int(bark["tab"]))
    assert (lot.topRay, lot.minTabRad) == (int(bark["top"]), int(bark["chost"]))
    assert auction.read("rewardRad") == int(bark["kpr_reward_rad"])
    left = auction.read("position")
    assert (left.collateralAssets, left.debtAssets) == (int(bark["ink_left"]), int(bark["art_left"]))
    assert auction.read("inAuctionRad", COLLATERAL) == int(bark["dirt"]) == auction.read("totalInAuctionRad")
    for take in case["takes"]:
        _take(auction, take)


def _take(auction: object, take: dict) -> None:
    amount, most = (UINT256_MAX if take[name] == "max" else int(take[name]) for name in ("amt", "max_price"))
    arguments = (1, amount, most, BUYER, b"")
    at_s = START_S + int(take["elapsed"])
    auction.chain.begin(at_s)
    if take["reverted"] is not None:
        error = auction.send_error(BUYER, "take", *arguments, at_s=at_s)
        assert error.startswith(REVERTS[take["reverted"]] + "(")
        return
    status = auction.read("lotStatus", 1)
    assert status.priceRay == int(take["price"])
    delivered, returned = auction.read("deliveredAssets"), auction.read("returnedAssets")
    auction.send(BUYER, "take", *arguments, at_s=at_s)
    assert auction.read("deliveredAssets") - delivered == int(take["slice"])
    assert auction.read("returnedAssets") - returned == int(take["lot_returned"])
    if take["closed"]:
        assert auction.read("activeLots") == []
        assert auction.read_error("lotStatus", 1) == "UnknownLot(1)"
        assert auction.read("inAuctionRad", COLLATERAL) == 0 == auction.read("totalInAuctionRad")
        return
    lot = auction.read("lotStatus", 1).lot
    assert (lot.lotAssets, lot.tabRad) == (int(take["lot_after"]), int(take["tab_after"]))
    assert status.lot.tabRad - lot.tabRad == int(take["owe"])
    assert auction.read("inAuctionRad", COLLATERAL) == lot.tabRad


def test_every_vector_is_collected():
    assert len(CASES) == 35
