"""Models of lending markets, one kind each.

Every kind offers `reserves` (a `Reserve` per asset, derived where the kind has none of its own), `insurance`,
`flash_fee_bps`, `sells_over_time`, `close_share_bps`, `bonus_range_bps` and `problems`, so that populations,
agents and metrics need not know the kind.
"""

from typing import Annotated

from sim.scenario.base import DefaultKind
from sim.scenario.lending.pool import PoolMarket, Reserve

LendingMarket = Annotated[PoolMarket, DefaultKind("pool")]

__all__ = ["LendingMarket", "PoolMarket", "Reserve"]
