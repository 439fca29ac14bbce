"""Who may configure a DutchAuction, and within which bounds."""

from __future__ import annotations

import pytest

from sim.chain.base import DeployReverted
from sim.units import RAY, WAD
from tests.auctions import BUYER, USD, AuctionScene
from tests.lending import OWNER


@pytest.fixture
def scene(revm, deploy) -> AuctionScene:
    return AuctionScene(revm, deploy)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"bufferRay": 0}, "bufferRay"),
        ({"cuspRay": RAY + 1}, "cuspRay"),
        ({"penaltyWad": WAD - 1}, "penaltyWad"),
        ({"chipWad": WAD + 1}, "chipWad"),
    ],
)
def test_parameters_out_of_range(scene, changes, error):
    with pytest.raises(AssertionError, match=f"AuctionParameterOutOfRange\\({error}, "):
        scene.set_parameters("WETH", **changes)


def test_only_the_owner_configures(scene):
    decay = scene.deploy("LinearDecay", 1).address
    params = {"decay": decay, **dict.fromkeys(("bufferRay", "cuspRay", "tailS", "penaltyWad"), 1)}
    params |= dict.fromkeys(("chipWad", "tipRad", "dustRad", "limitRad"), 1)
    for function, arguments in (
        ("setAuctionParams", (scene.token("WETH"), params)),
        ("setTotalLimit", (1,)),
        ("setStopped", (1,)),
        ("withdrawIncentives", (scene.token("USDC"), 0, BUYER)),
    ):
        error = scene.auction.send_error(BUYER, function, *arguments)
        assert error == f"OwnableUnauthorizedAccount({BUYER})"


def test_owner_withdraws_incentives(scene):
    scene.fund_incentives(50)
    usdc = scene.token("USDC")
    error = scene.auction.send_error(OWNER, "withdrawIncentives", usdc, 50 * USD + 1, OWNER)
    assert error == f"InsufficientIncentives({50 * USD + 1}, {50 * USD})"
    scene.auction.send(OWNER, "withdrawIncentives", usdc, 20 * USD, OWNER)
    assert scene.market.balance("USDC", OWNER) == 20 * USD
    scene.check_books()


@pytest.mark.parametrize(
    ("decay", "arguments"),
    [("LinearDecay", (0,)), ("ExponentialDecay", (RAY + 1,)), ("StairStepDecay", (RAY, 0))],
)
def test_decay_parameters_out_of_range(revm, deploy, decay, arguments):
    with pytest.raises(DeployReverted):
        deploy(revm, decay, *arguments)
