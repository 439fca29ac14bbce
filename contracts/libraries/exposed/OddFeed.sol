// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title OddFeed
/// @notice Answers whatever it was told, also what no feed should. For tests of those who read feeds.
contract OddFeed {
    uint256 public immutable decimals;
    string public constant description = "odd";

    uint256[5] private _words;

    constructor(uint256 decimals_) {
        decimals = decimals_;
    }

    /// @notice Sets the words of the next answers.
    function set(uint256 roundId, int256 answer, uint256 startedAt, uint256 updatedAt) external {
        _words = [roundId, uint256(answer), startedAt, updatedAt, roundId];
    }

    /// @notice The words, as a feed would return them.
    function latestRoundData() external view returns (uint256[5] memory) {
        return _words;
    }
}
