// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPoolFeed} from "./IPoolFeed.sol";

/// @title IPoolSpotFeed
/// @notice The spot price of a constant-product pool at the moment of reading: the naive oracle that flash loans
/// break. `startedAt` and `updatedAt` are now.
// solhint-disable-next-line no-empty-blocks
interface IPoolSpotFeed is IPoolFeed {}
