// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";

/// @notice Funding that ramps while one side outweighs the other (GMX v2). All rates are per interval.
/// @param rampWad What the rate grows by in an interval at a skew of 100 %.
/// @param decayWad What it falls by in an interval while the skew is small.
/// @param stableSkewWad Skew up to which it does not grow.
/// @param decaySkewWad Skew below which it decays; at most `stableSkewWad`.
/// @param floorWad Least rate while there is one.
/// @param capWad Greatest rate.
struct AdaptiveFunding {
    uint256 rampWad;
    uint256 decayWad;
    uint256 stableSkewWad;
    uint256 decaySkewWad;
    uint256 floorWad;
    uint256 capWad;
}

/// @title FundingLib
/// @notice Funding rates, the index that they grow and what a position owes of it. Rates are wad per interval; longs
/// pay where they are above 0. The index is quote per whole base with 26 decimals, one for all positions, and grows
/// linearly in time: a pause of any length is the sum of its parts.
/// @dev Rates stay within 1e21 (1,000 times the notional per interval), prices below 2^96 and times below 2^40
/// seconds, so that nothing overflows after a pause of 34,000 years.
library FundingLib {
    int256 private constant WAD = 1e18;
    uint256 private constant INDEX_PER_E8 = 1e18;

    /// @notice How far a price is above the index, truncated to 1e-18.
    function premiumWad(uint256 priceE8, uint256 indexE8) internal pure returns (int256) {
        return ((int256(priceE8) - int256(indexE8)) * WAD) / int256(indexE8);
    }

    /// @notice Premium plus what brings it towards interest by at most a bound (Binance: .01 % and .05 % in 8 h): a
    /// premium within the bound of interest costs interest. The rate stays within +-cap.
    function clampedRateWad(
        int256 premium,
        int256 interestWad,
        uint256 boundWad,
        uint256 capWad
    ) internal pure returns (int256) {
        return clamped(premium + clamped(interestWad - premium, boundWad), capWad);
    }

    /// @notice Which side outweighs the other, as a share of both, truncated; 0 without any.
    function skewWad(uint256 longWad, uint256 shortWad) internal pure returns (int256) {
        uint256 both = longWad + shortWad;
        if (both == 0) return 0;
        (uint256 more, uint256 less) = longWad > shortWad ? (longWad, shortWad) : (shortWad, longWad);
        int256 skew = int256(Math.mulDiv(more - less, uint256(WAD), both));
        return longWad > shortWad ? skew : -skew;
    }

    /// @notice The next rate: towards the heavier side by ramp * |skew| * elapsed / interval where the skew is large
    /// or the rate is against it, back to 0 (and not across) where it is small, else unchanged; a rate that is not 0
    /// lies between floor and cap. Steps are truncated.
    function adaptiveRateWad(
        int256 rateWad,
        int256 skew,
        uint256 elapsedS,
        uint256 intervalS,
        AdaptiveFunding memory params
    ) internal pure returns (int256) {
        uint256 size = SignedMath.abs(skew);
        bool against = (skew > 0 && rateWad < 0) || (skew < 0 && rateWad > 0);
        if (against || size > params.stableSkewWad) {
            int256 step = int256(Math.mulDiv(params.rampWad * size, elapsedS, intervalS * uint256(WAD)));
            rateWad += skew > 0 ? step : -step;
        } else if (size < params.decaySkewWad) {
            uint256 step = Math.mulDiv(params.decayWad, elapsedS, intervalS);
            int256 left = int256(Math.saturatingSub(SignedMath.abs(rateWad), step));
            rateWad = rateWad > 0 ? left : -left;
        }
        if (rateWad == 0) return 0;
        uint256 bounded = Math.min(Math.max(SignedMath.abs(rateWad), params.floorWad), params.capWad);
        return rateWad > 0 ? int256(bounded) : -int256(bounded);
    }

    /// @notice What the index grows by, truncated to 1e-26 of quote per base.
    /// @param priceE8 Price that rates refer to: the index price.
    function growthTruncated(
        int256 rateWad,
        uint256 priceE8,
        uint256 elapsedS,
        uint256 intervalS
    ) internal pure returns (int256) {
        return (rateWad * int256(priceE8) * int256(elapsedS)) / int256(intervalS);
    }

    /// @notice What a position pays (above 0) or gets for a growth of the index, rounded up: who pays pays more and
    /// who gets gets less, so over a book whose sizes sum to 0 the market keeps less than one unit a position, the
    /// funding dust.
    /// @param unit 10 ** (26 - decimals of the quote token).
    function paymentQuoteUp(int256 sizeWad, int256 growth, uint256 unit) internal pure returns (int256) {
        bool pays = (sizeWad > 0) == (growth > 0);
        uint256 paid = Math.mulDiv(
            SignedMath.abs(sizeWad),
            SignedMath.abs(growth),
            unit * INDEX_PER_E8,
            pays ? Math.Rounding.Ceil : Math.Rounding.Floor
        );
        return pays ? int256(paid) : -int256(paid);
    }

    /// @notice The nearest number within +-bound.
    function clamped(int256 x, uint256 bound) internal pure returns (int256) {
        return SignedMath.max(SignedMath.min(x, int256(bound)), -int256(bound));
    }
}
