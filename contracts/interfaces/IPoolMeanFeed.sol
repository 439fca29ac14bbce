// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPoolFeed} from "./IPoolFeed.sol";
import {IUpkeep} from "./IUpkeep.sol";

/// @notice How prices over a window become one.
enum Mean {
    Arithmetic,
    Geometric
}

/// @notice How a mean feed looks back.
/// @param mean Which mean.
/// @param windowS Length of the window, in seconds.
/// @param spacingS Least time between two checkpoints, in seconds; at most the window.
struct MeanParams {
    Mean mean;
    uint32 windowS;
    uint32 spacingS;
}

/// @title IPoolMeanFeed
/// @notice The time-weighted mean price of a constant-product pool over the last `windowS` seconds up to now.
/// @dev The pool adds price times seconds; the feed keeps checkpoints of that sum, which anybody may add by `poke`.
/// The mean is taken from the sum now, the pool's last one carried on at its reserves, to the sum at the start of
/// the window, on a straight line between the two checkpoints around it. Within a block no time passes, so nothing
/// that is done in one moves the answer.
///
/// Arithmetic: of the prices. It is the mean of base in quote; that of quote in base is not its reciprocal.
/// Geometric: of the arithmetic means between checkpoints, by logarithm. With a spacing of a block they are the
/// prices themselves.
///
/// The answer is of now, since the window ends now: `updatedAt` is the block's time. But what lies between the
/// start of the window and the checkpoint before it is in the answer too, unless the pool rested in that interval.
/// Where this is more than two spacings, pokes were missed, and `updatedAt` is earlier by the excess.
interface IPoolMeanFeed is IPoolFeed, IUpkeep {
    /// @notice A checkpoint was taken: of base's price in quote as UQ112×112, times seconds, modulo 2²⁵⁶.
    event Checkpointed(uint256 indexed index, uint256 sum, int256 logSum);

    /// @notice Window and spacing must be above zero, the spacing at most the window, and the checkpoints that they
    /// need within bounds.
    error WindowOutOfRange(uint256 windowS, uint256 spacingS, uint256 maxCheckpoints);

    /// @notice The oldest checkpoint is younger than the window, or there is none.
    error NotEnoughHistory(uint256 historyS, uint256 windowS);

    /// @notice Which mean, over what.
    function params() external view returns (MeanParams memory);

    /// @notice How many checkpoints were taken so far.
    function checkpoints() external view returns (uint256);

    /// @notice How many of them are kept: as many as reach back by a window, however late pokes come.
    function capacity() external view returns (uint256);
}
