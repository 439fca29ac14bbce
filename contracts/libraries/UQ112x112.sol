// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title UQ112x112
/// @notice Unsigned binary fixed-point numbers with 112 bits before and 112 after the point.
library UQ112x112 {
    /// @notice floor(2¹¹² · numerator / denominator), which always fits.
    /// @dev Panics if `denominator` is zero.
    function fractionDown(uint112 numerator, uint112 denominator) internal pure returns (uint224) {
        return (uint224(numerator) << 112) / denominator;
    }
}
