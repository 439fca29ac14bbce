// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

/// @title HaircutLib
/// @notice Haircuts that follow a volatility, and how they move.
library HaircutLib {
    uint256 internal constant YEAR_S = 365 days;

    /// @notice multiplier * sigma * sqrt(horizon / year), not below `floorBps` and not above `capBps`.
    /// @dev The root is rounded down to 1e-18, the product up to a bp.
    function targetBpsUp(
        uint256 multiplierBps,
        uint256 volatilityBps,
        uint256 horizonS,
        uint256 floorBps,
        uint256 capBps
    ) internal pure returns (uint256) {
        uint256 rootWad = FixedPointMathLib.sqrt((horizonS * 1e36) / YEAR_S);
        uint256 wanted = Math.mulDiv(multiplierBps * rootWad, volatilityBps, 1e22, Math.Rounding.Ceil);
        return Math.min(Math.max(wanted, floorBps), capBps);
    }

    /// @notice `current` moved towards `target` by at most `maxStep`.
    function stepped(uint256 current, uint256 target, uint256 maxStep) internal pure returns (uint256) {
        if (target >= current) return Math.min(target, current + maxStep);
        return current - target <= maxStep ? target : current - maxStep;
    }

    /// @notice A linear ramp from `from` up to `to`, `elapsedS` after its start, rounded down.
    function rampedDown(
        uint256 from,
        uint256 to,
        uint256 elapsedS,
        uint256 rampS
    ) internal pure returns (uint256) {
        return elapsedS >= rampS ? to : from + ((to - from) * elapsedS) / rampS;
    }
}
