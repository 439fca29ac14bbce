// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title RayMath
/// @notice Products and quotients by a ray (1e27), at full precision. `Down` is the floor, `Up` the ceiling.
library RayMath {
    uint256 internal constant RAY = 1e27;

    /// @notice floor(x * y / 1e27).
    function rayMulDown(uint256 x, uint256 yRay) internal pure returns (uint256) {
        return Math.mulDiv(x, yRay, RAY);
    }

    /// @notice ceil(x * y / 1e27).
    function rayMulUp(uint256 x, uint256 yRay) internal pure returns (uint256) {
        return Math.mulDiv(x, yRay, RAY, Math.Rounding.Ceil);
    }

    /// @notice floor(x * 1e27 / y).
    function rayDivDown(uint256 x, uint256 yRay) internal pure returns (uint256) {
        return Math.mulDiv(x, RAY, yRay);
    }

    /// @notice ceil(x * 1e27 / y).
    function rayDivUp(uint256 x, uint256 yRay) internal pure returns (uint256) {
        return Math.mulDiv(x, RAY, yRay, Math.Rounding.Ceil);
    }
}
