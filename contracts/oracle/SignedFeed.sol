// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";
import {IConfidence} from "../interfaces/IConfidence.sol";
import {ISignedFeed, PriceReport, PullParams} from "../interfaces/ISignedFeed.sol";
import {FeedRound} from "../libraries/FeedLib.sol";
import {QuoteLib} from "../libraries/QuoteLib.sol";

/// @title SignedFeed
/// @notice See `ISignedFeed`.
contract SignedFeed is ISignedFeed {
    bytes32 private constant DOMAIN_TYPE = keccak256(
        "EIP712Domain(string name,string version,address verifyingContract)"
    );
    bytes32 private constant REPORT_TYPE = keccak256(
        "PriceReport(int256 price,uint256 confidence,uint64 publishTime)"
    );
    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_SIGNERS = 255;

    struct Round {
        int128 answer;
        uint128 confidence;
        uint64 publishedAt;
    }

    /// @inheritdoc IAggregatorV3
    uint256 public constant version = 1;
    /// @inheritdoc IAggregatorV3
    uint8 public immutable decimals;

    bytes32 private immutable _domain;

    /// @inheritdoc IAggregatorV3
    string public description;
    /// @inheritdoc ISignedFeed
    uint80 public latestRoundId;
    /// @inheritdoc ISignedFeed
    uint64 public lastPublishTime;

    PullParams private _params;
    address[] private _signers;
    /// @dev Place in `_signers`, from 1 on; 0: not a signer.
    mapping(address signer => uint256) private _place;
    mapping(uint80 roundId => Round) private _rounds;

    /// @param decimals_ Decimals of every price.
    /// @param description_ What is priced in what, for people.
    /// @param signers_ Whose reports count.
    /// @param params_ What is accepted.
    constructor(
        uint8 decimals_,
        string memory description_,
        address[] memory signers_,
        PullParams memory params_
    ) {
        uint256 count = signers_.length;
        if (params_.threshold == 0 || params_.threshold > count || count > MAX_SIGNERS) {
            revert ThresholdOutOfRange(params_.threshold, count);
        }
        for (uint256 i = 0; i < count; ++i) {
            address signer = signers_[i];
            if (signer == address(0)) revert UnknownSigner(signer);
            if (_place[signer] != 0) revert DuplicateSigner(signer);
            _place[signer] = i + 1;
        }
        decimals = decimals_;
        description = description_;
        _signers = signers_;
        _params = params_;
        _domain = keccak256(
            abi.encode(DOMAIN_TYPE, keccak256("Tailspin pull feed"), keccak256("1"), address(this))
        );
    }

    /* WRITING */

    /// @inheritdoc ISignedFeed
    function submit(PriceReport[] calldata reports, bytes[] calldata signatures) external {
        uint256 count = reports.length;
        if (count != signatures.length) revert LengthMismatch(count, signatures.length);
        if (count < _params.threshold) revert NotEnoughSigners(count, _params.threshold);
        uint64 publishTime = reports[0].publishTime;
        _requireInTime(publishTime);
        _requireSigned(reports, signatures);

        FeedRound[] memory prices = new FeedRound[](count);
        FeedRound[] memory confidences = new FeedRound[](count);
        for (uint256 i = 0; i < count; ++i) {
            if (reports[i].publishTime != publishTime)
                revert MixedPublishTimes(reports[i].publishTime, publishTime);
            _requireSound(reports[i]);
            prices[i].answer = reports[i].price;
            confidences[i].answer = int256(reports[i].confidence);
        }
        int256 answer = QuoteLib.medianDown(prices, count).answer;
        uint256 confidence_ = uint256(QuoteLib.medianDown(confidences, count).answer);
        uint80 roundId = ++latestRoundId;
        lastPublishTime = publishTime;
        uint64 publishedAt = uint64(Math.min(publishTime, block.timestamp));
        _rounds[roundId] = Round(int128(answer), uint128(confidence_), publishedAt);
        emit RoundSubmitted(roundId, msg.sender, answer, confidence_, publishTime, count);
    }

    function _requireInTime(uint64 publishTime) private view {
        if (publishTime > block.timestamp) {
            uint256 aheadS = publishTime - block.timestamp;
            if (aheadS > _params.maxAheadS) revert ReportTooFarAhead(aheadS, _params.maxAheadS);
        } else {
            uint256 ageS = block.timestamp - publishTime;
            if (ageS > _params.maxAgeS) revert ReportTooOld(ageS, _params.maxAgeS);
        }
        if (_params.requireIncreasing && publishTime <= lastPublishTime) {
            revert PublishTimeNotIncreasing(publishTime, lastPublishTime);
        }
    }

    /// @dev Every report is signed by a signer of its own; one bit of `seen` for each.
    function _requireSigned(PriceReport[] calldata reports, bytes[] calldata signatures) private view {
        uint256 seen;
        for (uint256 i = 0; i < reports.length; ++i) {
            address signer = ECDSA.recover(digest(reports[i]), signatures[i]);
            uint256 place = _place[signer];
            if (place == 0) revert UnknownSigner(signer);
            if ((seen >> place) & 1 == 1) revert DuplicateSigner(signer);
            seen |= 1 << place;
        }
    }

    function _requireSound(PriceReport calldata report) private view {
        if (report.price <= 0 || report.price > type(int128).max) revert InvalidAnswer(report.price);
        uint256 limit = (uint256(report.price) * _params.maxConfidenceBps) / BPS;
        if (report.confidence > limit) revert ConfidenceTooWide(report.confidence, limit);
    }

    /* READING */

    /// @inheritdoc ISignedFeed
    function digest(PriceReport calldata report) public view returns (bytes32) {
        return
            MessageHashUtils.toTypedDataHash(
                _domain,
                keccak256(abi.encode(REPORT_TYPE, report.price, report.confidence, report.publishTime))
            );
    }

    /// @inheritdoc IConfidence
    function confidence() external view returns (uint256) {
        if (latestRoundId == 0) revert NoRound();
        return _rounds[latestRoundId].confidence;
    }

    /// @inheritdoc ISignedFeed
    function signers() external view returns (address[] memory) {
        return _signers;
    }

    /// @inheritdoc ISignedFeed
    function params() external view returns (PullParams memory) {
        return _params;
    }

    /// @inheritdoc IAggregatorV3
    function getRoundData(uint80 roundId_) external view returns (uint80, int256, uint256, uint256, uint80) {
        if (roundId_ == 0 || roundId_ > latestRoundId) revert RoundNotFound(roundId_, latestRoundId);
        return _roundData(roundId_);
    }

    /// @inheritdoc IAggregatorV3
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        if (latestRoundId == 0) revert NoRound();
        return _roundData(latestRoundId);
    }

    function _roundData(uint80 roundId) private view returns (uint80, int256, uint256, uint256, uint80) {
        Round memory round = _rounds[roundId];
        return (roundId, round.answer, round.publishedAt, round.publishedAt, roundId);
    }
}
