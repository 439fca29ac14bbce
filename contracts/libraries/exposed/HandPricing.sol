// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMarkPrice} from "../../interfaces/IMarkPrice.sol";
import {IPerpPricing} from "../../interfaces/IPerpPricing.sol";
import {PositionLib} from "../PositionLib.sol";

/// @title HandPricing
/// @notice Pricing, index and mark as a test says, without memory: the mid, a spread to either side that grows with
/// size, and a greatest size.
contract HandPricing is IPerpPricing, IMarkPrice {
    uint256 public immutable unit;

    mapping(address instrument => uint256) public midE8;
    mapping(address instrument => uint256) private _markE8;
    mapping(address instrument => uint256) private _indexE8;
    uint256 public spreadBps;
    uint256 public spreadBpsPerWhole;
    uint256 public sizeMaxWad = type(uint256).max;

    /// @notice There is no offer of that size.
    error TooLarge(uint256 sizeWad, uint256 sizeMaxWad);

    constructor(uint256 quoteDecimals) {
        unit = 10 ** (26 - quoteDecimals);
    }

    /// @notice Sets all prices of an instrument; a mark or index of 0 is invalid.
    function setPrices(address instrument, uint256 mid, uint256 mark, uint256 index) external {
        (midE8[instrument], _markE8[instrument], _indexE8[instrument]) = (mid, mark, index);
    }

    /// @notice Sets the spread and its growth with every whole unit of base, and the greatest size.
    function setBook(uint256 bps, uint256 bpsPerWhole, uint256 maxWad) external {
        (spreadBps, spreadBpsPerWhole, sizeMaxWad) = (bps, bpsPerWhole, maxWad);
    }

    /// @inheritdoc IPerpPricing
    function quoteTrade(address instrument, int256 sizeDeltaWad) public view returns (int256) {
        uint256 size = uint256(sizeDeltaWad > 0 ? sizeDeltaWad : -sizeDeltaWad);
        if (size > sizeMaxWad) revert TooLarge(size, sizeMaxWad);
        uint256 bps = spreadBps + (spreadBpsPerWhole * size) / 1e18;
        uint256 price = midE8[instrument];
        price = sizeDeltaWad > 0 ? (price * (1e4 + bps)) / 1e4 : (price * (1e4 - (bps < 1e4 ? bps : 1e4))) / 1e4;
        return PositionLib.valueFloor(-sizeDeltaWad, price, unit);
    }

    /// @inheritdoc IPerpPricing
    function trade(address instrument, int256 sizeDeltaWad) external view returns (int256) {
        return quoteTrade(instrument, sizeDeltaWad);
    }

    /// @inheritdoc IPerpPricing
    function quoteLiquidation(address instrument, int256 sizeDeltaWad) external view returns (int256) {
        return quoteTrade(instrument, sizeDeltaWad);
    }

    /// @inheritdoc IPerpPricing
    function tradeLiquidation(address instrument, int256 sizeDeltaWad) external view returns (int256) {
        return quoteTrade(instrument, sizeDeltaWad);
    }

    /// @inheritdoc IMarkPrice
    function markE8(address instrument) external view returns (uint256 price) {
        price = _markE8[instrument];
        if (price == 0) revert InvalidIndex(instrument, 0);
    }

    /// @inheritdoc IMarkPrice
    function indexE8(address instrument) external view returns (uint256 price) {
        price = _indexE8[instrument];
        if (price == 0) revert InvalidIndex(instrument, 0);
    }

    /// @inheritdoc IMarkPrice
    function due(address) external pure returns (bool) {
        return false;
    }

    /// @inheritdoc IMarkPrice
    function poke(address) external pure {}
}
