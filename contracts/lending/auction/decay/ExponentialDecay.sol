// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPriceDecay} from "../../../interfaces/IPriceDecay.sol";
import {DutchAuctionLib} from "../../../libraries/DutchAuctionLib.sol";
import {RayMath} from "../../../libraries/RayMath.sol";

/// @title ExponentialDecay
/// @notice Every second multiplies the price by `cutRay` (Maker's ExponentialDecrease).
contract ExponentialDecay is IPriceDecay {
    /// @notice Factor of one second, in ray; at most 1.
    uint256 public immutable cutRay;

    constructor(uint256 cutRay_) {
        if (cutRay_ > RayMath.RAY) revert DecayOutOfRange("cutRay", cutRay_, RayMath.RAY);
        cutRay = cutRay_;
    }

    /// @inheritdoc IPriceDecay
    function price(uint256 top, uint256 elapsedS) external view returns (uint256) {
        return DutchAuctionLib.steppedPriceDown(top, elapsedS, cutRay, 1);
    }
}
