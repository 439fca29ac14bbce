// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {VirtualCurve} from "../libraries/VirtualAmmLib.sol";
import {IAggregatorV3} from "./IAggregatorV3.sol";
import {IMakerPricing} from "./IMakerPricing.sol";

/// @title IVirtualAmmPricing
/// @notice Trades along a virtual x·y = k: the reserves are numbers that only give a price. It begins at the index
/// and moves with trades alone; whether it follows the index is up to those who trade. What one trader wins another
/// one loses; the maker's account takes only what traders together are net long or short.
///
/// The owner may peg the curve anew, to the index and to a depth, at any time, or to another depth at the mid that
/// holds: liquidity that leaves or returns. That changes what closing the traders' net position would cost: the
/// difference is the maker's loss, bounded by the owner's limit and booked in `repegCostQuote`. At no net position it
/// is 0.
/// @dev Needs an index only to be pegged to it: trades and depth go on while there is none. Where stages of the waterfall have taken
/// positions from the maker without a trade, the curve stays where it is until the next peg, which counts with the
/// position that the market has. Liquidations trade as others do.
interface IVirtualAmmPricing is IMakerPricing {
    /// @notice The curve of an instrument began.
    event CurveOpened(
        address indexed instrument,
        address indexed feed,
        uint32 maxIndexAgeS,
        uint256 priceE8,
        VirtualCurve curve
    );

    /// @notice The curve was pegged anew.
    /// @param priceBeforeE8 Mid before.
    /// @param priceE8 Mid after: the index.
    /// @param costQuote What the maker lost thereby; below 0 it gained.
    event Repegged(
        address indexed instrument,
        uint256 priceBeforeE8,
        uint256 priceE8,
        int256 costQuote,
        VirtualCurve curve
    );

    /// @notice The curve has another depth.
    /// @param priceE8 Mid, before and after.
    /// @param costQuote What the maker lost thereby; below 0 it gained.
    event DepthSet(address indexed instrument, uint256 priceE8, int256 costQuote, VirtualCurve curve);

    /// @notice A trade was priced.
    /// @param reserveWad Base reserve after.
    /// @param priceE8 Mid after.
    event Priced(
        address indexed instrument,
        int256 sizeDeltaWad,
        int256 quoteDelta,
        uint256 reserveWad,
        uint256 priceE8
    );

    /// @notice The instrument has a curve already.
    error CurveExists(address instrument);

    /// @notice The trade would take all of the reserve, or the price outside of (0, 1e20].
    error InsufficientDepth(int256 sizeDeltaWad, uint256 reserveWad);

    /// @notice The new curve costs the maker more than the limit.
    error RepegTooDear(int256 costQuote, int256 maxCostQuote);

    /// @notice Opens the curve of an instrument at its index. Only the owner.
    /// @param feed The index: quote per base.
    /// @param maxIndexAgeS Oldest index that counts, in seconds; 0: of any age.
    /// @param depthWad Virtual quote reserve, 18 decimals, at most 1e36: a trade of the value v moves the price by
    /// about 2 · v / depth.
    function openCurve(address instrument, IAggregatorV3 feed, uint32 maxIndexAgeS, uint256 depthWad) external;

    /// @notice Pegs the curve to the index and to a depth. Only the owner.
    /// @param maxCostQuote Most that it may cost the maker; below 0, least that it must bring.
    /// @return costQuote What it cost.
    function repeg(address instrument, uint256 depthWad, int256 maxCostQuote) external returns (int256 costQuote);

    /// @notice What `repeg` would do now; reverts alike.
    function previewRepeg(
        address instrument,
        uint256 depthWad
    ) external view returns (int256 costQuote, uint256 priceE8, VirtualCurve memory curve_);

    /// @notice Pegs the curve to its own mid, which stays, and to a depth. Only the owner; needs no index.
    /// @param maxCostQuote Most that it may cost the maker; below 0, least that it must bring.
    /// @return costQuote What it cost.
    function setDepth(
        address instrument,
        uint256 depthWad,
        int256 maxCostQuote
    ) external returns (int256 costQuote);

    /// @notice What `setDepth` would do now; reverts alike.
    function previewDepth(
        address instrument,
        uint256 depthWad
    ) external view returns (int256 costQuote, uint256 priceE8, VirtualCurve memory curve_);

    /// @notice Sum of what all pegs and depths after the first cost the maker.
    function repegCostQuote(address instrument) external view returns (int256);

    /// @notice The curve; zeros before it is opened.
    function curve(address instrument) external view returns (VirtualCurve memory);

    /// @notice Index that a new peg would take. Reverts where it is invalid.
    function indexE8(address instrument) external view returns (uint256);
}
