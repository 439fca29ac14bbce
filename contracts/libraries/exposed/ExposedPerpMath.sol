// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BankruptcyLib, PositionAtMark} from "../BankruptcyLib.sol";
import {AdaptiveFunding, FundingLib} from "../FundingLib.sol";
import {ImpactLib} from "../ImpactLib.sol";
import {MarginTier, MarginTierLib} from "../MarginTierLib.sol";

/// @title ExposedPerpMath
/// @notice The internal functions of the libraries of perpetuals as external ones, so that tests hold them against
/// their mirrors. Brackets are the first `count` of five. No protocol calls it.
contract ExposedPerpMath {
    uint256 private constant MOST = 5;

    /* MARGIN */

    /// @notice `MarginTierLib.requireContinuous` of any number of brackets.
    function requireContinuous(MarginTier[] calldata tiers) external pure {
        MarginTierLib.requireContinuous(tiers);
    }

    function tierOf(
        uint256 notionalQuote,
        uint256 count,
        MarginTier[MOST] calldata tiers
    ) external pure returns (uint256) {
        return MarginTierLib.tierOf(notionalQuote, _first(count, tiers));
    }

    function maintenanceQuoteUp(
        uint256 notionalQuote,
        uint256 count,
        MarginTier[MOST] calldata tiers
    ) external pure returns (uint256) {
        return MarginTierLib.maintenanceQuoteUp(notionalQuote, _first(count, tiers));
    }

    function initialQuoteUp(uint256 maintenanceQuote, uint256 shareBps) external pure returns (uint256) {
        return MarginTierLib.initialQuoteUp(maintenanceQuote, shareBps);
    }

    function scaledInitialQuoteUp(
        uint256 initialQuote,
        uint256 notionalQuote,
        uint256 openInterestQuote,
        uint256 lowerCapQuote,
        uint256 upperCapQuote
    ) external pure returns (uint256) {
        return
            MarginTierLib.scaledInitialQuoteUp(
                initialQuote,
                notionalQuote,
                openInterestQuote,
                lowerCapQuote,
                upperCapQuote
            );
    }

    /* BANKRUPTCY */

    function bankruptcyE8(PositionAtMark calldata position) external pure returns (uint256) {
        return BankruptcyLib.bankruptcyE8(position);
    }

    function liquidationE8(
        PositionAtMark calldata position,
        uint256 otherQuote,
        uint256 count,
        MarginTier[MOST] calldata tiers
    ) external pure returns (uint256) {
        return BankruptcyLib.liquidationE8(position, otherQuote, _first(count, tiers));
    }

    function equityShareDown(
        int256 equityQuote,
        uint256 maintenanceQuote,
        uint256 totalMaintenanceQuote
    ) external pure returns (int256) {
        return BankruptcyLib.equityShareDown(equityQuote, maintenanceQuote, totalMaintenanceQuote);
    }

    /* FUNDING */

    function premiumWad(uint256 priceE8, uint256 indexE8) external pure returns (int256) {
        return FundingLib.premiumWad(priceE8, indexE8);
    }

    function clampedRateWad(
        int256 premium,
        int256 interestWad,
        uint256 boundWad,
        uint256 capWad
    ) external pure returns (int256) {
        return FundingLib.clampedRateWad(premium, interestWad, boundWad, capWad);
    }

    function skewWad(uint256 longWad, uint256 shortWad) external pure returns (int256) {
        return FundingLib.skewWad(longWad, shortWad);
    }

    function adaptiveRateWad(
        int256 rateWad,
        int256 skew,
        uint256 elapsedS,
        uint256 intervalS,
        AdaptiveFunding calldata params
    ) external pure returns (int256) {
        return FundingLib.adaptiveRateWad(rateWad, skew, elapsedS, intervalS, params);
    }

    function growthTruncated(
        int256 rateWad,
        uint256 priceE8,
        uint256 elapsedS,
        uint256 intervalS
    ) external pure returns (int256) {
        return FundingLib.growthTruncated(rateWad, priceE8, elapsedS, intervalS);
    }

    function paymentQuoteUp(int256 sizeWad, int256 growth, uint256 unit) external pure returns (int256) {
        return FundingLib.paymentQuoteUp(sizeWad, growth, unit);
    }

    /* IMPACT */

    function executionE8(uint256 markE8, int256 sizeDeltaWad, uint256 slopeE8) external pure returns (uint256) {
        return ImpactLib.executionE8(markE8, sizeDeltaWad, slopeE8);
    }

    function shortfallQuoteUp(
        int256 sizeWad,
        uint256 bankruptcyE8_,
        uint256 executedE8,
        uint256 unit
    ) external pure returns (uint256) {
        return ImpactLib.shortfallQuoteUp(sizeWad, bankruptcyE8_, executedE8, unit);
    }

    function _first(
        uint256 count,
        MarginTier[MOST] calldata tiers
    ) private pure returns (MarginTier[] memory some) {
        some = new MarginTier[](count);
        for (uint256 i = 0; i < count; ++i) some[i] = tiers[i];
    }
}
