// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "./IAggregatorV3.sol";
import {IConstantProductPool} from "./IConstantProductPool.sol";

/// @title IPoolFeed
/// @notice A feed that reads a constant-product pool whenever it is asked.
/// @dev It keeps no history of answers: its only round is the present one, whose number is the block's timestamp.
interface IPoolFeed is IAggregatorV3 {
    /// @notice The token to be priced is none of the pool's two.
    error TokenNotInPool(address pool, address token);

    /// @notice The pool holds nothing of one of its tokens, so it has no price.
    error EmptyPool(address pool);

    /// @notice Only the present round can be read.
    error RoundNotFound(uint80 roundId, uint80 latestRoundId);

    /// @notice The pool that is read.
    function pool() external view returns (IConstantProductPool);

    /// @notice The token whose price is the answer.
    function base() external view returns (address);

    /// @notice The token in which the answer is counted.
    function quote() external view returns (address);
}
