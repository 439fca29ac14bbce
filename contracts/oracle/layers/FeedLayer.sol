// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";
import {IFeedLayer} from "../../interfaces/IFeedLayer.sol";
import {FeedLib, FeedRound} from "../../libraries/FeedLib.sol";

/// @title FeedLayer
/// @notice What all layers share: they read a feed below and answer in its place.
abstract contract FeedLayer is IFeedLayer {
    /// @inheritdoc IAggregatorV3
    uint256 public constant version = 1;
    /// @inheritdoc IAggregatorV3
    uint8 public immutable decimals;
    /// @inheritdoc IFeedLayer
    IAggregatorV3 public immutable inner;

    constructor(IAggregatorV3 inner_) {
        inner = inner_;
        decimals = inner_.decimals();
    }

    /// @inheritdoc IAggregatorV3
    function description() external view returns (string memory) {
        return string.concat(inner.description(), ", ", _what());
    }

    /// @inheritdoc IAggregatorV3
    function getRoundData(uint80 roundId_) external view returns (uint80, int256, uint256, uint256, uint80) {
        FeedRound memory round = _latest();
        if (roundId_ != round.roundId) revert RoundNotFound(roundId_, round.roundId);
        return (round.roundId, round.answer, round.startedAt, round.updatedAt, round.roundId);
    }

    /// @inheritdoc IAggregatorV3
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        FeedRound memory round = _latest();
        return (round.roundId, round.answer, round.startedAt, round.updatedAt, round.roundId);
    }

    /// @dev What the layer answers now.
    function _latest() internal view virtual returns (FeedRound memory);

    /// @dev The layer in a word or two, for the description.
    function _what() internal pure virtual returns (string memory);

    /// @dev The newest round below; reverts as the feed below does.
    function _inner() internal view returns (FeedRound memory) {
        return FeedLib.latest(inner);
    }
}
