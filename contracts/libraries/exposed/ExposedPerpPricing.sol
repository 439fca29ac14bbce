// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MarkLib} from "../MarkLib.sol";
import {OpenInterestImpactLib} from "../OpenInterestImpactLib.sol";
import {VirtualAmmLib} from "../VirtualAmmLib.sol";

/// @title ExposedPerpPricing
/// @notice The formulas of pricing and mark of perpetuals as functions, so that tests hold them against their mirrors.
/// No protocol calls it.
contract ExposedPerpPricing {
    /// @notice `OpenInterestImpactLib.impactQuoteDown`.
    function impactQuoteDown(
        int256 beforeWad,
        int256 afterWad,
        uint256 priceE8,
        uint256 favourableWad,
        uint256 adverseWad,
        uint256 quoteDecimals
    ) external pure returns (int256) {
        return
            OpenInterestImpactLib.impactQuoteDown(
                beforeWad,
                afterWad,
                priceE8,
                favourableWad,
                adverseWad,
                quoteDecimals
            );
    }

    /// @notice `OpenInterestImpactLib.cappedImpact`.
    function cappedImpact(int256 impact, uint256 gainLimit, uint256 lossLimit) external pure returns (int256) {
        return OpenInterestImpactLib.cappedImpact(impact, gainLimit, lossLimit);
    }

    /// @notice `OpenInterestImpactLib.skewedMidE8Down`.
    function skewedMidE8Down(
        int256 imbalanceWad,
        uint256 priceE8,
        uint256 favourableWad,
        uint256 adverseWad
    ) external pure returns (uint256) {
        return OpenInterestImpactLib.skewedMidE8Down(imbalanceWad, priceE8, favourableWad, adverseWad);
    }

    /// @notice `VirtualAmmLib.peggedReserves`.
    function peggedReserves(uint256 depthWad, uint256 priceE8) external pure returns (uint256, uint256) {
        return VirtualAmmLib.peggedReserves(depthWad, priceE8);
    }

    /// @notice `VirtualAmmLib.spotE8Down`.
    function spotE8Down(uint256 baseWad, uint256 quoteWad, uint256 reserveWad) external pure returns (uint256) {
        return VirtualAmmLib.spotE8Down(baseWad, quoteWad, reserveWad);
    }

    /// @notice `VirtualAmmLib.movedQuoteDown`.
    function movedQuoteDown(
        uint256 baseWad,
        uint256 quoteWad,
        uint256 fromReserveWad,
        uint256 toReserveWad,
        uint256 quoteDecimals
    ) external pure returns (int256) {
        return VirtualAmmLib.movedQuoteDown(baseWad, quoteWad, fromReserveWad, toReserveWad, quoteDecimals);
    }

    /// @notice `MarkLib.clampedRatioWadDown`.
    function clampedRatioWadDown(
        uint256 midE8,
        uint256 indexE8,
        uint256 clampBps
    ) external pure returns (uint256) {
        return MarkLib.clampedRatioWadDown(midE8, indexE8, clampBps);
    }

    /// @notice `MarkLib.premiumPriceE8Down`.
    function premiumPriceE8Down(uint256 indexE8, uint256 ratioWad) external pure returns (uint256) {
        return MarkLib.premiumPriceE8Down(indexE8, ratioWad);
    }

    /// @notice `MarkLib.sumAfterBoth`.
    function sumAfterBoth(
        uint256 sum,
        uint256 heldE8,
        uint256 heldS,
        uint256 thenE8,
        uint256 thenS
    ) external pure returns (uint256) {
        return MarkLib.sumAfterBoth(sum, heldE8, heldS, thenE8, thenS);
    }

    /// @notice `MarkLib.medianOfThree`.
    function medianOfThree(uint256 a, uint256 b, uint256 c) external pure returns (uint256) {
        return MarkLib.medianOfThree(a, b, c);
    }
}
