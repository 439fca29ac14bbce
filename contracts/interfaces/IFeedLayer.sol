// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "./IAggregatorV3.sol";

/// @title IFeedLayer
/// @notice A feed that stands on another one and has its decimals.
/// @dev Unless a layer says otherwise, times and round number of an answer are those of the feed below: a price is
/// never younger than its source. A layer keeps no history; its only round is the newest.
interface IFeedLayer is IAggregatorV3 {
    /// @notice The feed has no round of this number.
    error RoundNotFound(uint80 roundId, uint80 latestRoundId);

    /// @notice The feed that this one stands on.
    function inner() external view returns (IAggregatorV3);
}
