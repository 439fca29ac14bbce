"""Which feeds somebody must call from time to time, and who does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.scenario.feeds.base import FeedSource
from sim.scenario.feeds.stacks import stacks


@dataclass(frozen=True, slots=True)
class Upkept:
    """Feeds that one account looks after.

    `path` names them: that of a stack, or `price-<market>-<asset>` for what a market puts around its asset's feed.
    """

    path: str
    asset: str
    max_fee_gwei: float | None

    @property
    def role(self) -> str:
        """Role of the account."""
        return f"upkeep-{self.path}"


def price_path(market: str, asset: str) -> str:
    """Path, and role, of the feed that a market puts around an asset's."""
    return f"price-{market}-{asset}"


def upkept(feeds: Mapping[str, FeedSource], lending: Mapping[str, Any]) -> list[Upkept]:
    """All of a scenario: stacks in their order, then the prices of markets that go on at the last good one."""
    found = [
        Upkept(stack.path, stack.asset, stack.model.upkeep_max_fee_gwei)
        for stack in stacks(feeds)
        if stack.needs_upkeep
    ]
    for name, market in lending.items():
        if market.invalid_price != "revert":
            found += [
                Upkept(price_path(name, asset), asset, feeds[asset].upkeep_max_fee_gwei)
                for asset in market.reserves
            ]
    return found
