// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPriceDecay} from "../../../interfaces/IPriceDecay.sol";
import {DutchAuctionLib} from "../../../libraries/DutchAuctionLib.sol";

/// @title LinearDecay
/// @notice The price falls on a line from its top to nothing (Maker's LinearDecrease).
contract LinearDecay is IPriceDecay {
    /// @notice Seconds from the top to a price of 0.
    uint256 public immutable durationS;

    constructor(uint256 durationS_) {
        if (durationS_ == 0) revert DecayOutOfRange("durationS", durationS_, 1);
        durationS = durationS_;
    }

    /// @inheritdoc IPriceDecay
    function price(uint256 top, uint256 elapsedS) external view returns (uint256) {
        return DutchAuctionLib.linearPriceDown(top, elapsedS, durationS);
    }
}
