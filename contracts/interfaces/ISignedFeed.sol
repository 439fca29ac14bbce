// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "./IAggregatorV3.sol";
import {IConfidence} from "./IConfidence.sol";

/// @notice What one signer says.
/// @param price Price with the feed's decimals.
/// @param confidence Half-width of the interval that the signer is sure of, in the same units.
/// @param publishTime When the price was seen, in seconds since the epoch.
struct PriceReport {
    int256 price;
    uint256 confidence;
    uint64 publishTime;
}

/// @notice What a pull feed accepts.
/// @param maxAgeS A report is at most this old when it arrives (RedStone: 180, GMX: 300).
/// @param maxAheadS And its publish time at most this far ahead of the block (RedStone: 60).
/// @param maxConfidenceBps Its confidence is at most this share of its price.
/// @param threshold Reports of at least this many different signers make a round.
/// @param requireIncreasing Whether a round must be published later than the one before it. Without that, whoever
/// submits picks the most favourable price of the window, again and again.
struct PullParams {
    uint32 maxAgeS;
    uint32 maxAheadS;
    uint16 maxConfidenceBps;
    uint8 threshold;
    bool requireIncreasing;
}

/// @title ISignedFeed
/// @notice A pull feed: known signers sign prices off chain, and anybody brings them on chain when it suits him.
/// @dev Answer and confidence of a round are the medians over its signers, each within the range of what was
/// signed. Signers sign the same publish time. Whoever submits also picks which signers count, beyond the threshold.
///
/// Reports are EIP-712 typed data `PriceReport(int256 price,uint256 confidence,uint64 publishTime)` under the domain
/// `EIP712Domain(string name,string version,address verifyingContract)` with the name "Tailspin pull feed" and the
/// version "1". There is no chain in the domain, so that a world has the same signatures on every chain: signers of
/// anything of value must not be used here.
///
/// `startedAt` and `updatedAt` are both the publish time, or the block's if that lies ahead of it: a consumer that
/// checks the age sees that of the price, and an old report brought late is not taken for a new one.
interface ISignedFeed is IAggregatorV3, IConfidence {
    /// @notice A round was made.
    /// @param submitter Who brought the reports.
    /// @param publishTime Publish time of the reports, which may lie ahead of the block.
    /// @param signers How many signed.
    event RoundSubmitted(
        uint80 indexed roundId,
        address indexed submitter,
        int256 answer,
        uint256 confidence,
        uint256 publishTime,
        uint256 signers
    );

    /// @notice A threshold is from 1 to the number of signers, of which there are at most 255.
    error ThresholdOutOfRange(uint256 threshold, uint256 signers);
    /// @notice Each report needs its signature.
    error LengthMismatch(uint256 reports, uint256 signatures);
    /// @notice Too few signed.
    error NotEnoughSigners(uint256 signers, uint256 threshold);
    /// @notice The reports were published at different times.
    error MixedPublishTimes(uint256 publishTime, uint256 firstPublishTime);
    /// @notice The reports are not newer than the newest round: a replay, or a pick.
    error PublishTimeNotIncreasing(uint256 publishTime, uint256 lastPublishTime);
    /// @notice The reports are too old.
    error ReportTooOld(uint256 ageS, uint256 maxAgeS);
    /// @notice The reports are too far ahead.
    error ReportTooFarAhead(uint256 aheadS, uint256 maxAheadS);
    /// @notice A price must be positive and fit in 127 bits.
    error InvalidAnswer(int256 price);
    /// @notice A signer is less sure than the feed demands.
    error ConfidenceTooWide(uint256 confidence, uint256 limit);
    /// @notice The signature is not of a signer of this feed.
    error UnknownSigner(address signer);
    /// @notice A signer signed twice, or was named twice.
    error DuplicateSigner(address signer);
    /// @notice The feed holds no round yet.
    error NoRound();
    /// @notice The feed has no round of this number.
    error RoundNotFound(uint80 roundId, uint80 latestRoundId);

    /// @notice Makes a round of signed reports. Anybody may; emits `RoundSubmitted`.
    /// @dev Reverts with the errors above, and with OpenZeppelin's `ECDSAInvalidSignature`,
    /// `ECDSAInvalidSignatureLength` or `ECDSAInvalidSignatureS` (the second form of a signature, with a high s).
    function submit(PriceReport[] calldata reports, bytes[] calldata signatures) external;

    /// @notice What is signed.
    function digest(PriceReport calldata report) external view returns (bytes32);

    /// @notice The signers.
    function signers() external view returns (address[] memory);

    /// @notice Number of the newest round; 0 before the first.
    function latestRoundId() external view returns (uint80);

    /// @notice Publish time of the newest round; 0 before the first.
    function lastPublishTime() external view returns (uint64);

    /// @notice What is accepted.
    function params() external view returns (PullParams memory);
}
