// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";

/// @title OpenInterestImpactLib
/// @notice What a trade pays for unbalancing open interest, and gets for balancing it, as GMX v2 has it:
///
///     impact = (before² − after²) · factor
///
/// with the imbalance (long minus short, at the index, in quote) before and after the trade. The factor is
/// `favourable` while the imbalance shrinks and `adverse` while it grows; a trade through balance gets the one and
/// pays the other. With favourable <= adverse no way back to where one started pays at a constant index.
/// @dev Imbalances are base with 18 decimals and long above 0; factors are wad per unit of quote, at most 1e18.
/// Sizes and prices lie within the bounds of `PerpBounds`.
library OpenInterestImpactLib {
    uint256 private constant WAD = 1e18;
    uint256 private constant E8 = 1e8;
    /// @dev Two values with 8 decimals and a wad.
    uint256 private constant SQUARE_SCALE = 1e34;

    /// @notice Impact in smallest units of quote, rounded down: above 0 the trader gets it.
    function impactQuoteDown(
        int256 beforeWad,
        int256 afterWad,
        uint256 priceE8,
        uint256 favourableWad,
        uint256 adverseWad,
        uint256 quoteDecimals
    ) internal pure returns (int256) {
        uint256 before = Math.mulDiv(SignedMath.abs(beforeWad), priceE8, WAD) ** 2;
        uint256 afterUp = Math.mulDiv(SignedMath.abs(afterWad), priceE8, WAD, Math.Rounding.Ceil) ** 2;
        favourableWad *= 10 ** quoteDecimals;
        adverseWad *= 10 ** quoteDecimals;
        bool crosses = (beforeWad > 0 && afterWad < 0) || (beforeWad < 0 && afterWad > 0);
        if (crosses) {
            uint256 paid = Math.mulDiv(afterUp, adverseWad, SQUARE_SCALE, Math.Rounding.Ceil);
            return int256(Math.mulDiv(before, favourableWad, SQUARE_SCALE)) - int256(paid);
        }
        if (SignedMath.abs(afterWad) <= SignedMath.abs(beforeWad)) {
            return int256(Math.mulDiv(Math.saturatingSub(before, afterUp), favourableWad, SQUARE_SCALE));
        }
        return -int256(Math.mulDiv(afterUp - before, adverseWad, SQUARE_SCALE, Math.Rounding.Ceil));
    }

    /// @notice An impact within its limits: at most `gainLimit`, and at least -`lossLimit`.
    function cappedImpact(int256 impact, uint256 gainLimit, uint256 lossLimit) internal pure returns (int256) {
        if (impact >= 0) return int256(Math.min(uint256(impact), gainLimit));
        return -int256(Math.min(uint256(-impact), lossLimit));
    }

    /// @notice Mean of what the next infinitely small buy and sale pay, both without limits, rounded down and at
    /// least 1: index · (1 + (favourable + adverse) · imbalance).
    function skewedMidE8Down(
        int256 imbalanceWad,
        uint256 priceE8,
        uint256 favourableWad,
        uint256 adverseWad
    ) internal pure returns (uint256) {
        uint256 value = SignedMath.abs(imbalanceWad) * priceE8;
        uint256 factor = favourableWad + adverseWad;
        if (imbalanceWad >= 0) return priceE8 + Math.mulDiv(value, factor * priceE8, WAD ** 2 * E8);
        uint256 discount = Math.mulDiv(value, factor * priceE8, WAD ** 2 * E8, Math.Rounding.Ceil);
        return discount < priceE8 ? priceE8 - discount : 1;
    }
}
