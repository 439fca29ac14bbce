// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";
import {ISequencerGate} from "../../interfaces/ISequencerGate.sol";
import {FeedLib, FeedRound} from "../../libraries/FeedLib.sol";
import {RoundLib} from "../../libraries/RoundLib.sol";
import {FeedLayer} from "./FeedLayer.sol";

/// @title SequencerGate
/// @notice See `ISequencerGate`.
contract SequencerGate is FeedLayer, ISequencerGate {
    /// @inheritdoc ISequencerGate
    IAggregatorV3 public immutable uptime;
    /// @inheritdoc ISequencerGate
    uint256 public immutable graceS;

    /// @param inner_ The feed below.
    /// @param uptime_ The uptime feed.
    /// @param graceS_ The grace period; 0: only an outage is a reason to revert.
    constructor(IAggregatorV3 inner_, IAggregatorV3 uptime_, uint32 graceS_) FeedLayer(inner_) {
        (uptime, graceS) = (uptime_, graceS_);
    }

    function _latest() internal view override returns (FeedRound memory round) {
        FeedRound memory status = FeedLib.latest(uptime);
        if (status.answer != 0 || status.startedAt == 0 || status.startedAt > block.timestamp) {
            revert SequencerDown(status.startedAt);
        }
        uint256 upForS = block.timestamp - status.startedAt;
        if (graceS != 0 && upForS <= graceS) revert GracePeriod(upForS, graceS);
        round = _inner();
        RoundLib.requireValid(round);
    }

    function _what() internal pure override returns (string memory) {
        return "behind a sequencer gate";
    }
}
