// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "./IAggregatorV3.sol";

/// @title IPairFeed
/// @notice A feed that reads a pool of two tokens whenever it is asked.
/// @dev It keeps no history of answers: its only round is the present one, whose number is the block's timestamp.
interface IPairFeed is IAggregatorV3 {
    /// @notice The token to be priced is none of the pool's two.
    error TokenNotInPool(address pool, address token);

    /// @notice Only the present round can be read.
    error RoundNotFound(uint80 roundId, uint80 latestRoundId);

    /// @notice The token whose price is the answer.
    function base() external view returns (address);

    /// @notice The token in which the answer is counted.
    function quote() external view returns (address);
}
