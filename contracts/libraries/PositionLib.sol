// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {MarginTier, MarginTierLib} from "./MarginTierLib.sol";

/// @title PositionLib
/// @notice What positions of a perpetual market are worth, and what a change of one realises.
/// @dev `unit` is 10 ** (26 - decimals of the quote token): what size (18 decimals) times price (8) is divided by.
library PositionLib {
    using SignedMath for int256;

    /// @notice x * y / d, rounded to minus infinity.
    function mulDivFloor(int256 x, uint256 y, uint256 d) internal pure returns (int256) {
        if (x >= 0) return int256(Math.mulDiv(uint256(x), y, d));
        return -int256(Math.mulDiv(x.abs(), y, d, Math.Rounding.Ceil));
    }

    /// @notice Value of a position: below 0 for a short. Rounded down, against its holder.
    function valueFloor(int256 sizeWad, uint256 priceE8, uint256 unit) internal pure returns (int256) {
        return mulDivFloor(sizeWad, priceE8, unit);
    }

    /// @notice Value without its sign, rounded up.
    function notionalUp(int256 sizeWad, uint256 priceE8, uint256 unit) internal pure returns (uint256) {
        return Math.mulDiv(sizeWad.abs(), priceE8, unit, Math.Rounding.Ceil);
    }

    /// @notice Notional and the margins that it needs, all rounded up.
    /// @param shareBps Maintenance margin as a share of initial margin.
    function requirementUp(
        int256 sizeWad,
        uint256 priceE8,
        uint256 unit,
        MarginTier[] memory tiers,
        uint256 shareBps
    ) internal pure returns (uint256 notional, uint256 initial, uint256 maintenance) {
        notional = notionalUp(sizeWad, priceE8, unit);
        maintenance = MarginTierLib.maintenanceQuoteUp(notional, tiers);
        initial = MarginTierLib.initialQuoteUp(maintenance, shareBps);
    }

    /// @notice A position after a trade, and what it realised. Closing takes the closed share of the entry; a trade
    /// across zero closes first and opens with the rest.
    /// @dev entryAfter + realised == entryQuote + quoteDelta, always; shares round down, so that what is realised
    /// never is too much.
    /// @param entryQuote What the position brought minus what it cost.
    /// @param quoteDelta What the trade brings: below 0 for a buy.
    function changed(
        int256 sizeWad,
        int256 entryQuote,
        int256 sizeDeltaWad,
        int256 quoteDelta
    ) internal pure returns (int256 sizeAfterWad, int256 entryAfter, int256 realised) {
        sizeAfterWad = sizeWad + sizeDeltaWad;
        if (reduces(sizeWad, sizeDeltaWad)) {
            uint256 closed = Math.min(sizeWad.abs(), sizeDeltaWad.abs());
            realised =
                mulDivFloor(entryQuote, closed, sizeWad.abs()) +
                mulDivFloor(quoteDelta, closed, sizeDeltaWad.abs());
        }
        entryAfter = entryQuote + quoteDelta - realised;
    }

    /// @notice Whether a trade goes against the position (it may go beyond zero).
    function reduces(int256 sizeWad, int256 sizeDeltaWad) internal pure returns (bool) {
        return sizeWad > 0 ? sizeDeltaWad < 0 : (sizeWad < 0 && sizeDeltaWad > 0);
    }
}
