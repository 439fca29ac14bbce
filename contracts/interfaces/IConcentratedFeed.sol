// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "./IAggregatorV3.sol";
import {IConcentratedPool} from "./IConcentratedPool.sol";

/// @title IConcentratedFeed
/// @notice A feed that reads a Uniswap V3 pool whenever it is asked.
/// @dev It keeps no history: its only round is the present one, whose number is the block's timestamp, and
/// `startedAt` and `updatedAt` are now. Where the pool's price is so extreme that the answer would have more than
/// 200 bits, reading it panics (0x11).
interface IConcentratedFeed is IAggregatorV3 {
    /// @notice The token to be priced is none of the pool's two.
    error TokenNotInPool(address pool, address token);

    /// @notice The pool was never initialised or has no liquidity at its price, which anybody could move for free.
    error EmptyPool(address pool);

    /// @notice Only the present round can be read.
    error RoundNotFound(uint80 roundId, uint80 latestRoundId);

    /// @notice The pool that is read.
    function pool() external view returns (IConcentratedPool);

    /// @notice The token whose price is the answer.
    function base() external view returns (address);

    /// @notice The token in which the answer is counted.
    function quote() external view returns (address);
}
