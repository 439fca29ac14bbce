// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title ImpactLib
/// @notice Linear price impact of closing a position, and the bad debt that it leaves.
library ImpactLib {
    /// @notice Average price of a trade along a line, rounded against the trader: half of what the price moves in
    /// all. A sale does not go below 0.
    /// @param markE8 Price before, quote per base with eight decimals.
    /// @param sizeDeltaWad Base bought (above 0) or sold.
    /// @param slopeE8 What one whole base moves the price by.
    function executionE8(uint256 markE8, int256 sizeDeltaWad, uint256 slopeE8) internal pure returns (uint256) {
        uint256 size = uint256(sizeDeltaWad > 0 ? sizeDeltaWad : -sizeDeltaWad);
        uint256 impactE8 = Math.mulDiv(size, slopeE8, 2e18, Math.Rounding.Ceil);
        return sizeDeltaWad > 0 ? markE8 + impactE8 : Math.saturatingSub(markE8, impactE8);
    }

    /// @notice What closing a position at a price worse than its bankruptcy price lacks, rounded up; 0 if it is no
    /// worse.
    /// @param sizeWad Position that is closed: long above 0.
    /// @param unit 10 ** (26 - decimals of the quote token).
    function shortfallQuoteUp(
        int256 sizeWad,
        uint256 bankruptcyE8,
        uint256 executedE8,
        uint256 unit
    ) internal pure returns (uint256) {
        (uint256 better, uint256 worse) = sizeWad > 0 ? (bankruptcyE8, executedE8) : (executedE8, bankruptcyE8);
        uint256 size = uint256(sizeWad > 0 ? sizeWad : -sizeWad);
        return Math.mulDiv(size, Math.saturatingSub(better, worse), unit, Math.Rounding.Ceil);
    }
}
