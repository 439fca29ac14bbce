// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IConcentratedPool} from "./IConcentratedPool.sol";
import {IPairFeed} from "./IPairFeed.sol";

/// @title IConcentratedFeed
/// @notice A feed that reads a Uniswap V3 pool.
/// @dev `startedAt` and `updatedAt` are now. Where the pool's price is so extreme that the answer would have more than
/// 200 bits, reading it panics (0x11).
interface IConcentratedFeed is IPairFeed {
    /// @notice The pool was never initialised or has no liquidity at its price, which anybody could move for free.
    error EmptyPool(address pool);

    /// @notice The pool that is read.
    function pool() external view returns (IConcentratedPool);
}
