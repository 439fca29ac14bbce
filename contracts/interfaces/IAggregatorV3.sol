// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IAggregatorV3
/// @notice Chainlink's AggregatorV3Interface: the one shape in which protocols read a price.
/// @dev Every feed of the testbed has it, whether it is a source or wraps another feed.
interface IAggregatorV3 {
    /// @notice Decimals of every answer.
    function decimals() external view returns (uint8);

    /// @notice What is priced in what, for people.
    function description() external view returns (string memory);

    /// @notice Version of the implementation.
    function version() external view returns (uint256);

    /// @notice Data of one past round.
    /// @dev Reverts if the feed has no such round.
    /// @param roundId_ The round asked for.
    /// @return roundId The round asked for.
    /// @return answer Price with `decimals()` decimals.
    /// @return startedAt When the price was observed, in seconds since the epoch.
    /// @return updatedAt When the round reached the chain, in seconds since the epoch.
    /// @return answeredInRound The round in which the answer was found; equal to `roundId` here.
    function getRoundData(
        uint80 roundId_
    )
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);

    /// @notice Data of the newest round.
    /// @dev Reverts if the feed has no data yet.
    /// @return roundId The newest round.
    /// @return answer Price with `decimals()` decimals.
    /// @return startedAt When the price was observed, in seconds since the epoch.
    /// @return updatedAt When the round reached the chain, in seconds since the epoch.
    /// @return answeredInRound The round in which the answer was found; equal to `roundId` here.
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}
