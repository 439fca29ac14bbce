// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

/// @title MeanPriceLib
/// @notice Mean prices from sums of UQ112×112 prices over seconds, which wrap at 2²⁵⁶: only their differences mean
/// something.
library MeanPriceLib {
    uint256 private constant FRACTION_BITS = 112;

    /// @notice A running sum `elapsedS` later, at the price that held meanwhile.
    function sumAfter(uint256 sum, uint224 priceUq, uint256 elapsedS) internal pure returns (uint256) {
        unchecked {
            return sum + uint256(priceUq) * elapsedS;
        }
    }

    /// @notice What was added from one sum to a later one.
    function added(uint256 sumBefore, uint256 sumAfter_) internal pure returns (uint256) {
        unchecked {
            return sumAfter_ - sumBefore;
        }
    }

    /// @notice The sum `partS` into an interval of `intervalS`, as if one price had held through it.
    function sumWithinDown(
        uint256 sumBefore,
        uint256 sumAfter_,
        uint256 partS,
        uint256 intervalS
    ) internal pure returns (uint256) {
        uint256 part = Math.mulDiv(added(sumBefore, sumAfter_), partS, intervalS);
        unchecked {
            return sumBefore + part;
        }
    }

    /// @notice The same of a sum of logarithms; rounds towards `sumBefore`.
    function logSumWithin(
        int256 sumBefore,
        int256 sumAfter_,
        uint256 partS,
        uint256 intervalS
    ) internal pure returns (int256) {
        return sumBefore + ((sumAfter_ - sumBefore) * int256(partS)) / int256(intervalS);
    }

    /// @notice The arithmetic mean over `elapsedS`, of which the prices' sum grew by `sum`, scaled by
    /// `baseScale / quoteScale` and rounded to the nearest integer.
    /// @dev Scales are at most 1e36.
    function arithmeticNearest(
        uint256 sum,
        uint256 elapsedS,
        uint256 baseScale,
        uint256 quoteScale
    ) internal pure returns (uint256) {
        return _nearest(sum, baseScale, (elapsedS * quoteScale) << FRACTION_BITS);
    }

    /// @notice Logarithm of the arithmetic mean over an interval, in wad, times its seconds. The price is counted in
    /// units of 2⁻¹¹² · 1e18; one that rounds to nothing counts as 2⁻¹¹².
    function logAdded(uint256 sum, uint256 elapsedS) internal pure returns (int256) {
        return FixedPointMathLib.lnWad(int256(Math.max(sum / elapsedS, 1))) * int256(elapsedS);
    }

    /// @notice The geometric mean over `elapsedS`, of which the sum of logarithms grew by `logSum`, scaled like the
    /// arithmetic one and rounded to the nearest integer.
    function geometricNearest(
        int256 logSum,
        uint256 elapsedS,
        uint256 baseScale,
        uint256 quoteScale
    ) internal pure returns (uint256) {
        uint256 meanUq = uint256(FixedPointMathLib.expWad(logSum / int256(elapsedS)));
        return _nearest(meanUq, baseScale, quoteScale << FRACTION_BITS);
    }

    function _nearest(uint256 numerator, uint256 scale, uint256 denominator) private pure returns (uint256) {
        return (Math.mulDiv(numerator, 2 * scale, denominator) + 1) / 2;
    }
}
