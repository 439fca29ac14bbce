// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title WadMath
/// @notice Products and quotients by a wad (1e18), at full precision. `Down` is the floor, `Up` the ceiling.
library WadMath {
    uint256 internal constant WAD = 1e18;

    /// @notice floor(x * y / 1e18).
    function wadMulDown(uint256 x, uint256 yWad) internal pure returns (uint256) {
        return Math.mulDiv(x, yWad, WAD);
    }

    /// @notice floor(x * 1e18 / y).
    function wadDivDown(uint256 x, uint256 yWad) internal pure returns (uint256) {
        return Math.mulDiv(x, WAD, yWad);
    }

    /// @notice ceil(x * 1e18 / y).
    function wadDivUp(uint256 x, uint256 yWad) internal pure returns (uint256) {
        return Math.mulDiv(x, WAD, yWad, Math.Rounding.Ceil);
    }
}
