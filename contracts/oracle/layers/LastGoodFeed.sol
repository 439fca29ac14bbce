// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";
import {ILastGoodFeed} from "../../interfaces/ILastGoodFeed.sol";
import {IUpkeep} from "../../interfaces/IUpkeep.sol";
import {FeedLib, FeedRound} from "../../libraries/FeedLib.sol";
import {KeptRound, RoundLib} from "../../libraries/RoundLib.sol";
import {FeedLayer} from "./FeedLayer.sol";

/// @title LastGoodFeed
/// @notice See `ILastGoodFeed`.
contract LastGoodFeed is FeedLayer, ILastGoodFeed {
    using RoundLib for FeedRound;
    using RoundLib for KeptRound;

    /// @inheritdoc ILastGoodFeed
    uint256 public immutable maxAgeS;

    KeptRound private _kept;

    /// @param inner_ The feed that may fail.
    /// @param maxAgeS_ The oldest price that is good, in seconds; 0: of any age.
    constructor(IAggregatorV3 inner_, uint256 maxAgeS_) FeedLayer(inner_) {
        maxAgeS = maxAgeS_;
    }

    /// @inheritdoc IUpkeep
    function due() external view returns (bool) {
        (bool good, FeedRound memory round) = _try();
        return good && !_kept.holds(round);
    }

    /// @inheritdoc IUpkeep
    function poke() external {
        (bool good, FeedRound memory round) = _try();
        if (!good || _kept.holds(round)) revert NotDue();
        _kept.keep(round);
        emit RoundKept(round.roundId, round.answer, round.startedAt, round.updatedAt);
    }

    /// @inheritdoc ILastGoodFeed
    function live() external view returns (bool good) {
        (good, ) = _try();
    }

    function _latest() internal view override returns (FeedRound memory) {
        (bool good, FeedRound memory round) = _try();
        return good ? round : _kept.loadExisting();
    }

    function _try() private view returns (bool good, FeedRound memory round) {
        (good, round) = FeedLib.tryLatest(inner);
        good = good && round.isFresh(maxAgeS);
    }

    function _what() internal pure override returns (string memory) {
        return "last good";
    }
}
