// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FeedRound} from "../libraries/FeedLib.sol";
import {IFeedChecks} from "./IFeedChecks.sol";
import {IFeedLayer} from "./IFeedLayer.sol";
import {IUpkeep} from "./IUpkeep.sol";

/// @title IDelayedFeed
/// @notice A price that takes effect one hop after it was read, in the manner of Maker's oracle security module:
/// whoever can bend the source has to hold it bent for a hop, and everybody sees for a hop what is coming.
/// @dev Hops begin at multiples of their length, so that being poked late does not make the next one late; two
/// values can hence follow each other within less than a hop, but never two in the same. The first poke sets both
/// values. Where the source has no valid answer there is nothing to do: both values stay, the answer ages, and the
/// first poke after the source is back counts for the hop in which it comes. `latestRoundData` reverts with
/// `NoRound` before the first poke, and never afterwards.
interface IDelayedFeed is IFeedLayer, IFeedChecks, IUpkeep {
    /// @notice What was next took effect, and what the source says is next.
    event HopPassed(int256 current, int256 next, uint256 hopStartedAt);

    /// @notice Length of a hop in seconds.
    function hopS() external view returns (uint256);

    /// @notice Start of the hop that was poked last, in seconds since the epoch; 0 before the first poke.
    function hopStartedAt() external view returns (uint256);

    /// @notice What takes effect with the next poke; empty before the first.
    function next() external view returns (FeedRound memory);
}
