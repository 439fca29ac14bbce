// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title SocialLossLib
/// @notice Shares a loss in proportion, to the smallest unit: what is shared is what is paid, and nobody pays more
/// than what they are weighed by.
library SocialLossLib {
    /// @notice What falls on `weight` out of `total`, where `before` of the total came earlier: the difference of two
    /// sums that are rounded down, so that all parts together are `amount`. For an amount of at most `total`, no part
    /// exceeds its weight.
    function partOf(
        uint256 amount,
        uint256 before,
        uint256 weight,
        uint256 total
    ) internal pure returns (uint256) {
        if (weight == 0) return 0;
        return Math.mulDiv(amount, before + weight, total) - Math.mulDiv(amount, before, total);
    }

    /// @notice Shares `lossQuote` over accounts: first on profits, and what exceeds all of them on margins.
    /// @param profitsQuote Profit of each in the instrument, at most what the account has.
    /// @param marginsQuote Margin of each, at most what the account has beyond that profit.
    /// @return partsQuote What each pays; in sum the loss, or all profits and margins if that is less.
    function sharedLoss(
        uint256 lossQuote,
        uint256[] memory profitsQuote,
        uint256[] memory marginsQuote
    ) internal pure returns (uint256[] memory partsQuote) {
        partsQuote = new uint256[](profitsQuote.length);
        uint256 left = lossQuote - _share(lossQuote, profitsQuote, partsQuote);
        _share(left, marginsQuote, partsQuote);
    }

    function _share(
        uint256 lossQuote,
        uint256[] memory weights,
        uint256[] memory partsQuote
    ) private pure returns (uint256 amount) {
        uint256 total = 0;
        for (uint256 i = 0; i < weights.length; ++i) total += weights[i];
        amount = Math.min(lossQuote, total);
        uint256 before = 0;
        for (uint256 i = 0; i < weights.length; ++i) {
            partsQuote[i] += partOf(amount, before, weights[i], total);
            before += weights[i];
        }
    }
}
