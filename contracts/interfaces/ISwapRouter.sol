// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IConstantProductPool} from "./IConstantProductPool.sol";
import {IVenueRouter} from "./IVenueRouter.sol";

/// @title ISwapRouter
/// @notice The way in which accounts trade on constant-product pools and provide liquidity to them.
/// @dev Stateless: it holds nothing between calls and takes what it needs from the caller by allowance. A route is
/// a list of pools, walked from the input token; every pool may appear once, since all hops are quoted before the
/// first swap. Tokens that charge for transfers are not supported.
interface ISwapRouter is IVenueRouter {
    /// @notice The route would cost more than the caller's maximum.
    error ExcessiveInput(uint256 amountIn, uint256 maxAmountIn);

    /// @notice Adding or removing liquidity would move less of a token than the caller's minimum.
    error InsufficientAmount(address token, uint256 amount, uint256 minAmount);

    /* TRADING */

    /// @notice Buys exactly `amountOut` along the route.
    /// @dev Reverts with `Expired`, `ExcessiveInput`, `EmptyRoute` or `TokenNotInPool`.
    /// @param pools The route.
    /// @param tokenIn The token sold; the caller has approved this router for it.
    /// @param amountOut Amount bought.
    /// @param maxAmountIn Highest amount to be paid.
    /// @param to Who receives the output.
    /// @param deadline Last timestamp at which this may execute, in seconds since the epoch.
    /// @return amountIn Amount taken from the caller.
    function swapExactOut(
        address[] calldata pools,
        address tokenIn,
        uint256 amountOut,
        uint256 maxAmountIn,
        address to,
        uint256 deadline
    ) external returns (uint256 amountIn);

    /* LIQUIDITY */

    /// @notice Deposits both tokens in the proportion of the reserves, or as given if the pool is empty.
    /// @dev Reverts with `Expired` or `InsufficientAmount`.
    /// @param pool The pool.
    /// @param amount0Max Highest amount of token0 to be deposited.
    /// @param amount1Max Highest amount of token1 to be deposited.
    /// @param amount0Min Least amount of token0 to be deposited.
    /// @param amount1Min Least amount of token1 to be deposited.
    /// @param to Who receives the shares.
    /// @param deadline Last timestamp at which this may execute, in seconds since the epoch.
    /// @return amount0 Amount of token0 deposited.
    /// @return amount1 Amount of token1 deposited.
    /// @return shares Shares received by `to`.
    function addLiquidity(
        IConstantProductPool pool,
        uint256 amount0Max,
        uint256 amount1Max,
        uint256 amount0Min,
        uint256 amount1Min,
        address to,
        uint256 deadline
    ) external returns (uint256 amount0, uint256 amount1, uint256 shares);

    /// @notice Burns shares for both tokens.
    /// @dev Reverts with `Expired` or `InsufficientAmount`.
    /// @param pool The pool; the caller has approved this router for its shares.
    /// @param shares Shares to be burned.
    /// @param amount0Min Least amount of token0 to be received.
    /// @param amount1Min Least amount of token1 to be received.
    /// @param to Who receives the tokens.
    /// @param deadline Last timestamp at which this may execute, in seconds since the epoch.
    /// @return amount0 Amount of token0 received by `to`.
    /// @return amount1 Amount of token1 received by `to`.
    function removeLiquidity(
        IConstantProductPool pool,
        uint256 shares,
        uint256 amount0Min,
        uint256 amount1Min,
        address to,
        uint256 deadline
    ) external returns (uint256 amount0, uint256 amount1);

    /* QUOTES */

    /// @inheritdoc IVenueRouter
    function quoteExactIn(
        address[] calldata pools,
        address tokenIn,
        uint256 amountIn
    ) external view returns (uint256 amountOut);

    /// @notice What `swapExactOut` would cost now, rounded up at each hop.
    function quoteExactOut(
        address[] calldata pools,
        address tokenIn,
        uint256 amountOut
    ) external view returns (uint256 amountIn);
}
