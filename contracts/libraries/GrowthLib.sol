// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title GrowthLib
/// @notice Growth by a straight line: what exchange rates of staked tokens do, and what their caps allow.
library GrowthLib {
    uint256 private constant BPS_YEAR = 10_000 * 365 days;

    /// @notice base * (1 + growth * elapsed / year), rounded down.
    /// @dev Does not overflow for a base below 2^128, a growth below 2^32 bps and less than 2^64 seconds.
    function grownDown(uint256 base, uint256 growthBpsPerYear, uint256 elapsedS) internal pure returns (uint256) {
        return base + Math.mulDiv(base, growthBpsPerYear * elapsedS, BPS_YEAR);
    }
}
