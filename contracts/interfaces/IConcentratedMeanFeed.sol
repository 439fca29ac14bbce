// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IConcentratedFeed} from "./IConcentratedFeed.sol";

/// @title IConcentratedMeanFeed
/// @notice The time-weighted mean price of a Uniswap V3 pool over the last `windowS` seconds up to now.
/// @dev The pool adds ticks times seconds, and a tick is a logarithm of the price: the mean tick gives the geometric
/// mean. The window is cut into pieces of `spacingS`, of which the oldest may be shorter, and the answer is the
/// arithmetic mean of the pieces' geometric ones, each for its seconds. One piece is the geometric mean; the shorter
/// the pieces, the closer to the arithmetic mean from below.
///
/// The mean tick of a piece is rounded towards a lower price of base. Hence the answer is never below the lowest
/// price that a tick seen in the window stands for, nor above the highest. Within a block no time passes, so nothing
/// that is done in one moves the answer.
///
/// The pool keeps as many observations as somebody paid it to (`increaseObservationCardinalityNext`), from one on.
interface IConcentratedMeanFeed is IConcentratedFeed {
    /// @notice Window and spacing must be above zero, the spacing at most the window, and the pieces within bounds.
    error WindowOutOfRange(uint256 windowS, uint256 spacingS, uint256 maxPieces);

    /// @notice The pool's oldest observation is younger than the window: too few are kept, or the pool is too new.
    error NotEnoughHistory(uint256 historyS, uint256 windowS);

    /// @notice Length of the window, in seconds.
    function windowS() external view returns (uint32);

    /// @notice Length of the pieces, in seconds.
    function spacingS() external view returns (uint32);
}
