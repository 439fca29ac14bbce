// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "./IAggregatorV3.sol";
import {IHeldMid} from "./IHeldMid.sol";
import {IIndexed} from "./IIndexed.sol";
import {IMarkPrice} from "./IMarkPrice.sol";

/// @notice Parameters of an instrument's mark; times in seconds. Perpetual Protocol v2 (Curie) has a premium of
/// 15 minutes and means of 15 seconds and of 30 minutes: 900, 15, 1800.
/// @param feed The index: quote per base.
/// @param maxIndexAgeS Oldest index that counts, since its `updatedAt`; 0: of any age.
/// @param mids The pricing whose mid is averaged.
/// @param premiumWindowS Time constant of the premium's moving average.
/// @param shortWindowS The short mean is over this time.
/// @param longWindowS And the long one over this.
/// @param spacingS Least time between two records; at most the short window.
/// @param clampBps Most that the premium counts, either way; below 10000.
struct MarkParams {
    IAggregatorV3 feed;
    uint32 maxIndexAgeS;
    IHeldMid mids;
    uint32 premiumWindowS;
    uint32 shortWindowS;
    uint32 longWindowS;
    uint32 spacingS;
    uint16 clampBps;
}

/// @notice What a mark is the median of; quote per base with 8 decimals.
/// @param premiumE8 The index with its average premium.
/// @param shortMeanE8 Mean mid of the short window.
/// @param longMeanE8 Mean mid of the long window.
struct MarkParts {
    uint256 premiumE8;
    uint256 shortMeanE8;
    uint256 longMeanE8;
}

/// @title IMedianMark
/// @notice The mark as the median of
///
///     index · (1 + exponential moving average of the clamped premium of the mid over the index),
///     the mean mid of a short window, weighted by time, and the mean mid of a long one,
///
/// as Perpetual Protocol v2 has it. Only mids that stood when a block began count, for as long as they stood: what is
/// pushed and pulled back within a block moves nothing, in that block or later.
/// @dev What a reader sees is what `poke` would record. Between two records the mid of the first counts until the
/// last change by a trade, and from then on the present one: exact where the market pokes before its trades, and where
/// an index moves the mid, as if it had moved right after that change. Until a window has passed since the first
/// record, its mean is over what there is. An invalid index reverts as `IMarkPrice` says.
interface IMedianMark is IMarkPrice, IIndexed {
    /// @notice Parameters of an instrument were set; its history begins anew with the next `poke`.
    event MarkSet(address indexed instrument, MarkParams params);

    /// @notice A mid was recorded.
    /// @param ratioWad Mid over index, clamped, in wad.
    /// @param averageWad Its moving average up to now.
    event MidRecorded(
        address indexed instrument,
        uint256 midE8,
        uint256 indexE8,
        uint256 ratioWad,
        uint256 averageWad
    );

    /// @notice Nothing was recorded yet.
    error NoRecord(address instrument);

    /// @notice The last record is younger than the spacing.
    error RecordTooSoon(uint256 ageS, uint256 spacingS);

    /// @notice The pricing's mid is not above 0, or does not fit in 128 bits.
    error InvalidMid(address instrument, uint256 midE8);

    /// @notice Sets the parameters of an instrument. Only the owner.
    function setInstrument(address instrument, MarkParams calldata params_) external;

    /// @notice What the mark is the median of now. Reverts as `markE8` does.
    function parts(address instrument) external view returns (MarkParts memory);

    /// @notice Index, mid and since when it stands, as `poke` would take them now.
    function observed(
        address instrument
    ) external view returns (uint256 priceE8, uint256 midE8, uint256 midSinceS);

    /// @notice Parameters of an instrument.
    function params(address instrument) external view returns (MarkParams memory);
}
