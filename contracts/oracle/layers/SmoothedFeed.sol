// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";
import {ISmoothedFeed} from "../../interfaces/ISmoothedFeed.sol";
import {IUpkeep} from "../../interfaces/IUpkeep.sol";
import {FeedLib, FeedRound} from "../../libraries/FeedLib.sol";
import {KeptRound, RoundLib} from "../../libraries/RoundLib.sol";
import {SmoothingLib} from "../../libraries/SmoothingLib.sol";
import {FeedLayer} from "./FeedLayer.sol";

/// @title SmoothedFeed
/// @notice See `ISmoothedFeed`.
contract SmoothedFeed is FeedLayer, ISmoothedFeed {
    using RoundLib for KeptRound;

    /// @inheritdoc ISmoothedFeed
    uint256 public immutable timeConstantS;

    KeptRound private _last;
    uint128 private _average;
    uint64 private _atS;

    /// @param inner_ The feed below.
    /// @param timeConstantS_ The time constant; above 0.
    constructor(IAggregatorV3 inner_, uint256 timeConstantS_) FeedLayer(inner_) {
        if (timeConstantS_ == 0) revert ParameterOutOfRange("timeConstantS", 0, 1);
        timeConstantS = timeConstantS_;
    }

    /// @inheritdoc IUpkeep
    function due() external view returns (bool) {
        (bool valid, FeedRound memory round) = FeedLib.tryLatest(inner);
        return valid && !_last.holds(round);
    }

    /// @inheritdoc IUpkeep
    function poke() external {
        (bool valid, FeedRound memory round) = FeedLib.tryLatest(inner);
        if (!valid || _last.holds(round)) revert NotDue();
        uint256 average = _atS == 0 ? uint256(round.answer) : _averageNow();
        _last.keep(round);
        (_average, _atS) = (uint128(average), uint64(block.timestamp));
        emit PriceStored(uint256(round.answer), average);
    }

    /// @inheritdoc ISmoothedFeed
    function stored() external view returns (uint256, uint256, uint256) {
        return (uint256(_last.load().answer), _average, _atS);
    }

    function _latest() internal view override returns (FeedRound memory round) {
        round = _last.loadExisting();
        round.answer = int256(_averageNow());
    }

    function _averageNow() private view returns (uint256) {
        uint256 price = uint256(_last.load().answer);
        return SmoothingLib.smoothedDown(_average, price, block.timestamp - _atS, timeConstantS);
    }

    function _what() internal pure override returns (string memory) {
        return "smoothed";
    }
}
