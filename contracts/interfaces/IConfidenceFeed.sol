// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFeedChecks} from "./IFeedChecks.sol";
import {IFeedLayer} from "./IFeedLayer.sol";

/// @title IConfidenceFeed
/// @notice One end of a feed's confidence interval: p - k c, for what an asset is worth as collateral, or p + k c,
/// for what it costs as debt.
/// @dev Stands directly on a feed that has a confidence. Its range is p - k c to p + k c, k c rounded up.
interface IConfidenceFeed is IFeedLayer, IFeedChecks {
    /// @notice The interval reaches down to 0 or below, or up to where an answer does not fit in 127 bits.
    error ConfidenceTooWide(int256 answer, uint256 margin);

    /// @notice k, in bps: 10,000 is one confidence.
    function multiplierBps() external view returns (uint256);

    /// @notice Which end: the high one for true.
    function high() external view returns (bool);
}
