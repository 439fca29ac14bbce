// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "./IAggregatorV3.sol";
import {IFeedChecks} from "./IFeedChecks.sol";
import {IFeedLayer} from "./IFeedLayer.sol";

/// @title IConvertedFeed
/// @notice A price that is counted in an asset, converted by that asset's own price, rounded down.
/// @dev Its range is the product of both ranges. Its times are the older ones of both rounds, and its round number is
/// that of the feed below. Reverts as either feed does, with `InvalidAnswer` or `FutureDated` where a round is not
/// valid, and with `UnusableProduct`.
interface IConvertedFeed is IFeedLayer, IFeedChecks {
    /// @notice The product is 0 or does not fit in 127 bits.
    error UnusableProduct(int256 answer, int256 unitAnswer);

    /// @notice Price of the asset that the feed below counts in.
    function unitFeed() external view returns (IAggregatorV3);
}
