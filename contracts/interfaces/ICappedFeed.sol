// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFeedChecks} from "./IFeedChecks.sol";
import {IFeedLayer} from "./IFeedLayer.sol";

/// @title ICappedFeed
/// @notice The lesser of a price and a cap, as Aave prices stablecoins (at most about 1.04 US dollars). It hides
/// what goes up; a price that falls passes through.
/// @dev Reverts as the feed below does, and with `InvalidAnswer` or `FutureDated` where its answer is no price.
interface ICappedFeed is IFeedLayer, IFeedChecks {
    /// @notice The highest answer, with the feed's decimals.
    function cap() external view returns (int256);
}
