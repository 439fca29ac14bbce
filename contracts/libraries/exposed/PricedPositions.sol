// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMakerPricing} from "../../interfaces/IMakerPricing.sol";
import {PerpPosition} from "../../interfaces/IPerpMarket.sol";

/// @title PricedPositions
/// @notice The positions of a perpetual market and nothing else, neither cash nor margin: what a pricing needs to be
/// asked anything. For tests.
contract PricedPositions {
    mapping(address owner => mapping(address instrument => PerpPosition)) private _positions;

    /// @notice Books a trade of an account against the maker.
    function trade(IMakerPricing pricing, address owner, address instrument, int256 sizeDeltaWad) external {
        _book(owner, address(pricing), instrument, sizeDeltaWad, pricing.trade(instrument, sizeDeltaWad));
    }

    /// @notice Books a trade as a liquidation.
    function liquidate(IMakerPricing pricing, address owner, address instrument, int256 sizeDeltaWad) external {
        int256 quoteDelta = pricing.tradeLiquidation(instrument, sizeDeltaWad);
        _book(owner, address(pricing), instrument, sizeDeltaWad, quoteDelta);
    }

    /// @notice Moves a position between two accounts without asking the pricing, as stages of a waterfall do.
    function transfer(
        address from,
        address to,
        address instrument,
        int256 sizeDeltaWad,
        int256 quoteDelta
    ) external {
        _book(to, from, instrument, sizeDeltaWad, quoteDelta);
    }

    /// @notice As `IPerpMarket.position`.
    function position(address owner, address, address instrument) external view returns (PerpPosition memory) {
        return _positions[owner][instrument];
    }

    function _book(
        address owner,
        address other,
        address instrument,
        int256 sizeDeltaWad,
        int256 quoteDelta
    ) private {
        PerpPosition storage one = _positions[owner][instrument];
        PerpPosition storage two = _positions[other][instrument];
        (one.sizeWad, one.entryQuote) = (one.sizeWad + sizeDeltaWad, one.entryQuote + quoteDelta);
        (two.sizeWad, two.entryQuote) = (two.sizeWad - sizeDeltaWad, two.entryQuote - quoteDelta);
    }
}
