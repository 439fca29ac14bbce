// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPriceDecay} from "../../../interfaces/IPriceDecay.sol";
import {DutchAuctionLib} from "../../../libraries/DutchAuctionLib.sol";
import {RayMath} from "../../../libraries/RayMath.sol";

/// @title StairStepDecay
/// @notice Every full step multiplies the price by `cutRay` (Maker's StairstepExponentialDecrease; there, for
/// most collateral: 1 % every 90 seconds).
contract StairStepDecay is IPriceDecay {
    /// @notice Factor of one step, in ray; at most 1.
    uint256 public immutable cutRay;
    /// @notice Seconds of a step.
    uint256 public immutable stepS;

    constructor(uint256 cutRay_, uint256 stepS_) {
        if (cutRay_ > RayMath.RAY) revert DecayOutOfRange("cutRay", cutRay_, RayMath.RAY);
        if (stepS_ == 0) revert DecayOutOfRange("stepS", stepS_, 1);
        cutRay = cutRay_;
        stepS = stepS_;
    }

    /// @inheritdoc IPriceDecay
    function price(uint256 top, uint256 elapsedS) external view returns (uint256) {
        return DutchAuctionLib.steppedPriceDown(top, elapsedS, cutRay, stepS);
    }
}
