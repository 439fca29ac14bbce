// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";
import {IPriceFeed} from "../interfaces/IPriceFeed.sol";

/// @title PriceFeed
/// @notice A push feed: one reporter writes rounds, everyone reads them.
contract PriceFeed is IPriceFeed {
    /// @dev One slot.
    struct Round {
        int128 answer;
        uint64 observedAt;
        uint64 updatedAt;
    }

    /// @inheritdoc IAggregatorV3
    uint256 public constant version = 1;
    /// @inheritdoc IAggregatorV3
    uint8 public immutable decimals;
    /// @inheritdoc IPriceFeed
    address public immutable reporter;

    /// @inheritdoc IAggregatorV3
    string public description;
    /// @inheritdoc IPriceFeed
    uint80 public latestRoundId;

    mapping(uint80 roundId => Round) private _rounds;

    /// @param decimals_ Decimals of every answer.
    /// @param description_ What is priced in what, for people.
    /// @param reporter_ The only account that may write rounds.
    constructor(uint8 decimals_, string memory description_, address reporter_) {
        decimals = decimals_;
        description = description_;
        reporter = reporter_;
    }

    /* WRITING */

    /// @inheritdoc IPriceFeed
    function pushRound(int256 answer, uint64 observedAt) external {
        if (msg.sender != reporter) revert NotReporter(msg.sender, reporter);
        if (answer <= 0 || answer > type(int128).max) revert InvalidAnswer(answer);
        if (observedAt > block.timestamp) revert ObservedInFuture(observedAt, block.timestamp);
        uint80 roundId = latestRoundId;
        uint64 lastObservedAt = _rounds[roundId].observedAt;
        if (observedAt < lastObservedAt) revert ObservationOutOfOrder(observedAt, lastObservedAt);

        latestRoundId = ++roundId;
        _rounds[roundId] = Round(int128(answer), observedAt, uint64(block.timestamp));
        emit RoundPushed(roundId, answer, observedAt, block.timestamp);
    }

    /* READING */

    /// @inheritdoc IAggregatorV3
    function getRoundData(uint80 roundId_) external view returns (uint80, int256, uint256, uint256, uint80) {
        if (roundId_ == 0 || roundId_ > latestRoundId) revert RoundNotFound(roundId_, latestRoundId);
        return _roundData(roundId_);
    }

    /// @inheritdoc IAggregatorV3
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        uint80 roundId = latestRoundId;
        if (roundId == 0) revert NoRound();
        return _roundData(roundId);
    }

    function _roundData(uint80 roundId) private view returns (uint80, int256, uint256, uint256, uint80) {
        Round memory round = _rounds[roundId];
        return (roundId, round.answer, round.observedAt, round.updatedAt, roundId);
    }
}
