// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice A bracket of notional: the margin of a position within it is notional * maintenanceBps - deduction.
/// @param floorQuote Notional from which the bracket counts, in units of the quote token.
/// @param maintenanceBps Maintenance margin of one more unit of notional.
/// @param deductionQuote What makes margin continuous at the floor: of each bracket the deduction of the one before
/// plus the floor times the step of the rate.
struct MarginTier {
    uint128 floorQuote;
    uint16 maintenanceBps;
    uint128 deductionQuote;
}

/// @title MarginTierLib
/// @notice Maintenance margin in continuous brackets, and initial margin that follows open interest.
/// @dev Rates rise, so margin is the greatest of the lines of all brackets: it is convex, and one position never
/// needs less than its parts in several accounts would.
library MarginTierLib {
    uint256 private constant BPS = 1e4;

    /// @notice There are no brackets, or the first does not start at nothing.
    error TiersWithoutStart();
    /// @notice Floors must rise.
    error TierFloorNotRising(uint256 index, uint256 floorQuote, uint256 floorBeforeQuote);
    /// @notice Rates must lie above 0, rise and stay below 100 %.
    error TierRateOutOfRange(uint256 index, uint256 maintenanceBps, uint256 maintenanceBeforeBps);
    /// @notice Margin would jump at the floor; the deduction must be exactly the one that is expected, which has no
    /// fraction of a unit.
    error TierNotContinuous(uint256 index, uint256 deductionQuote, uint256 expectedQuote);

    /// @notice Reverts unless brackets start at nothing, rise and are continuous.
    function requireContinuous(MarginTier[] memory tiers) internal pure {
        if (tiers.length == 0 || tiers[0].floorQuote != 0 || tiers[0].deductionQuote != 0) {
            revert TiersWithoutStart();
        }
        (uint256 rate, uint256 deductionBps, uint256 floor) = (0, 0, 0);
        for (uint256 i = 0; i < tiers.length; ++i) {
            MarginTier memory tier = tiers[i];
            if (i > 0 && tier.floorQuote <= floor) revert TierFloorNotRising(i, tier.floorQuote, floor);
            if (tier.maintenanceBps <= rate || tier.maintenanceBps >= BPS) {
                revert TierRateOutOfRange(i, tier.maintenanceBps, rate);
            }
            deductionBps += tier.floorQuote * (tier.maintenanceBps - rate);
            if (tier.deductionQuote * BPS != deductionBps) {
                revert TierNotContinuous(i, tier.deductionQuote, deductionBps / BPS);
            }
            (rate, floor) = (tier.maintenanceBps, tier.floorQuote);
        }
    }

    /// @notice Bracket of a notional; on a floor, the one that begins there.
    function tierOf(uint256 notionalQuote, MarginTier[] memory tiers) internal pure returns (uint256 index) {
        for (index = tiers.length - 1; index > 0; --index) {
            if (notionalQuote >= tiers[index].floorQuote) return index;
        }
    }

    /// @notice Maintenance margin of a notional, rounded up: in favour of the market.
    function maintenanceQuoteUp(uint256 notionalQuote, MarginTier[] memory tiers) internal pure returns (uint256) {
        MarginTier memory tier = tiers[tierOf(notionalQuote, tiers)];
        return Math.mulDiv(notionalQuote, tier.maintenanceBps, BPS, Math.Rounding.Ceil) - tier.deductionQuote;
    }

    /// @notice Initial margin of which the maintenance margin is a share, rounded up: dYdX v4 has 60 %.
    /// @param shareBps Share of the initial margin that is the maintenance margin, above 0 and at most 100 %.
    function initialQuoteUp(uint256 maintenanceQuote, uint256 shareBps) internal pure returns (uint256) {
        return Math.mulDiv(maintenanceQuote, BPS, shareBps, Math.Rounding.Ceil);
    }

    /// @notice Initial margin that grows linearly to the whole notional as open interest goes from the lower to the
    /// upper cap (dYdX v4), rounded up. Maintenance margin does not move, so it hits nobody who is in already.
    function scaledInitialQuoteUp(
        uint256 initialQuote,
        uint256 notionalQuote,
        uint256 openInterestQuote,
        uint256 lowerCapQuote,
        uint256 upperCapQuote
    ) internal pure returns (uint256) {
        if (initialQuote >= notionalQuote || openInterestQuote <= lowerCapQuote) return initialQuote;
        if (openInterestQuote >= upperCapQuote) return notionalQuote;
        return
            initialQuote +
            Math.mulDiv(
                notionalQuote - initialQuote,
                openInterestQuote - lowerCapQuote,
                upperCapQuote - lowerCapQuote,
                Math.Rounding.Ceil
            );
    }
}
