// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";
import {IStalenessGuard} from "../../interfaces/IStalenessGuard.sol";
import {FeedRound} from "../../libraries/FeedLib.sol";
import {RoundLib} from "../../libraries/RoundLib.sol";
import {FeedLayer} from "./FeedLayer.sol";

/// @title StalenessGuard
/// @notice See `IStalenessGuard`.
contract StalenessGuard is FeedLayer, IStalenessGuard {
    using RoundLib for FeedRound;

    /// @inheritdoc IStalenessGuard
    uint256 public immutable maxAgeS;

    /// @param inner_ The feed that is guarded.
    /// @param maxAgeS_ The oldest price that is passed on, in seconds; above 0.
    constructor(IAggregatorV3 inner_, uint256 maxAgeS_) FeedLayer(inner_) {
        if (maxAgeS_ == 0) revert ParameterOutOfRange("maxAgeS", 0, 1);
        maxAgeS = maxAgeS_;
    }

    function _latest() internal view override returns (FeedRound memory round) {
        round = _inner();
        round.requireValid();
        if (!round.isFresh(maxAgeS)) revert StalePrice(block.timestamp - round.updatedAt, maxAgeS);
    }

    function _what() internal pure override returns (string memory) {
        return "guarded";
    }
}
