// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMarkPrice} from "../../interfaces/IMarkPrice.sol";
import {IMedianMark, MarkParams, MarkParts} from "../../interfaces/IMedianMark.sol";
import {IndexLib, IndexSource} from "../../libraries/IndexLib.sol";
import {MarkLib} from "../../libraries/MarkLib.sol";
import {MeanPriceLib} from "../../libraries/MeanPriceLib.sol";
import {SmoothingLib} from "../../libraries/SmoothingLib.sol";

/// @title MedianMark
/// @notice See `IMedianMark`.
contract MedianMark is IMedianMark, Ownable {
    using IndexLib for IndexSource;

    uint256 private constant MAX_CLAMP_BPS = 9_999;
    uint256 private constant MAX_RECORDS = 65_535;

    /// @dev Sum of mids times seconds up to `timeS`.
    struct Record {
        uint192 sum;
        uint64 timeS;
    }

    /// @dev The last record's values, and how many there are; a ring of `capacity` records per history.
    struct Track {
        uint64 count;
        uint64 capacity;
        uint64 history;
        uint128 midE8;
        uint128 ratioWad;
        uint128 averageWad;
    }

    /// @dev What the next record would be, and how its sum came about: the last mid until `turnS`, then `midE8`.
    struct Next {
        uint256 indexE8;
        uint256 midE8;
        uint256 turnS;
        uint256 sum;
        uint256 ratioWad;
        uint256 averageWad;
    }

    mapping(address instrument => MarkParams) private _params;
    mapping(address instrument => IndexSource) private _index;
    mapping(address instrument => Track) private _tracks;
    mapping(address instrument => mapping(uint256 history => mapping(uint256 slot => Record))) private _records;

    /// @param owner_ Who sets parameters.
    constructor(address owner_) Ownable(owner_) {}

    /// @inheritdoc IMedianMark
    function setInstrument(address instrument, MarkParams calldata params_) external onlyOwner {
        _requireWithin("clampBps", params_.clampBps, 0, MAX_CLAMP_BPS);
        _requireWithin("premiumWindowS", params_.premiumWindowS, 1, type(uint32).max);
        _requireWithin("shortWindowS", params_.shortWindowS, 1, params_.longWindowS);
        _requireWithin("spacingS", params_.spacingS, 1, params_.shortWindowS);
        uint256 capacity = Math.ceilDiv(params_.longWindowS, params_.spacingS) + 1;
        _requireWithin("longWindowS", capacity, 1, MAX_RECORDS);
        _params[instrument] = params_;
        _index[instrument] = IndexLib.sourceOf(params_.feed, params_.maxIndexAgeS);
        uint64 history = _tracks[instrument].history + 1;
        _tracks[instrument] = Track(0, uint64(capacity), history, 0, 0, 0);
        emit MarkSet(instrument, params_);
    }

    function _requireWithin(bytes32 parameter, uint256 given, uint256 least, uint256 most) private pure {
        if (given < least) revert ParameterOutOfRange(parameter, given, least);
        if (given > most) revert ParameterOutOfRange(parameter, given, most);
    }

    /* RECORDS */

    /// @inheritdoc IMarkPrice
    function due(address instrument) external view returns (bool) {
        if (_waitS(instrument) != 0) return false;
        try this.observed(instrument) {
            return true;
        } catch {
            return false;
        }
    }

    /// @inheritdoc IMarkPrice
    function poke(address instrument) external {
        uint256 waitS = _waitS(instrument);
        uint256 spacingS = _params[instrument].spacingS;
        if (waitS != 0) revert RecordTooSoon(spacingS - waitS, spacingS);
        Next memory next = _next(instrument);
        Track storage track = _tracks[instrument];
        uint256 count = track.count++;
        Record memory taken = Record(uint192(next.sum), uint64(block.timestamp));
        _records[instrument][track.history][count % track.capacity] = taken;
        track.midE8 = uint128(next.midE8);
        track.ratioWad = uint128(next.ratioWad);
        track.averageWad = uint128(next.averageWad);
        emit MidRecorded(instrument, next.midE8, next.indexE8, next.ratioWad, next.averageWad);
    }

    /// @inheritdoc IMedianMark
    function observed(address instrument) public view returns (uint256 priceE8, uint256 midE8, uint256 midSinceS) {
        priceE8 = indexE8(instrument);
        (midE8, midSinceS) = _params[instrument].mids.heldMidE8(instrument);
        if (midE8 == 0 || midE8 > type(uint128).max) revert InvalidMid(instrument, midE8);
    }

    /// @dev Seconds until the next record may be taken.
    function _waitS(address instrument) private view returns (uint256) {
        Track memory track = _tracks[instrument];
        if (track.count == 0) return 0;
        uint256 nextS = _record(instrument, track, track.count - 1).timeS + _params[instrument].spacingS;
        return Math.saturatingSub(nextS, block.timestamp);
    }

    function _record(address instrument, Track memory track, uint256 index) private view returns (Record memory) {
        return _records[instrument][track.history][index % track.capacity];
    }

    function _next(address instrument) private view returns (Next memory next) {
        uint256 sinceS;
        (next.indexE8, next.midE8, sinceS) = observed(instrument);
        MarkParams memory terms = _params[instrument];
        next.ratioWad = MarkLib.clampedRatioWadDown(next.midE8, next.indexE8, terms.clampBps);
        next.averageWad = next.ratioWad;
        Track memory track = _tracks[instrument];
        if (track.count == 0) return next;
        Record memory last = _record(instrument, track, track.count - 1);
        next.turnS = Math.min(Math.max(last.timeS, sinceS), block.timestamp);
        uint256 heldS = next.turnS - last.timeS;
        uint256 thenS = block.timestamp - next.turnS;
        next.sum = MarkLib.sumAfterBoth(last.sum, track.midE8, heldS, next.midE8, thenS);
        uint256 atTurn = SmoothingLib.smoothedDown(track.averageWad, track.ratioWad, heldS, terms.premiumWindowS);
        next.averageWad = SmoothingLib.smoothedDown(atTurn, next.ratioWad, thenS, terms.premiumWindowS);
    }

    /* READING */

    /// @inheritdoc IMarkPrice
    function markE8(address instrument) external view returns (uint256) {
        MarkParts memory found = parts(instrument);
        return MarkLib.medianOfThree(found.premiumE8, found.shortMeanE8, found.longMeanE8);
    }

    /// @inheritdoc IMarkPrice
    function indexE8(address instrument) public view returns (uint256) {
        return _index[instrument].priceE8(instrument);
    }

    /// @inheritdoc IMedianMark
    function parts(address instrument) public view returns (MarkParts memory found) {
        Next memory next = _next(instrument);
        Track memory track = _tracks[instrument];
        if (track.count == 0) revert NoRecord(instrument);
        MarkParams memory terms = _params[instrument];
        found.premiumE8 = MarkLib.premiumPriceE8Down(next.indexE8, next.averageWad);
        found.shortMeanE8 = _meanE8(instrument, track, next, terms.shortWindowS);
        found.longMeanE8 = _meanE8(instrument, track, next, terms.longWindowS);
    }

    /// @inheritdoc IMedianMark
    function params(address instrument) external view returns (MarkParams memory) {
        return _params[instrument];
    }

    /// @dev Mean mid of the window that ends now, or of all there is.
    function _meanE8(
        address instrument,
        Track memory track,
        Next memory next,
        uint256 windowS
    ) private view returns (uint256) {
        uint256 oldest = track.count > track.capacity ? track.count - track.capacity : 0;
        uint256 startS = Math.max(block.timestamp - windowS, _record(instrument, track, oldest).timeS);
        if (startS == block.timestamp) return track.midE8;
        uint256 sum = _sumAt(instrument, track, next, startS, oldest);
        return (next.sum - sum) / (block.timestamp - startS);
    }

    /// @dev The sum at a time that is not before the oldest record: exact after the last one, on a straight line
    /// between two others.
    function _sumAt(
        address instrument,
        Track memory track,
        Next memory next,
        uint256 timeS,
        uint256 oldest
    ) private view returns (uint256) {
        uint256 index = _newestUpTo(instrument, track, timeS, oldest);
        Record memory before = _record(instrument, track, index);
        if (index + 1 == track.count) {
            uint256 heldS = Math.min(timeS, next.turnS) - before.timeS;
            uint256 thenS = Math.saturatingSub(timeS, next.turnS);
            return MarkLib.sumAfterBoth(before.sum, track.midE8, heldS, next.midE8, thenS);
        }
        Record memory following = _record(instrument, track, index + 1);
        return
            MeanPriceLib.sumWithinDown(
                before.sum,
                following.sum,
                timeS - before.timeS,
                following.timeS - before.timeS
            );
    }

    /// @dev Number of the newest record at or before `timeS`; that of number `oldest` is.
    function _newestUpTo(
        address instrument,
        Track memory track,
        uint256 timeS,
        uint256 oldest
    ) private view returns (uint256) {
        (uint256 low, uint256 high) = (oldest, track.count);
        while (high - low > 1) {
            uint256 middle = (low + high) / 2;
            if (_record(instrument, track, middle).timeS <= timeS) low = middle;
            else high = middle;
        }
        return low;
    }
}
