// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";
import {IMedianFeed, MedianSource} from "../../interfaces/IMedianFeed.sol";
import {IUpkeep} from "../../interfaces/IUpkeep.sol";
import {FeedLib, FeedRound} from "../../libraries/FeedLib.sol";
import {QuoteLib} from "../../libraries/QuoteLib.sol";
import {KeptRound, RoundLib} from "../../libraries/RoundLib.sol";

/// @title MedianFeed
/// @notice See `IMedianFeed`.
contract MedianFeed is IMedianFeed {
    using RoundLib for FeedRound;
    using RoundLib for KeptRound;

    uint256 private constant MAX_DECIMALS = 18;
    uint256 private constant MAX_SOURCES = 15;
    /// @dev What a source may use: little enough that a median with a source that burns it all can itself be read
    /// by a feed that limits its reads.
    uint256 private constant SOURCE_GAS = 250_000;

    /// @inheritdoc IAggregatorV3
    uint256 public constant version = 1;
    /// @inheritdoc IAggregatorV3
    uint8 public immutable decimals;
    /// @inheritdoc IMedianFeed
    uint256 public immutable quorum;
    /// @inheritdoc IMedianFeed
    bool public immutable keepsLastGood;

    /// @inheritdoc IAggregatorV3
    string public description;

    MedianSource[] private _sources;
    KeptRound private _kept;

    /// @param feeds The sources, at most 15.
    /// @param maxAgesS Of each source the oldest price that counts, in seconds; 0: of any age.
    /// @param decimals_ Decimals of the answer, at most 18; the sources' may differ.
    /// @param quorum_ Fewest valid sources of which a median is taken.
    /// @param keepsLastGood_ Whether the last good median stands in for one without quorum.
    /// @param description_ What is priced in what, for people.
    constructor(
        IAggregatorV3[] memory feeds,
        uint32[] memory maxAgesS,
        uint8 decimals_,
        uint256 quorum_,
        bool keepsLastGood_,
        string memory description_
    ) {
        uint256 count = feeds.length;
        if (count == 0 || count > MAX_SOURCES) revert ParameterOutOfRange("sources", count, MAX_SOURCES);
        if (maxAgesS.length != count) revert ParameterOutOfRange("maxAgesS", maxAgesS.length, count);
        if (quorum_ == 0 || quorum_ > count) revert ParameterOutOfRange("quorum", quorum_, count);
        _requireDecimals(decimals_);
        for (uint256 i = 0; i < count; ++i) {
            uint8 sourceDecimals = feeds[i].decimals();
            _requireDecimals(sourceDecimals);
            _sources.push(MedianSource(feeds[i], sourceDecimals, maxAgesS[i]));
        }
        decimals = decimals_;
        quorum = quorum_;
        keepsLastGood = keepsLastGood_;
        description = description_;
    }

    function _requireDecimals(uint8 given) private pure {
        if (given > MAX_DECIMALS) revert ParameterOutOfRange("decimals", given, MAX_DECIMALS);
    }

    /* UPKEEP */

    /// @inheritdoc IUpkeep
    function due() external view returns (bool) {
        if (!keepsLastGood) return false;
        (uint256 valid, FeedRound memory round) = _median();
        return valid >= quorum && !_kept.holds(round);
    }

    /// @inheritdoc IUpkeep
    function poke() external {
        if (!keepsLastGood) revert NotDue();
        (uint256 valid, FeedRound memory round) = _median();
        if (valid < quorum || _kept.holds(round)) revert NotDue();
        _kept.keep(round);
        emit RoundKept(round.roundId, round.answer, round.startedAt, round.updatedAt);
    }

    /* READING */

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

    /// @inheritdoc IMedianFeed
    function sources() external view returns (MedianSource[] memory) {
        return _sources;
    }

    /// @inheritdoc IMedianFeed
    function validSources() external view returns (uint256 valid) {
        (valid, ) = _validRounds();
    }

    function _latest() private view returns (FeedRound memory round) {
        uint256 valid;
        (valid, round) = _median();
        if (valid >= quorum) return round;
        if (_kept.updatedAt == 0) revert QuorumNotMet(valid, quorum);
        return _kept.load();
    }

    /// @dev An empty round where the quorum is not met.
    function _median() private view returns (uint256 valid, FeedRound memory round) {
        FeedRound[] memory rounds;
        (valid, rounds) = _validRounds();
        if (valid >= quorum) round = QuoteLib.medianDown(rounds, valid);
    }

    /// @dev Rounds that count come first in `rounds`, with this feed's decimals.
    function _validRounds() private view returns (uint256 count, FeedRound[] memory rounds) {
        rounds = new FeedRound[](_sources.length);
        for (uint256 i = 0; i < rounds.length; ++i) {
            MedianSource memory source = _sources[i];
            (bool valid, FeedRound memory round) = FeedLib.tryLatest(source.feed, SOURCE_GAS);
            if (!valid || !round.isFresh(source.maxAgeS)) continue;
            uint256 price = QuoteLib.rescaledDown(uint256(round.answer), source.decimals, decimals);
            if (price == 0 || price > uint256(int256(type(int128).max))) continue;
            round.answer = int256(price);
            rounds[count++] = round;
        }
    }
}
