// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";
import {BandParams, BandStatus, IPriceBand} from "../../interfaces/IPriceBand.sol";
import {IUpkeep} from "../../interfaces/IUpkeep.sol";
import {FeedLib, FeedRound} from "../../libraries/FeedLib.sol";
import {PriceBandLib} from "../../libraries/PriceBandLib.sol";
import {QuoteLib} from "../../libraries/QuoteLib.sol";
import {RoundLib} from "../../libraries/RoundLib.sol";
import {FeedLayer} from "./FeedLayer.sol";

/// @title PriceBand
/// @notice See `IPriceBand`.
contract PriceBand is FeedLayer, IPriceBand {
    uint256 private constant BPS = 10_000;
    uint256 private constant KEPT = 64;

    /// @dev An answer that held from a time on; one slot.
    struct Seen {
        uint128 price;
        uint64 sinceS;
    }

    /// @dev Where the band is, given a price below.
    /// @param atS When the status began; in a halt, when it ends.
    /// @param halted Whether a halt lies between the stored state and this one.
    struct Assessment {
        BandStatus status;
        uint256 answer;
        uint256 atS;
        bool halted;
    }

    BandParams private _params;
    BandStatus private _status;
    uint64 private _atS;
    /// @dev Answers seen since the opening; `_seen[i % KEPT]` is the i-th of `_count`.
    uint64 private _count;
    Seen[KEPT] private _seen;

    /// @param inner_ The feed below.
    /// @param params_ Parameters.
    constructor(IAggregatorV3 inner_, BandParams memory params_) FeedLayer(inner_) {
        if (params_.bandBps == 0) revert ParameterOutOfRange("bandBps", 0, 1);
        if (params_.bandBps >= BPS) revert ParameterOutOfRange("bandBps", params_.bandBps, BPS - 1);
        if (params_.windowS == 0) revert ParameterOutOfRange("windowS", 0, 1);
        _params = params_;
    }

    /* UPKEEP */

    /// @inheritdoc IUpkeep
    function due() external view returns (bool) {
        (bool valid, FeedRound memory round) = FeedLib.tryLatest(inner);
        return valid && _changes(_assess(uint256(round.answer)));
    }

    /// @inheritdoc IUpkeep
    function poke() external {
        (bool valid, FeedRound memory round) = FeedLib.tryLatest(inner);
        if (!valid) revert NotDue();
        uint256 price = uint256(round.answer);
        Assessment memory now_ = _assess(price);
        if (!_changes(now_)) revert NotDue();
        if (now_.halted) _halt();
        if (now_.status == BandStatus.Halted) return;
        if (_status == BandStatus.Halted) _resume(price);
        else _follow(price, now_);
    }

    /// @dev Whether writing an assessment would change what is stored.
    function _changes(Assessment memory now_) private view returns (bool) {
        if (_count == 0) return true;
        if (now_.status == BandStatus.Halted) return _status != BandStatus.Halted;
        return now_.halted || now_.status != _status || now_.answer != _last().price;
    }

    function _halt() private {
        uint64 untilS = uint64(uint256(_atS) + _params.limitS + _params.haltS);
        (_status, _atS) = (BandStatus.Halted, untilS);
        emit HaltBegun(_last().price, untilS);
    }

    function _resume(uint256 price) private {
        uint256 lastPrice = _last().price;
        (_status, _atS, _count) = (BandStatus.Open, uint64(block.timestamp), 0);
        _push(price);
        emit Resumed(lastPrice, price, PriceBandLib.gapBpsDown(lastPrice, price));
    }

    function _follow(uint256 price, Assessment memory now_) private {
        if (now_.status != _status) {
            uint256 mean = _mean();
            (_status, _atS) = (now_.status, uint64(block.timestamp));
            if (now_.status == BandStatus.Limited) emit LimitReached(price, now_.answer, mean);
            else emit LimitLeft(price, mean);
        }
        if (_count == 0 || now_.answer != _last().price) _push(now_.answer);
    }

    function _push(uint256 price) private {
        bool sameTime = _count != 0 && _last().sinceS == block.timestamp;
        if (!sameTime) ++_count;
        _seen[(_count - 1) % KEPT] = Seen(uint128(price), uint64(block.timestamp));
    }

    /* READING */

    /// @inheritdoc IPriceBand
    function state() external view returns (BandStatus, uint256) {
        (bool valid, FeedRound memory round) = FeedLib.tryLatest(inner);
        if (!valid) return (_status, _atS);
        Assessment memory now_ = _assess(uint256(round.answer));
        return (now_.status, now_.atS);
    }

    /// @inheritdoc IPriceBand
    function band() external view returns (uint256 mean, uint256 lower, uint256 upper) {
        if (_count == 0) return (0, 0, 0);
        mean = _mean();
        (lower, upper) = (_within(0, mean), _within(type(uint256).max, mean));
    }

    /// @inheritdoc IPriceBand
    function params() external view returns (BandParams memory) {
        return _params;
    }

    function _latest() internal view override returns (FeedRound memory round) {
        if (_status == BandStatus.Halted && block.timestamp < _atS) revert Halted(_atS);
        if (_count == 0) revert NoRound();
        round = _inner();
        RoundLib.requireValid(round);
        Assessment memory now_ = _assess(uint256(round.answer));
        if (now_.status == BandStatus.Halted) revert Halted(now_.atS);
        round.answer = int256(now_.answer);
    }

    function _what() internal pure override returns (string memory) {
        return "within a band";
    }

    function _assess(uint256 price) private view returns (Assessment memory) {
        if (_count == 0) return Assessment(BandStatus.Open, price, block.timestamp, false);
        if (_status == BandStatus.Halted) {
            return
                block.timestamp < _atS
                    ? Assessment(BandStatus.Halted, 0, _atS, false)
                    : Assessment(BandStatus.Open, price, block.timestamp, false);
        }
        uint256 answer = _within(price, _mean());
        if (answer == price) {
            return Assessment(BandStatus.Open, price, _status == BandStatus.Open ? _atS : block.timestamp, false);
        }
        if (_status == BandStatus.Open) return Assessment(BandStatus.Limited, answer, block.timestamp, false);
        uint256 haltAtS = uint256(_atS) + _params.limitS;
        if (block.timestamp < haltAtS) return Assessment(BandStatus.Limited, answer, _atS, false);
        uint256 untilS = haltAtS + _params.haltS;
        return
            block.timestamp < untilS
                ? Assessment(BandStatus.Halted, 0, untilS, true)
                : Assessment(BandStatus.Open, price, block.timestamp, true);
    }

    /// @dev The price itself, or the edge that it lies beyond.
    function _within(uint256 price, uint256 mean) private view returns (uint256) {
        return QuoteLib.anchoredDown(price, 0, mean, 0, _params.bandBps);
    }

    /// @dev Reads back only as far as the window goes.
    function _mean() private view returns (uint256) {
        uint256 startS = Math.saturatingSub(block.timestamp, _params.windowS);
        uint256 kept = Math.min(_count, KEPT);
        uint256 used = 1;
        while (used < kept && _seen[(_count - used) % KEPT].sinceS > startS) ++used;
        uint256[] memory prices = new uint256[](used);
        uint256[] memory sinceS = new uint256[](used);
        for (uint256 i = 0; i < used; ++i) {
            Seen memory seen = _seen[(_count - used + i) % KEPT];
            (prices[i], sinceS[i]) = (seen.price, seen.sinceS);
        }
        return PriceBandLib.windowMeanDown(prices, sinceS, block.timestamp, _params.windowS);
    }

    function _last() private view returns (Seen memory) {
        return _seen[(_count - 1) % KEPT];
    }
}
