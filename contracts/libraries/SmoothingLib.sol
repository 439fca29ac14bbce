// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

/// @title SmoothingLib
/// @notice The exponential moving average of a price.
library SmoothingLib {
    int256 private constant WAD = 1e18;

    /// @notice target + (average - target) * e^(-elapsed / time constant), rounded down: never outside of the two.
    /// @dev Prices lie below 2^128, times below 2^64, and the time constant is not 0.
    function smoothedDown(
        uint256 average,
        uint256 target,
        uint256 elapsedS,
        uint256 timeConstantS
    ) internal pure returns (uint256) {
        int256 exponentWad = -int256((elapsedS * uint256(WAD)) / timeConstantS);
        uint256 weightWad = uint256(FixedPointMathLib.expWad(exponentWad));
        return (average * weightWad + target * (uint256(WAD) - weightWad)) / uint256(WAD);
    }
}
