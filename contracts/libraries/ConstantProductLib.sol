// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IConstantProductPool} from "../interfaces/IConstantProductPool.sol";

/// @title ConstantProductLib
/// @notice The formulas of a constant-product pool with its fee on the input; amounts in smallest units.
/// @dev The fee is in basis points of 10_000. At 30 each formula is Uniswap V2's with numerator and denominator
/// scaled alike, hence the same integers. Intermediate products are checked: amounts that overflow them panic.
library ConstantProductLib {
    uint256 internal constant BPS = 10_000;

    /// @notice Shares that the first deposit locks for ever, so that a share cannot be made dear.
    uint256 internal constant MINIMUM_LIQUIDITY = 1_000;

    /// @notice Part of the growth of √k that stays with the shareholders, per part that the protocol gets.
    uint256 internal constant SHAREHOLDER_PARTS = 5;

    /// @notice Output for an exact input.
    /// @dev floor(in·(1−φ)·y / (x + in·(1−φ))).
    function amountOutDown(
        uint256 amountIn,
        uint256 reserveIn,
        uint256 reserveOut,
        uint256 feeBps
    ) internal pure returns (uint256) {
        if (amountIn == 0) revert IConstantProductPool.ZeroInput();
        _requireLiquidity(reserveIn, reserveOut);
        uint256 amountInAfterFee = amountIn * (BPS - feeBps);
        return (amountInAfterFee * reserveOut) / (reserveIn * BPS + amountInAfterFee);
    }

    /// @notice Input for an exact output.
    /// @dev floor(x·out / ((y − out)·(1−φ))) + 1: one more than the ceiling if the division is exact.
    function amountInUp(
        uint256 amountOut,
        uint256 reserveIn,
        uint256 reserveOut,
        uint256 feeBps
    ) internal pure returns (uint256) {
        if (amountOut == 0) revert IConstantProductPool.ZeroOutput();
        _requireLiquidity(reserveIn, reserveOut);
        if (amountOut >= reserveOut) revert IConstantProductPool.InsufficientLiquidity(amountOut, reserveOut);
        return (reserveIn * amountOut * BPS) / ((reserveOut - amountOut) * (BPS - feeBps)) + 1;
    }

    /// @notice Amount of the other token that matches `amount` at the reserves, without fee.
    function matchingAmountDown(
        uint256 amount,
        uint256 reserve,
        uint256 otherReserve
    ) internal pure returns (uint256) {
        _requireLiquidity(reserve, otherReserve);
        return (amount * otherReserve) / reserve;
    }

    /// @notice Products of the fee-adjusted balances and of the reserves, both scaled by BPS².
    /// @dev A swap is paid for if the first is not below the second.
    function scaledProducts(
        uint256 balance0,
        uint256 balance1,
        uint256 amount0In,
        uint256 amount1In,
        uint256 reserve0,
        uint256 reserve1,
        uint256 feeBps
    ) internal pure returns (uint256 kAfter, uint256 kBefore) {
        kAfter = (balance0 * BPS - amount0In * feeBps) * (balance1 * BPS - amount1In * feeBps);
        kBefore = reserve0 * reserve1 * BPS ** 2;
    }

    /// @notice Shares of the first deposit after the locked minimum; 0 if they do not exceed it.
    function initialSharesDown(uint256 amount0, uint256 amount1) internal pure returns (uint256) {
        return Math.saturatingSub(Math.sqrt(amount0 * amount1), MINIMUM_LIQUIDITY);
    }

    /// @notice Shares of a later deposit: the smaller of both proportions.
    function sharesDown(
        uint256 amount0,
        uint256 amount1,
        uint256 reserve0,
        uint256 reserve1,
        uint256 totalShares
    ) internal pure returns (uint256) {
        return Math.min((amount0 * totalShares) / reserve0, (amount1 * totalShares) / reserve1);
    }

    /// @notice Part of a balance that shares stand for.
    function assetsDown(uint256 shares, uint256 balance, uint256 totalShares) internal pure returns (uint256) {
        return (shares * balance) / totalShares;
    }

    /// @notice Shares that give the protocol a sixth of the growth of √k since the last change of liquidity.
    /// @dev floor(s·(√k − √kLast) / (5·√k + √kLast)), with both roots rounded down.
    function protocolFeeSharesDown(
        uint256 reserve0,
        uint256 reserve1,
        uint256 kLast,
        uint256 totalShares
    ) internal pure returns (uint256) {
        uint256 rootK = Math.sqrt(reserve0 * reserve1);
        uint256 rootKLast = Math.sqrt(kLast);
        if (rootK <= rootKLast) return 0;
        return (totalShares * (rootK - rootKLast)) / (rootK * SHAREHOLDER_PARTS + rootKLast);
    }

    function _requireLiquidity(uint256 reserveIn, uint256 reserveOut) private pure {
        if (reserveIn == 0 || reserveOut == 0) revert IConstantProductPool.NoLiquidity(reserveIn, reserveOut);
    }
}
