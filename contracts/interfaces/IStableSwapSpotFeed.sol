// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "./IAggregatorV3.sol";
import {IStableSwapPool} from "./IStableSwapPool.sol";

/// @title IStableSwapSpotFeed
/// @notice The marginal price, without fee, that a StableSwap pool makes at the moment of reading.
/// @dev As easy to push as the pool, and flat until the pool has run short of a coin. It keeps no history of answers:
/// its only round is the present one, whose number is the block's timestamp. Reverts as the pool does where that has
/// no price (`NoLiquidity`, `InvalidRate`, `BalanceTooLarge`, or as a rate oracle does); answers 0 where the price is
/// less than the answer's last decimal.
interface IStableSwapSpotFeed is IAggregatorV3 {
    /// @notice The token to be priced is none of the pool's two.
    error TokenNotInPool(address pool, address token);

    /// @notice Only the present round can be read.
    error RoundNotFound(uint80 roundId, uint80 latestRoundId);

    /// @notice The pool that is read.
    function pool() external view returns (IStableSwapPool);

    /// @notice The token whose price is the answer.
    function base() external view returns (address);

    /// @notice The token in which the answer is counted.
    function quote() external view returns (address);
}
