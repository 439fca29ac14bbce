// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SocialLossLib} from "../SocialLossLib.sol";
import {VaultSizeLib} from "../VaultSizeLib.sol";

/// @title ExposedStageMath
/// @notice Formulas of the stages of the waterfall, for tests.
contract ExposedStageMath {
    function partOf(
        uint256 amount,
        uint256 before,
        uint256 weight,
        uint256 total
    ) external pure returns (uint256) {
        return SocialLossLib.partOf(amount, before, weight, total);
    }

    function sharedLoss(
        uint256 lossQuote,
        uint256[] calldata profitsQuote,
        uint256[] calldata marginsQuote
    ) external pure returns (uint256[] memory) {
        return SocialLossLib.sharedLoss(lossQuote, profitsQuote, marginsQuote);
    }

    function sizeWadDown(uint256 notionalQuote, uint256 priceE8, uint256 unit) external pure returns (uint256) {
        return VaultSizeLib.sizeWadDown(notionalQuote, priceE8, unit);
    }

    function chordWadDown(
        uint256 lowWad,
        uint256 spareQuote,
        uint256 highWad,
        uint256 missingQuote
    ) external pure returns (uint256) {
        return VaultSizeLib.chordWadDown(lowWad, spareQuote, highWad, missingQuote);
    }

    function sliceWad(uint256 sizeWad, uint256 slice, uint256 leastWad) external pure returns (uint256) {
        return VaultSizeLib.sliceWad(sizeWad, slice, leastWad);
    }

    function limitQuoteDown(int256 valueQuote, uint256 slippageBps) external pure returns (int256) {
        return VaultSizeLib.limitQuoteDown(valueQuote, slippageBps);
    }
}
