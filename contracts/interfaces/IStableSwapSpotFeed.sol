// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPairFeed} from "./IPairFeed.sol";
import {IStableSwapPool} from "./IStableSwapPool.sol";

/// @title IStableSwapSpotFeed
/// @notice The marginal price, without fee, that a StableSwap pool makes at the moment of reading.
/// @dev As easy to push as the pool, and flat until the pool has run short of a coin. Reverts as the pool does where
/// that has no price (`NoLiquidity`, `InvalidRate`, `BalanceTooLarge`, or as a rate oracle does); answers 0 where the
/// price is less than the answer's last decimal.
interface IStableSwapSpotFeed is IPairFeed {
    /// @notice The pool that is read.
    function pool() external view returns (IStableSwapPool);
}
