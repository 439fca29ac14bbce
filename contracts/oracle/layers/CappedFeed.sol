// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";
import {ICappedFeed} from "../../interfaces/ICappedFeed.sol";
import {FeedRound} from "../../libraries/FeedLib.sol";
import {RoundLib} from "../../libraries/RoundLib.sol";
import {FeedLayer} from "./FeedLayer.sol";

/// @title CappedFeed
/// @notice See `ICappedFeed`.
contract CappedFeed is FeedLayer, ICappedFeed {
    using RoundLib for FeedRound;

    /// @inheritdoc ICappedFeed
    int256 public immutable cap;

    /// @param inner_ The feed that is capped.
    /// @param cap_ The highest answer, with the feed's decimals; above 0.
    constructor(IAggregatorV3 inner_, uint128 cap_) FeedLayer(inner_) {
        if (cap_ == 0) revert ParameterOutOfRange("cap", 0, 1);
        cap = int256(uint256(cap_));
    }

    function _latest() internal view override returns (FeedRound memory round) {
        round = _inner();
        round.requireValid();
        if (round.answer > cap) round.answer = cap;
    }

    function _what() internal pure override returns (string memory) {
        return "capped";
    }
}
