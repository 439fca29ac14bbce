// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice A virtual x·y = k and where it stands; all with 18 decimals.
/// @param baseWad Base reserve at the last peg; times `quoteWad` it is k.
/// @param quoteWad Quote reserve at the last peg.
/// @param reserveWad Base reserve now.
/// @param balanceWad Base reserve at which traders are as long as they are short: what they are net long has left.
struct VirtualCurve {
    uint256 baseWad;
    uint256 quoteWad;
    uint256 reserveWad;
    uint256 balanceWad;
}

/// @title VirtualAmmLib
/// @notice The formulas of a virtual constant product: nothing is held, the reserves only give the price.
/// @dev The price is a function of the base reserve alone, so that the way to it does not matter. Reserves at a peg
/// are at most 1e33 of base and 1e36 of quote: k fits in a word.
library VirtualAmmLib {
    uint256 private constant E8 = 1e8;
    uint256 private constant QUOTE_DECIMALS = 18;

    /// @notice Reserves whose price is exactly `priceE8`: as near as can be below `depthWad` of quote; zeros where
    /// the depth does not give 1e-10 of base.
    function peggedReserves(
        uint256 depthWad,
        uint256 priceE8
    ) internal pure returns (uint256 baseWad, uint256 quoteWad) {
        uint256 multiple = depthWad / priceE8;
        return (multiple * E8, multiple * priceE8);
    }

    /// @notice Price of an infinitely small trade at a base reserve, rounded down.
    function spotE8Down(uint256 baseWad, uint256 quoteWad, uint256 reserveWad) internal pure returns (uint256) {
        return Math.mulDiv((baseWad * quoteWad) / reserveWad, E8, reserveWad);
    }

    /// @notice What a trader gets who takes the base reserve from one value to another, in smallest units of quote,
    /// rounded down: below 0 for a buy, where it falls, and never below 0 for a sale.
    function movedQuoteDown(
        uint256 baseWad,
        uint256 quoteWad,
        uint256 fromReserveWad,
        uint256 toReserveWad,
        uint256 quoteDecimals
    ) internal pure returns (int256) {
        uint256 k = baseWad * quoteWad;
        uint256 quoteBefore = k / fromReserveWad;
        uint256 quoteAfter = Math.ceilDiv(k, toReserveWad);
        uint256 scale = 10 ** (QUOTE_DECIMALS - quoteDecimals);
        if (toReserveWad >= fromReserveWad) return int256(Math.saturatingSub(quoteBefore, quoteAfter) / scale);
        return -int256(Math.ceilDiv(quoteAfter - quoteBefore, scale));
    }
}
