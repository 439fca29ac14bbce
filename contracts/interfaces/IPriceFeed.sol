// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "./IAggregatorV3.sol";

/// @title IPriceFeed
/// @notice A push feed: one reporter writes rounds, everyone reads them.
/// @dev An observation and its arrival on chain are two times. `startedAt` is the first and `updatedAt` the
/// second, so their difference is the reporter's delay, and consumers measure staleness from `updatedAt`.
interface IPriceFeed is IAggregatorV3 {
    /// @notice A round was written.
    /// @param roundId Number of the round; the first is 1.
    /// @param answer Price with the feed's decimals.
    /// @param observedAt When the reporter saw the price, in seconds since the epoch.
    /// @param updatedAt Timestamp of the block that wrote the round.
    event RoundPushed(uint80 indexed roundId, int256 answer, uint256 observedAt, uint256 updatedAt);

    /// @notice Only `reporter` may write rounds.
    error NotReporter(address caller, address reporter);

    /// @notice An answer must be positive and fit in 127 bits.
    error InvalidAnswer(int256 answer);

    /// @notice The observation lies after the block that would write it.
    error ObservedInFuture(uint256 observedAt, uint256 blockTimestamp);

    /// @notice The observation is older than the one before it. Equal times are allowed.
    error ObservationOutOfOrder(uint256 observedAt, uint256 lastObservedAt);

    /// @notice The feed holds no round yet.
    error NoRound();

    /// @notice The feed has no round of this number.
    error RoundNotFound(uint80 roundId, uint80 latestRoundId);

    /// @notice Writes the next round.
    /// @dev Emits `RoundPushed`. Reverts with `NotReporter`, `InvalidAnswer`, `ObservedInFuture` or
    /// `ObservationOutOfOrder`.
    /// @param answer Price with `decimals()` decimals; positive.
    /// @param observedAt When the price was seen, in seconds since the epoch; not in the future and not before
    /// the previous observation.
    function pushRound(int256 answer, uint64 observedAt) external;

    /// @notice The only account that may write rounds.
    function reporter() external view returns (address);

    /// @notice Number of the newest round; 0 before the first.
    function latestRoundId() external view returns (uint80);
}
