// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFeedChecks} from "./IFeedChecks.sol";
import {IFeedLayer} from "./IFeedLayer.sol";

/// @title IStalenessGuard
/// @notice Answers as the feed below does, or not at all.
/// @dev Reverts with `InvalidAnswer`, `FutureDated` or `StalePrice`, in this order, and as the feed below does where
/// that has no answer. A price that is exactly `maxAgeS` old is accepted.
interface IStalenessGuard is IFeedLayer, IFeedChecks {
    /// @notice The oldest price that is passed on, by `updatedAt`, in seconds; above 0.
    function maxAgeS() external view returns (uint256);
}
