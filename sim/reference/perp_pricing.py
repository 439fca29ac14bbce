"""Exact-integer mirrors of the prices of perpetuals: impact of open interest, virtual constant product.

Sizes are base with 18 decimals (long above 0), prices quote per base with 8, quote amounts smallest units of the
quote token. The impact is GMX v2's with the exponent 2, the virtual curve that of Perpetual Protocol.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sim.reference.bankruptcy import quote_unit
from sim.reference.positions import value_floor
from sim.units import BPS, E8, UINT256_MAX, WAD, mul_div_down, mul_div_up

MAX_SIZE_WAD = 10**33
MAX_PRICE_E8 = 10**20
_SQUARE_SCALE = 10**34
_QUOTE_DECIMALS = 18


def impact_quote_down(
    before_wad: int, after_wad: int, price_e8: int, favourable_wad: int, adverse_wad: int, quote_decimals: int
) -> int:
    """Return what a trade gets (below 0: pays) for taking the imbalance from one value to another."""
    before = mul_div_down(abs(before_wad), price_e8, WAD) ** 2
    after_up = mul_div_up(abs(after_wad), price_e8, WAD) ** 2
    favourable, adverse = (factor * 10**quote_decimals for factor in (favourable_wad, adverse_wad))
    if before_wad * after_wad < 0:
        return before * favourable // _SQUARE_SCALE - mul_div_up(after_up, adverse, _SQUARE_SCALE)
    if abs(after_wad) <= abs(before_wad):
        return max(before - after_up, 0) * favourable // _SQUARE_SCALE
    return -mul_div_up(after_up - before, adverse, _SQUARE_SCALE)


def capped_impact(impact: int, gain_limit: int, loss_limit: int) -> int:
    """Return an impact within its limits."""
    return min(impact, gain_limit) if impact >= 0 else -min(-impact, loss_limit)


def skewed_mid_e8_down(imbalance_wad: int, price_e8: int, favourable_wad: int, adverse_wad: int) -> int:
    """Return the index with the premium of the imbalance; at least 1."""
    premium = abs(imbalance_wad) * price_e8 * (favourable_wad + adverse_wad) * price_e8
    scale = WAD**2 * E8
    return price_e8 + premium // scale if imbalance_wad >= 0 else max(price_e8 - mul_div_up(premium, 1, scale), 1)


@dataclass(frozen=True, slots=True)
class ImpactParams:
    """Factors (wad per unit of quote) and caps (bps of a trade's value) of the contract's struct."""

    favourable_wad: int
    adverse_wad: int
    favourable_cap_bps: int
    liquidation_cap_bps: int


@dataclass(slots=True)
class OracleImpactPricing:
    """Mirror of the contract for one instrument."""

    params: ImpactParams
    quote_decimals: int
    net_wad: int = 0
    pool_quote: int = 0

    def quote(self, size_delta_wad: int, index_e8: int, liquidation: bool = False) -> tuple[int, int]:
        """Return what the trader gets, and the impact in it."""
        terms = self.params
        fair = value_floor(-size_delta_wad, index_e8, quote_unit(self.quote_decimals))
        value = abs(fair)
        gain_limit = min(value * terms.favourable_cap_bps // BPS, self.pool_quote)
        loss_limit = value if size_delta_wad < 0 else UINT256_MAX
        if liquidation:
            loss_limit = value * terms.liquidation_cap_bps // BPS
            gain_limit = min(gain_limit, loss_limit)
        factors = terms.favourable_wad, terms.adverse_wad
        after_wad = self.net_wad + size_delta_wad
        impact = impact_quote_down(self.net_wad, after_wad, index_e8, *factors, self.quote_decimals)
        impact = capped_impact(impact, gain_limit, loss_limit)
        return fair + impact, impact

    def trade(self, size_delta_wad: int, index_e8: int, liquidation: bool = False) -> int:
        """Book a trade; return what the trader gets."""
        traded, impact = self.quote(size_delta_wad, index_e8, liquidation)
        self.net_wad += size_delta_wad
        self.pool_quote -= impact
        return traded

    def mid_e8(self, index_e8: int) -> int:
        """Return the mid at an index."""
        return skewed_mid_e8_down(self.net_wad, index_e8, self.params.favourable_wad, self.params.adverse_wad)


def pegged_reserves(depth_wad: int, price_e8: int) -> tuple[int, int]:
    """Return reserves (base, quote; 18 decimals) whose price is exactly that."""
    multiple = depth_wad // price_e8
    return multiple * E8, multiple * price_e8


def spot_e8_down(base_wad: int, quote_wad: int, reserve_wad: int) -> int:
    """Return the price at a base reserve."""
    return base_wad * quote_wad // reserve_wad * E8 // reserve_wad


def moved_quote_down(
    base_wad: int, quote_wad: int, from_reserve_wad: int, to_reserve_wad: int, quote_decimals: int
) -> int:
    """Return what a trader gets who takes the base reserve from one value to another; below 0 for a buy."""
    k = base_wad * quote_wad
    before, after = k // from_reserve_wad, mul_div_up(k, 1, to_reserve_wad)
    scale = 10 ** (_QUOTE_DECIMALS - quote_decimals)
    if to_reserve_wad >= from_reserve_wad:
        return max(before - after, 0) // scale
    return -mul_div_up(after - before, 1, scale)


@dataclass(frozen=True, slots=True)
class VirtualCurve:
    """The contract's struct; all with 18 decimals."""

    base_wad: int
    quote_wad: int
    reserve_wad: int
    balance_wad: int


@dataclass(slots=True)
class VirtualAmmPricing:
    """Mirror of the contract for one instrument; raises ``ValueError`` where the contract reverts."""

    depth_wad: int
    index_e8: int
    quote_decimals: int
    net_wad: int = 0
    repeg_cost_quote: int = 0
    curve: VirtualCurve = field(init=False)

    def __post_init__(self) -> None:
        self.curve = self._pegged(self.depth_wad, self.index_e8)

    @property
    def mid_e8(self) -> int:
        """Price of an infinitely small trade."""
        return spot_e8_down(self.curve.base_wad, self.curve.quote_wad, self.curve.reserve_wad)

    def quote(self, size_delta_wad: int) -> int:
        """Return what the trader gets."""
        return self._moved(self.curve, size_delta_wad)

    def trade(self, size_delta_wad: int) -> int:
        """Book a trade; return what the trader gets."""
        traded = self.quote(size_delta_wad)
        self.curve = replace(self.curve, reserve_wad=self.curve.reserve_wad - size_delta_wad)
        self.net_wad += size_delta_wad
        return traded

    def repeg(self, depth_wad: int, index_e8: int) -> int:
        """Peg the curve to an index and a depth; return what that costs the maker."""
        pegged = self._pegged(depth_wad, index_e8)
        cost = self._moved(pegged, -self.net_wad) - self._moved(self.curve, -self.net_wad)
        self.curve = pegged
        self.repeg_cost_quote += cost
        return cost

    def set_depth(self, depth_wad: int) -> int:
        """Give the curve another depth at its own mid; return what that costs the maker."""
        return self.repeg(depth_wad, self.mid_e8)

    def _pegged(self, depth_wad: int, price_e8: int) -> VirtualCurve:
        base, quote = pegged_reserves(depth_wad, price_e8)
        if not 0 < base <= MAX_SIZE_WAD or base + self.net_wad <= 0:
            raise ValueError("depth out of range")
        return VirtualCurve(base, quote, base, base + self.net_wad)

    def _moved(self, at: VirtualCurve, size_delta_wad: int) -> int:
        if size_delta_wad == 0:
            return 0
        reserve = at.reserve_wad - size_delta_wad
        if reserve <= 0 or not 0 < spot_e8_down(at.base_wad, at.quote_wad, reserve) <= MAX_PRICE_E8:
            raise ValueError("insufficient depth")
        return moved_quote_down(at.base_wad, at.quote_wad, at.reserve_wad, reserve, self.quote_decimals)
