// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";
import {IConfidence} from "../../interfaces/IConfidence.sol";
import {IConfidenceFeed} from "../../interfaces/IConfidenceFeed.sol";
import {ConfidenceLib} from "../../libraries/ConfidenceLib.sol";
import {FeedRound} from "../../libraries/FeedLib.sol";
import {RoundLib} from "../../libraries/RoundLib.sol";
import {FeedLayer} from "./FeedLayer.sol";

/// @title ConfidenceFeed
/// @notice See `IConfidenceFeed`.
contract ConfidenceFeed is FeedLayer, IConfidenceFeed {
    uint256 private constant MAX_ANSWER = uint256(uint128(type(int128).max));

    /// @inheritdoc IConfidenceFeed
    uint256 public immutable multiplierBps;
    /// @inheritdoc IConfidenceFeed
    bool public immutable high;

    /// @param inner_ A feed with a confidence.
    /// @param multiplierBps_ k.
    /// @param high_ Which end.
    constructor(IAggregatorV3 inner_, uint16 multiplierBps_, bool high_) FeedLayer(inner_) {
        multiplierBps = multiplierBps_;
        high = high_;
    }

    function _latest() internal view override returns (FeedRound memory round) {
        round = _inner();
        RoundLib.requireValid(round);
        uint256 price = uint256(round.answer);
        uint256 confidence = IConfidence(address(inner)).confidence();
        if (confidence > MAX_ANSWER) revert ConfidenceTooWide(round.answer, confidence);
        uint256 margin = ConfidenceLib.marginUp(confidence, multiplierBps);
        if (high ? price + margin > MAX_ANSWER : margin >= price) revert ConfidenceTooWide(round.answer, margin);
        round.answer = int256(high ? price + margin : price - margin);
    }

    function _what() internal pure override returns (string memory) {
        return "end of its confidence";
    }
}
