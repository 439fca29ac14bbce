"""Models of perpetual markets and of those who trade on them."""

from sim.scenario.perps.market import PerpCollateral, PerpMarket
from sim.scenario.perps.traders import BookGroup, ExplicitTraders, Hedgers, PositionLadder, TraderGroup

__all__ = [
    "BookGroup",
    "ExplicitTraders",
    "Hedgers",
    "PerpCollateral",
    "PerpMarket",
    "PositionLadder",
    "TraderGroup",
]
