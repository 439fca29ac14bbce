"""An account at given prices, and the prices at which it can be liquidated."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinearPosition:
    """An account as linear in prices: it is at its limit where the weights times the prices add up to nothing.

    `weights` holds, per asset, (threshold x supply - debt) in whole tokens; `prices_e8` the prices read.
    """

    weights: Mapping[str, float]
    prices_e8: Mapping[str, int]

    def surplus(self, prices_e8: Mapping[str, int]) -> float:
        """Risk-adjusted collateral minus debt at other prices; negative where it can be liquidated."""
        return sum(weight * prices_e8[asset] for asset, weight in self.weights.items())

    def not_safer(self, prices_e8: Mapping[str, int]) -> bool:
        """Whether every price is at least as bad for the account as the one read."""
        return all(
            prices_e8[asset] <= self.prices_e8[asset] if weight > 0 else prices_e8[asset] >= self.prices_e8[asset]
            for asset, weight in self.weights.items()
            if weight
        )

    def limit_e8(self, asset: str) -> float:
        """Price of one asset at which health is 1, the others as read."""
        others = sum(w * self.prices_e8[name] for name, w in self.weights.items() if name != asset)
        return -others / self.weights[asset]

    def limit_in(self, debt: str, asset: str) -> float | None:
        """The same in units of `debt`; None where it has no limit above zero that a fall would cross."""
        if asset == debt or self.weights.get(asset, 0.0) <= 0 or not self.prices_e8[debt]:
            return None
        limit = self.limit_e8(asset) / self.prices_e8[debt]
        return limit if limit > 0 else None
