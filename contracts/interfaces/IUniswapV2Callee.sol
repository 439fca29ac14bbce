// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IUniswapV2Callee
/// @notice What a contract implements to receive a flash swap; the same selector as Uniswap V2's.
interface IUniswapV2Callee {
    /// @notice Called by the pool after it has paid out and before it checks what it was paid.
    /// @param sender Who called `swap`.
    /// @param amount0 Amount of token0 paid out.
    /// @param amount1 Amount of token1 paid out.
    /// @param data What the caller of `swap` passed.
    function uniswapV2Call(address sender, uint256 amount0, uint256 amount1, bytes calldata data) external;
}
