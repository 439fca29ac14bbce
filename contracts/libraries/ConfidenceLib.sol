// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title ConfidenceLib
/// @notice Confidence intervals of prices.
library ConfidenceLib {
    uint256 private constant BPS = 10_000;

    /// @notice The half-width of an interval of `multiplierBps` confidences, rounded up.
    function marginUp(uint256 confidence, uint256 multiplierBps) internal pure returns (uint256) {
        return Math.mulDiv(confidence, multiplierBps, BPS, Math.Rounding.Ceil);
    }
}
