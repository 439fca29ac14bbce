// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {StableCurve, StableSwapLib} from "../StableSwapLib.sol";

/// @title ExposedStableSwap
/// @notice The formulas of `StableSwapLib`. Tests hold them against their mirror and against an independent
/// solution. No protocol calls it.
contract ExposedStableSwap {
    function invariantUp(uint256 x, uint256 y, uint256 amplificationE2) external pure returns (uint256) {
        return StableSwapLib.invariantUp(x, y, amplificationE2);
    }

    function invariantDown(uint256 x, uint256 y, uint256 amplificationE2) external pure returns (uint256) {
        return StableSwapLib.invariantDown(x, y, amplificationE2);
    }

    function invariantWithin(
        uint256 x,
        uint256 y,
        uint256 amplificationE2,
        uint256 maxIterations
    ) external pure returns (uint256) {
        return StableSwapLib.invariantWithin(x, y, amplificationE2, maxIterations);
    }

    function balanceUp(uint256 other, uint256 invariant, uint256 amplificationE2) external pure returns (uint256) {
        return StableSwapLib.balanceUp(other, invariant, amplificationE2);
    }

    function spotPriceWad(uint256 x, uint256 y, uint256 amplificationE2) external pure returns (uint256) {
        return StableSwapLib.spotPriceWad(x, y, amplificationE2);
    }

    function feeWadUp(uint256 x, uint256 y, StableCurve calldata curve) external pure returns (uint256) {
        return StableSwapLib.feeWadUp(x, y, curve);
    }

    function outputDown(
        uint256 balanceIn,
        uint256 balanceOut,
        uint256 input,
        StableCurve calldata curve
    ) external pure returns (uint256 output, uint256 fee) {
        return StableSwapLib.outputDown(balanceIn, balanceOut, input, curve);
    }

    function depositSharesDown(
        uint256[2] calldata balances,
        uint256[2] calldata amounts,
        uint256 totalShares,
        StableCurve calldata curve
    ) external pure returns (uint256 shares, uint256[2] memory fees) {
        return StableSwapLib.depositSharesDown(balances, amounts, totalShares, curve);
    }

    function withdrawalDown(
        uint256 other,
        uint256 balanceOut,
        uint256 shares,
        uint256 totalShares,
        StableCurve calldata curve
    ) external pure returns (uint256 output, uint256 fee) {
        return StableSwapLib.withdrawalDown(other, balanceOut, shares, totalShares, curve);
    }
}
