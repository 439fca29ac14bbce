// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BandFill, BandLib, BandTrade} from "../BandLib.sol";

/// @title ExposedBandMath
/// @notice `BandLib` over many inputs at a time, so that tests hold it against its mirror. No protocol calls it.
/// @dev Each function maps rows of words to rows of words.
contract ExposedBandMath {
    function powers(
        uint256[] calldata amplifications,
        int256[] calldata bands
    ) external pure returns (uint256[] memory out) {
        out = new uint256[](bands.length);
        for (uint256 i = 0; i < bands.length; ++i) out[i] = BandLib.powerDown(amplifications[i], bands[i]);
    }

    /// @notice Rows of base, A, n and price: upper edge of n, and the band at or below the price.
    function edges(int256[4][] calldata rows) external pure returns (int256[2][] memory out) {
        out = new int256[2][](rows.length);
        for (uint256 i = 0; i < rows.length; ++i) {
            (uint256 base, uint256 a) = (uint256(rows[i][0]), uint256(rows[i][1]));
            out[i][0] = int256(BandLib.edgeWadDown(base, a, rows[i][2]));
            out[i][1] = BandLib.bandAtOrBelow(base, a, uint256(rows[i][3]));
        }
    }

    /// @notice Rows of x, y, P, U, D and A: y0, both virtual reserves, y_up, x_down, and the fee for the gap.
    function curves(uint256[6][] calldata rows) external pure returns (uint256[6][] memory out) {
        out = new uint256[6][](rows.length);
        for (uint256 i = 0; i < rows.length; ++i) {
            uint256[6] memory r = rows[i];
            out[i][0] = BandLib.depthDown(r[0], r[1], r[2], r[3], r[5]);
            (out[i][1], out[i][2]) = BandLib.reservesDown(r[0], r[1], r[2], r[3], r[5]);
            out[i][3] = BandLib.recoveredDown(r[0], r[1], r[2], r[3], r[4], r[5]);
            out[i][4] = BandLib.convertedDown(r[0], r[1], r[2], r[3], r[4], r[5]);
            out[i][5] = BandLib.gapFeeWadDown(r[2], r[3], r[4]);
        }
    }

    /// @notice Rows of both reserves, U, D and the budget, with their trades.
    function fills(
        BandTrade[] calldata trades,
        uint256[5][] calldata rows
    ) external pure returns (BandFill[] memory out) {
        out = new BandFill[](rows.length);
        for (uint256 i = 0; i < rows.length; ++i) {
            uint256[5] memory r = rows[i];
            out[i] = BandLib.fill(trades[i], r[0], r[1], r[2], r[3], r[4]);
        }
    }

    /// @notice Rows of raw price, last price, last fee and elapsed time: price and fee.
    function oracleSteps(uint256[4][] calldata rows) external pure returns (uint256[2][] memory out) {
        out = new uint256[2][](rows.length);
        for (uint256 i = 0; i < rows.length; ++i) {
            uint256[4] memory r = rows[i];
            (out[i][0], out[i][1]) = BandLib.stepDown(r[0], r[1], r[2], r[3]);
        }
    }

    /// @notice Rows of A, number of bands, shares, held assets and all shares: conversion, minted shares, assets.
    function loans(uint256[5][] calldata rows) external pure returns (uint256[3][] memory out) {
        out = new uint256[3][](rows.length);
        for (uint256 i = 0; i < rows.length; ++i) {
            uint256[5] memory r = rows[i];
            out[i][0] = BandLib.conversionDown(r[0], r[1]);
            out[i][1] = BandLib.sharesDown(r[2], r[3], r[4]);
            out[i][2] = BandLib.assetsDown(r[2], r[3], r[4]);
        }
    }
}
