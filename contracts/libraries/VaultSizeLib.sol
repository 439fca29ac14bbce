// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title VaultSizeLib
/// @notice How much of a position a vault takes over, and how much it gives back at a time.
/// @dev `unit` is 10 ** (26 - decimals of the quote token): what size (18 decimals) times price (8) is divided by.
library VaultSizeLib {
    /// @notice Largest size whose notional at `priceE8`, rounded up, is at most `notionalQuote`.
    function sizeWadDown(uint256 notionalQuote, uint256 priceE8, uint256 unit) internal pure returns (uint256) {
        return Math.mulDiv(notionalQuote, unit, priceE8);
    }

    /// @notice Where the line from (`lowWad`, `spareQuote`) to (`highWad`, -`missingQuote`) crosses zero, rounded down.
    /// @dev Spare margin is a concave function of what is taken on top of a position, since brackets of margin rise
    /// with size: it lies above its chords, so that the margin suffices where a chord crosses zero. Within a bracket
    /// the function is the chord, and this is the most.
    function chordWadDown(
        uint256 lowWad,
        uint256 spareQuote,
        uint256 highWad,
        uint256 missingQuote
    ) internal pure returns (uint256) {
        return lowWad + Math.mulDiv(highWad - lowWad, spareQuote, spareQuote + missingQuote);
    }

    /// @notice What is sold (or bought) of `sizeWad` at a time: `sliceWad`, or all of it where less than `leastWad`
    /// would be left.
    function sliceWad(uint256 sizeWad, uint256 slice, uint256 leastWad) internal pure returns (uint256) {
        return sizeWad > slice && sizeWad - slice >= leastWad ? slice : sizeWad;
    }

    /// @notice Least that a trade of a position worth `valueQuote` at the mark brings: `slippageBps` less for a sale,
    /// as much more to pay for a purchase (where the value is below 0). Rounded down.
    function limitQuoteDown(int256 valueQuote, uint256 slippageBps) internal pure returns (int256) {
        if (valueQuote >= 0) return int256(Math.mulDiv(uint256(valueQuote), 10_000 - slippageBps, 10_000));
        return -int256(Math.mulDiv(uint256(-valueQuote), 10_000 + slippageBps, 10_000, Math.Rounding.Ceil));
    }
}
