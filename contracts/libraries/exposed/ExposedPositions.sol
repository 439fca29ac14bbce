// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PositionLib} from "../PositionLib.sol";

/// @title ExposedPositions
/// @notice Makes the formulas of `PositionLib` callable, for tests.
contract ExposedPositions {
    /// @notice See `PositionLib`.
    function mulDivFloor(int256 x, uint256 y, uint256 d) external pure returns (int256) {
        return PositionLib.mulDivFloor(x, y, d);
    }

    /// @notice See `PositionLib`.
    function notionalUp(int256 sizeWad, uint256 priceE8, uint256 unit) external pure returns (uint256) {
        return PositionLib.notionalUp(sizeWad, priceE8, unit);
    }

    /// @notice See `PositionLib`.
    function changed(
        int256 sizeWad,
        int256 entryQuote,
        int256 sizeDeltaWad,
        int256 quoteDelta
    ) external pure returns (int256, int256, int256) {
        return PositionLib.changed(sizeWad, entryQuote, sizeDeltaWad, quoteDelta);
    }
}
