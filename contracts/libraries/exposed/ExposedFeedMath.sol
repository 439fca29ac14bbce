// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ConfidenceLib} from "../ConfidenceLib.sol";
import {GrowthLib} from "../GrowthLib.sol";
import {PriceBandLib} from "../PriceBandLib.sol";
import {SmoothingLib} from "../SmoothingLib.sol";

/// @title ExposedFeedMath
/// @notice The formulas of feeds as functions, so that tests hold them against their mirrors. No protocol calls it.
contract ExposedFeedMath {
    /// @notice `GrowthLib.grownDown`.
    function grownDown(uint256 base, uint256 growthBps, uint256 elapsedS) external pure returns (uint256) {
        return GrowthLib.grownDown(base, growthBps, elapsedS);
    }

    /// @notice `ConfidenceLib.marginUp`.
    function marginUp(uint256 confidence, uint256 multiplierBps) external pure returns (uint256) {
        return ConfidenceLib.marginUp(confidence, multiplierBps);
    }

    /// @notice `PriceBandLib.gapBpsDown`.
    function gapBpsDown(uint256 before, uint256 price) external pure returns (uint256) {
        return PriceBandLib.gapBpsDown(before, price);
    }

    /// @notice `SmoothingLib.smoothedDown`.
    function smoothedDown(
        uint256 average,
        uint256 target,
        uint256 elapsedS,
        uint256 timeConstantS
    ) external pure returns (uint256) {
        return SmoothingLib.smoothedDown(average, target, elapsedS, timeConstantS);
    }

    /// @notice `PriceBandLib.windowMeanDown` of three prices.
    function windowMeanDown(
        uint256[3] calldata prices,
        uint256[3] calldata sinceS,
        uint256 nowS,
        uint256 windowS
    ) external pure returns (uint256) {
        uint256[] memory held = new uint256[](3);
        uint256[] memory from = new uint256[](3);
        for (uint256 i = 0; i < 3; ++i) (held[i], from[i]) = (prices[i], sinceS[i]);
        return PriceBandLib.windowMeanDown(held, from, nowS, windowS);
    }
}
