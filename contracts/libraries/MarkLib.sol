// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title MarkLib
/// @notice What a mark price is made of. Prices have 8 decimals, are above 0 and lie below 2^128.
library MarkLib {
    uint256 private constant WAD = 1e18;
    uint256 private constant BPS = 1e4;

    /// @notice mid / index in wad, rounded down, and brought to within `clampBps` (below 10000) of one.
    function clampedRatioWadDown(
        uint256 midE8,
        uint256 indexE8,
        uint256 clampBps
    ) internal pure returns (uint256) {
        uint256 ratioWad = Math.mulDiv(midE8, WAD, indexE8);
        uint256 marginWad = clampBps * (WAD / BPS);
        return Math.min(Math.max(ratioWad, WAD - marginWad), WAD + marginWad);
    }

    /// @notice An index with a premium, rounded down and at least 1.
    function premiumPriceE8Down(uint256 indexE8, uint256 ratioWad) internal pure returns (uint256) {
        return Math.max(Math.mulDiv(indexE8, ratioWad, WAD), 1);
    }

    /// @notice A running sum of price times seconds after `heldS` at one price and `thenS` at another.
    function sumAfterBoth(
        uint256 sum,
        uint256 heldE8,
        uint256 heldS,
        uint256 thenE8,
        uint256 thenS
    ) internal pure returns (uint256) {
        return sum + heldE8 * heldS + thenE8 * thenS;
    }

    /// @notice The middle one of three.
    function medianOfThree(uint256 a, uint256 b, uint256 c) internal pure returns (uint256) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }
}
