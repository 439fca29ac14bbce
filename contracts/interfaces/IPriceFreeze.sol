// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILastGoodFeed} from "./ILastGoodFeed.sol";
import {IRiskRules} from "./IRiskRules.sol";

/// @title IPriceFreeze
/// @notice While the price of an asset is only the last good one, nothing can be borrowed of it or against it.
/// Everything that lowers risk goes on at the last good price: repayment, liquidation, and withdrawals that leave
/// the account healthy.
/// @dev The asset's LTV is 0 while its feed is not live; its liquidation threshold stays.
interface IPriceFreeze is IRiskRules {
    /// @notice The feed of an asset was set.
    event FeedFollowed(address indexed asset, address feed);

    /// @notice `asset` has no valid price now.
    error PriceInvalid(address asset);

    /// @notice Sets the feed that tells whether an asset has a valid price; the zero address: it always has. Owner
    /// only.
    function follow(address asset, ILastGoodFeed feed) external;

    /// @notice The feed that is followed for an asset.
    function feedOf(address asset) external view returns (ILastGoodFeed);

    /// @notice Whether `asset` has no valid price now.
    function isFrozen(address asset) external view returns (bool);
}
