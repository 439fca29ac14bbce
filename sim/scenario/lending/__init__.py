"""Models of lending markets, one kind each.

Every kind offers `reserves` (a `Reserve` per asset, derived where the kind has none of its own), `insurance`,
`flash_fee_bps`, `sells_over_time`, `named_assets` and `problems`, so that populations, agents
and metrics need not know the kind; `bonus_range_bps` too, unless its adapter tells the bonus.
"""

from typing import Annotated

from pydantic import Field

from sim.scenario.base import DefaultKind
from sim.scenario.lending.isolated import IsolatedMarket
from sim.scenario.lending.pool import PoolMarket, Reserve
from sim.scenario.lending.soft import SoftLiquidationMarket

LendingMarket = Annotated[
    PoolMarket | IsolatedMarket | SoftLiquidationMarket, Field(discriminator="kind"), DefaultKind("pool")
]

__all__ = ["IsolatedMarket", "LendingMarket", "PoolMarket", "Reserve", "SoftLiquidationMarket"]
