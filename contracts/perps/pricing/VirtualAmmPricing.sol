// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";
import {IHeldMid} from "../../interfaces/IHeldMid.sol";
import {IMarkPrice} from "../../interfaces/IMarkPrice.sol";
import {IPerpPricing} from "../../interfaces/IPerpPricing.sol";
import {IVirtualAmmPricing} from "../../interfaces/IVirtualAmmPricing.sol";
import {IndexLib, IndexSource} from "../../libraries/IndexLib.sol";
import {PerpBounds} from "../../libraries/PerpBounds.sol";
import {VirtualAmmLib, VirtualCurve} from "../../libraries/VirtualAmmLib.sol";
import {MakerPricing} from "./MakerPricing.sol";

/// @title VirtualAmmPricing
/// @notice See `IVirtualAmmPricing`.
contract VirtualAmmPricing is MakerPricing, IVirtualAmmPricing {
    using IndexLib for IndexSource;

    uint256 private constant MAX_DEPTH_WAD = 1e36;

    mapping(address instrument => VirtualCurve) private _curves;
    mapping(address instrument => IndexSource) private _index;

    /// @inheritdoc IVirtualAmmPricing
    mapping(address instrument => int256) public repegCostQuote;

    /// @param quoteDecimals_ Decimals of the market's quote token, at most 18.
    /// @param owner_ Who sets the market, opens and pegs curves, and sets their depth.
    constructor(uint8 quoteDecimals_, address owner_) MakerPricing(quoteDecimals_, owner_) {}

    /* PEGS */

    /// @inheritdoc IVirtualAmmPricing
    function openCurve(
        address instrument,
        IAggregatorV3 feed,
        uint32 maxIndexAgeS,
        uint256 depthWad
    ) external onlyOwner {
        if (_curves[instrument].reserveWad != 0) revert CurveExists(instrument);
        _index[instrument] = IndexLib.sourceOf(feed, maxIndexAgeS);
        uint256 priceE8 = indexE8(instrument);
        VirtualCurve memory opened = _pegged(depthWad, priceE8, netWad(instrument));
        _curves[instrument] = opened;
        emit CurveOpened(instrument, address(feed), maxIndexAgeS, priceE8, opened);
    }

    /// @inheritdoc IVirtualAmmPricing
    function repeg(
        address instrument,
        uint256 depthWad,
        int256 maxCostQuote
    ) external onlyOwner returns (int256 costQuote) {
        uint256 priceE8;
        VirtualCurve memory next;
        (costQuote, priceE8, next) = previewRepeg(instrument, depthWad);
        uint256 priceBeforeE8 = midE8(instrument);
        _hold(instrument, int256(priceBeforeE8));
        _replace(instrument, next, costQuote, maxCostQuote);
        emit Repegged(instrument, priceBeforeE8, priceE8, costQuote, next);
    }

    /// @inheritdoc IVirtualAmmPricing
    /// @dev The mid stays, and with it the time since when it holds.
    function setDepth(
        address instrument,
        uint256 depthWad,
        int256 maxCostQuote
    ) external onlyOwner returns (int256 costQuote) {
        uint256 priceE8;
        VirtualCurve memory next;
        (costQuote, priceE8, next) = previewDepth(instrument, depthWad);
        _replace(instrument, next, costQuote, maxCostQuote);
        emit DepthSet(instrument, priceE8, costQuote, next);
    }

    function _replace(
        address instrument,
        VirtualCurve memory next,
        int256 costQuote,
        int256 maxCostQuote
    ) private {
        if (costQuote > maxCostQuote) revert RepegTooDear(costQuote, maxCostQuote);
        _curves[instrument] = next;
        repegCostQuote[instrument] += costQuote;
    }

    /// @inheritdoc IVirtualAmmPricing
    function previewRepeg(
        address instrument,
        uint256 depthWad
    ) public view returns (int256 costQuote, uint256 priceE8, VirtualCurve memory next) {
        priceE8 = indexE8(instrument);
        (costQuote, next) = _pegAnew(instrument, depthWad, priceE8);
    }

    /// @inheritdoc IVirtualAmmPricing
    function previewDepth(
        address instrument,
        uint256 depthWad
    ) public view returns (int256 costQuote, uint256 priceE8, VirtualCurve memory next) {
        priceE8 = midE8(instrument);
        (costQuote, next) = _pegAnew(instrument, depthWad, priceE8);
    }

    /// @dev A curve in place of the present one, and what the traders' net position gets more for being closed on it.
    function _pegAnew(
        address instrument,
        uint256 depthWad,
        uint256 priceE8
    ) private view returns (int256 costQuote, VirtualCurve memory next) {
        VirtualCurve memory present = _existing(instrument);
        int256 net = netWad(instrument);
        next = _pegged(depthWad, priceE8, net);
        costQuote = _closed(next, net) - _closed(present, net);
    }

    /// @dev A curve at a price, with the traders' position on it.
    function _pegged(
        uint256 depthWad,
        uint256 priceE8,
        int256 net
    ) private pure returns (VirtualCurve memory pegged) {
        _requireAtMost("depthWad", depthWad, MAX_DEPTH_WAD);
        (uint256 baseWad, uint256 quoteWad) = VirtualAmmLib.peggedReserves(depthWad, priceE8);
        int256 balance = int256(baseWad) + net;
        if (baseWad == 0 || baseWad > PerpBounds.MAX_SIZE_WAD || balance <= 0) {
            revert ParameterOutOfRange("depthWad", depthWad, MAX_DEPTH_WAD);
        }
        return VirtualCurve(baseWad, quoteWad, baseWad, uint256(balance));
    }

    /// @dev What traders with a net position would get for closing it.
    function _closed(VirtualCurve memory at, int256 net) private view returns (int256) {
        return net == 0 ? int256(0) : _moved(at, _reserveAfter(at, -net));
    }

    /* TRADING */

    /// @inheritdoc IPerpPricing
    function trade(address instrument, int256 sizeDeltaWad) public onlyMarket returns (int256 quoteDelta) {
        uint256 reserveWad;
        (quoteDelta, reserveWad) = _quote(instrument, sizeDeltaWad);
        _hold(instrument, int256(midE8(instrument)));
        _curves[instrument].reserveWad = reserveWad;
        emit Priced(instrument, sizeDeltaWad, quoteDelta, reserveWad, midE8(instrument));
    }

    /// @inheritdoc IPerpPricing
    function tradeLiquidation(address instrument, int256 sizeDeltaWad) external returns (int256) {
        return trade(instrument, sizeDeltaWad);
    }

    /* VIEWS */

    /// @inheritdoc IPerpPricing
    function quoteTrade(address instrument, int256 sizeDeltaWad) public view returns (int256 quoteDelta) {
        (quoteDelta, ) = _quote(instrument, sizeDeltaWad);
    }

    /// @inheritdoc IPerpPricing
    function quoteLiquidation(address instrument, int256 sizeDeltaWad) external view returns (int256) {
        return quoteTrade(instrument, sizeDeltaWad);
    }

    /// @inheritdoc IPerpPricing
    function midE8(address instrument) public view returns (uint256) {
        VirtualCurve memory at = _existing(instrument);
        return VirtualAmmLib.spotE8Down(at.baseWad, at.quoteWad, at.reserveWad);
    }

    /// @inheritdoc IHeldMid
    function heldMidE8(address instrument) external view returns (uint256, uint256) {
        (int256 mid, uint256 sinceS) = _heldState(instrument, int256(midE8(instrument)));
        return (uint256(mid), sinceS);
    }

    /// @inheritdoc IVirtualAmmPricing
    function indexE8(address instrument) public view returns (uint256) {
        return _index[instrument].priceE8(instrument);
    }

    /// @inheritdoc IVirtualAmmPricing
    function curve(address instrument) external view returns (VirtualCurve memory) {
        return _curves[instrument];
    }

    function _existing(address instrument) private view returns (VirtualCurve memory at) {
        at = _curves[instrument];
        if (at.reserveWad == 0) revert IMarkPrice.UnpricedInstrument(instrument);
    }

    function _quote(
        address instrument,
        int256 sizeDeltaWad
    ) private view returns (int256 quoteDelta, uint256 reserveWad) {
        VirtualCurve memory at = _existing(instrument);
        _requireSize(sizeDeltaWad, netWad(instrument));
        reserveWad = _reserveAfter(at, sizeDeltaWad);
        quoteDelta = _moved(at, reserveWad);
    }

    /// @dev Base reserve after a trade; it and the price have to stay within their bounds.
    function _reserveAfter(VirtualCurve memory at, int256 sizeDeltaWad) private pure returns (uint256 reserveWad) {
        int256 left = int256(at.reserveWad) - sizeDeltaWad;
        if (left <= 0) revert InsufficientDepth(sizeDeltaWad, at.reserveWad);
        reserveWad = uint256(left);
        uint256 priceE8 = VirtualAmmLib.spotE8Down(at.baseWad, at.quoteWad, reserveWad);
        if (priceE8 == 0 || priceE8 > PerpBounds.MAX_PRICE_E8) {
            revert InsufficientDepth(sizeDeltaWad, at.reserveWad);
        }
    }

    function _moved(VirtualCurve memory at, uint256 reserveWad) private view returns (int256) {
        return VirtualAmmLib.movedQuoteDown(at.baseWad, at.quoteWad, at.reserveWad, reserveWad, quoteDecimals);
    }
}
