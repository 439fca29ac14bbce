// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";
import {IDelayedFeed} from "../../interfaces/IDelayedFeed.sol";
import {IUpkeep} from "../../interfaces/IUpkeep.sol";
import {FeedLib, FeedRound} from "../../libraries/FeedLib.sol";
import {KeptRound, RoundLib} from "../../libraries/RoundLib.sol";
import {FeedLayer} from "./FeedLayer.sol";

/// @title DelayedFeed
/// @notice See `IDelayedFeed`.
contract DelayedFeed is FeedLayer, IDelayedFeed {
    using RoundLib for KeptRound;

    /// @inheritdoc IDelayedFeed
    uint256 public immutable hopS;
    /// @inheritdoc IDelayedFeed
    uint256 public hopStartedAt;

    KeptRound private _current;
    KeptRound private _next;

    /// @param inner_ The feed that is delayed.
    /// @param hopS_ Length of a hop in seconds; above 0.
    constructor(IAggregatorV3 inner_, uint256 hopS_) FeedLayer(inner_) {
        if (hopS_ == 0) revert ParameterOutOfRange("hopS", 0, 1);
        hopS = hopS_;
    }

    /// @inheritdoc IUpkeep
    function due() external view returns (bool) {
        if (!_hopIsOver()) return false;
        (bool valid, ) = FeedLib.tryLatest(inner);
        return valid;
    }

    /// @inheritdoc IUpkeep
    function poke() external {
        if (!_hopIsOver()) revert NotDue();
        (bool valid, FeedRound memory round) = FeedLib.tryLatest(inner);
        if (!valid) revert NotDue();
        if (hopStartedAt == 0) _current.keep(round);
        else _current = _next;
        _next.keep(round);
        hopStartedAt = block.timestamp - (block.timestamp % hopS);
        emit HopPassed(_current.answer, round.answer, hopStartedAt);
    }

    /// @inheritdoc IDelayedFeed
    function next() external view returns (FeedRound memory) {
        return _next.load();
    }

    function _hopIsOver() private view returns (bool) {
        return block.timestamp >= hopStartedAt + hopS;
    }

    function _latest() internal view override returns (FeedRound memory) {
        return _current.loadExisting();
    }

    function _what() internal pure override returns (string memory) {
        return "delayed";
    }
}
