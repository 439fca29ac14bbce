// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "./IAggregatorV3.sol";
import {IFeedChecks} from "./IFeedChecks.sol";
import {IUpkeep} from "./IUpkeep.sol";

/// @notice A feed that a median is taken of.
/// @param feed The feed.
/// @param decimals Its decimals, at most 18.
/// @param maxAgeS The oldest price that counts, by `updatedAt`, in seconds; 0: of any age.
struct MedianSource {
    IAggregatorV3 feed;
    uint8 decimals;
    uint32 maxAgeS;
}

/// @title IMedianFeed
/// @notice The median of several feeds, each of which may fail. The median of an even number is the mean of the
/// middle two, rounded down.
/// @dev A source counts where it answers within its gas, above 0, in 127 bits (also with this feed's decimals), not
/// from the future and not older than it may be. Times are the oldest among the sources that determine the answer:
/// the middle one or two; among equal answers the first source stands lowest. The round number is `updatedAt`.
/// With fewer valid sources than the quorum the answer is the last good one with its own times, where that is
/// wished and there was one at a poke; otherwise reading reverts with `QuorumNotMet`.
interface IMedianFeed is IAggregatorV3, IFeedChecks, IUpkeep {
    /// @notice A good median was kept.
    event RoundKept(uint80 indexed roundId, int256 answer, uint256 startedAt, uint256 updatedAt);

    /// @notice Too few sources have a valid answer.
    error QuorumNotMet(uint256 valid, uint256 quorum);

    /// @notice The feed has no round of this number.
    error RoundNotFound(uint80 roundId, uint80 latestRoundId);

    /// @notice All sources, in the order in which they were given.
    function sources() external view returns (MedianSource[] memory);

    /// @notice How many sources have a valid answer now. Never reverts.
    function validSources() external view returns (uint256);

    /// @notice Fewest valid sources of which a median is taken.
    function quorum() external view returns (uint256);

    /// @notice Whether the last good median stands in for one without quorum.
    function keepsLastGood() external view returns (bool);
}
