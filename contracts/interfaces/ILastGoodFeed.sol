// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFeedChecks} from "./IFeedChecks.sol";
import {IFeedLayer} from "./IFeedLayer.sol";
import {IUpkeep} from "./IUpkeep.sol";

/// @title ILastGoodFeed
/// @notice Goes on with the last good price where the feed below has none: fails, lies in the future, is not above
/// 0, does not fit in 127 bits, or is too old.
/// @dev The last good price has its own times, so it is seen to age. It is the one of the last poke. Reverts with
/// `NoRound` where there never was a good one.
interface ILastGoodFeed is IFeedLayer, IFeedChecks, IUpkeep {
    /// @notice A good round was kept.
    event RoundKept(uint80 indexed roundId, int256 answer, uint256 startedAt, uint256 updatedAt);

    /// @notice Whether the feed below has a good price now. Never reverts.
    function live() external view returns (bool);

    /// @notice The oldest price that is good, by `updatedAt`, in seconds; 0: of any age.
    function maxAgeS() external view returns (uint256);
}
