// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {MarginTier} from "./MarginTierLib.sol";

/// @notice A position and what its account is worth, isolated or cross, at a mark price.
/// @param sizeWad Base with 18 decimals, long above 0, never 0.
/// @param equityQuote What counts for this position: equity of an isolated account, share of a cross one.
/// @param markE8 Quote per base, eight decimals.
/// @param unit 10 ** (26 - decimals of the quote token): what size times price is divided by.
struct PositionAtMark {
    int256 sizeWad;
    int256 equityQuote;
    uint256 markE8;
    uint256 unit;
}

/// @title BankruptcyLib
/// @notice At which price of one instrument an account has nothing left, or just its maintenance margin, all other
/// prices unchanged. Both prices round up for a long and down for a short and do not go below 0: a position that is
/// closed at its bankruptcy price never leaves a deficit, and a liquidation price is never too late. What rounding
/// gives to the account, less than the size at one step of price, the other side pays.
/// @dev Amounts and sizes stay below 2^112, prices below 2^64.
library BankruptcyLib {
    uint256 private constant BPS = 1e4;

    /// @notice Price at which the equity is 0. A short without equity at any price has 0.
    function bankruptcyE8(PositionAtMark memory position) internal pure returns (uint256) {
        return _zeroE8(position, position.equityQuote, 0);
    }

    /// @notice Price at which the equity is the maintenance margin: of a long the greatest, of a short the least of
    /// the prices that the lines of all brackets give.
    /// @param otherQuote Maintenance margin of the account's other positions.
    function liquidationE8(
        PositionAtMark memory position,
        uint256 otherQuote,
        MarginTier[] memory tiers
    ) internal pure returns (uint256 priceE8) {
        priceE8 = position.sizeWad > 0 ? 0 : type(uint256).max;
        for (uint256 i = 0; i < tiers.length; ++i) {
            int256 cushion = position.equityQuote + int256(uint256(tiers[i].deductionQuote)) - int256(otherQuote);
            uint256 lineE8 = _zeroE8(position, cushion, tiers[i].maintenanceBps);
            priceE8 = position.sizeWad > 0 ? Math.max(priceE8, lineE8) : Math.min(priceE8, lineE8);
        }
    }

    /// @notice Equity that each of several positions of one account may lose, by its part of the maintenance margin
    /// (dYdX v4), rounded down, so that closing all of them at their bankruptcy prices leaves no deficit.
    function equityShareDown(
        int256 equityQuote,
        uint256 maintenanceQuote,
        uint256 totalMaintenanceQuote
    ) internal pure returns (int256) {
        if (equityQuote >= 0) {
            return int256(Math.mulDiv(uint256(equityQuote), maintenanceQuote, totalMaintenanceQuote));
        }
        return
            -int256(
                Math.mulDiv(uint256(-equityQuote), maintenanceQuote, totalMaintenanceQuote, Math.Rounding.Ceil)
            );
    }

    /// @dev Price p with cushion + size * (p - mark) / unit = rate * |size| * p / unit.
    function _zeroE8(
        PositionAtMark memory position,
        int256 cushionQuote,
        uint256 rateBps
    ) private pure returns (uint256) {
        bool long = position.sizeWad > 0;
        int256 size = long ? position.sizeWad : -position.sizeWad;
        int256 worth = cushionQuote * int256(position.unit);
        int256 numerator = size * int256(position.markE8) + (long ? -worth : worth);
        if (numerator <= 0) return 0;
        return
            Math.mulDiv(
                uint256(numerator),
                BPS,
                uint256(size) * (long ? BPS - rateBps : BPS + rateBps),
                long ? Math.Rounding.Ceil : Math.Rounding.Floor
            );
    }
}
