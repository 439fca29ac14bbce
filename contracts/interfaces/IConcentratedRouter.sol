// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IConcentratedFactory} from "./IConcentratedFactory.sol";
import {IConcentratedPool} from "./IConcentratedPool.sol";
import {IVenueRouter} from "./IVenueRouter.sol";

/// @title IConcentratedRouter
/// @notice The way in which accounts trade on Uniswap V3 pools.
/// @dev It holds nothing between calls: what it does not pass on within one call is anybody's. It trades only on
/// pools of its factory, and pays only the pool that it is calling. A pool appears once in a route, since quotes
/// take every pool as it is. A pool without liquidity on the way trades nothing, which is a `PartialFill`; one that
/// was never initialised fails with its own `Error("LOK")`, an amount of zero with `Error("AS")`, a limit on the
/// wrong side of the price with `Error("SPL")`. Tokens that charge for transfers are not supported.
interface IConcentratedRouter is IVenueRouter {
    /// @notice The address is no pool of the factory.
    error UnknownPool(address pool);

    /// @notice The route would cost more than the caller's maximum.
    error ExcessiveInput(uint256 amountIn, uint256 maxAmountIn);

    /// @notice The pool ran out of liquidity before the whole amount was traded.
    /// @param pool The pool.
    /// @param amount Units to be sold, or to be bought.
    /// @param filled Units that the pool would trade.
    error PartialFill(address pool, uint256 amount, uint256 filled);

    /// @notice A payment was asked for by an address that is not being traded on.
    error UnexpectedCallback(address caller);

    /// @notice What a swap would do; carries a quote out of the swap that it undoes.
    error Quoted(int256 amount0, int256 amount1);

    /// @notice The factory whose pools are traded on.
    function factory() external view returns (IConcentratedFactory);

    /* TRADING */

    /// @notice Buys exactly `amountOut` along the route.
    /// @dev Reverts with `Expired`, `ExcessiveInput`, `EmptyRoute`, `TokenNotInPool`, `UnknownPool` or `PartialFill`.
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

    /// @notice Trades on one pool until the amount is done or the price limit is reached, whichever comes first.
    /// What is not sold never leaves the caller. The limit is the caller's only protection.
    /// @dev Reverts with `Expired`, `TokenNotInPool` or `UnknownPool`.
    /// @param pool The pool.
    /// @param tokenIn The token sold; the caller has approved this router for it.
    /// @param amountSpecified Units to be sold if positive, minus the units to be bought if negative.
    /// @param sqrtPriceLimitX96 The price beyond which nothing is traded; 0 for none.
    /// @param to Who receives the output.
    /// @param deadline Last timestamp at which this may execute, in seconds since the epoch.
    /// @return amountIn Amount taken from the caller.
    /// @return amountOut Amount received by `to`.
    function swapToPrice(
        IConcentratedPool pool,
        address tokenIn,
        int256 amountSpecified,
        uint160 sqrtPriceLimitX96,
        address to,
        uint256 deadline
    ) external returns (uint256 amountIn, uint256 amountOut);

    /// @notice Pays the pool that is being traded on. Called by the pool.
    /// @dev Reverts with `UnexpectedCallback` for anybody else.
    /// @param amount0Delta Units of token0 owed to the pool, if positive.
    /// @param amount1Delta Units of token1 owed to the pool, if positive.
    /// @param data What was given to the pool: who pays which token.
    function uniswapV3SwapCallback(int256 amount0Delta, int256 amount1Delta, bytes calldata data) external;

    /* QUOTES */

    /// @notice What `swapExactOut` would cost now. Leaves everything as it was.
    function quoteExactOut(
        address[] calldata pools,
        address tokenIn,
        uint256 amountOut
    ) external returns (uint256 amountIn);

    /// @notice What `swapToPrice` would do now. Leaves everything as it was.
    function quoteToPrice(
        IConcentratedPool pool,
        address tokenIn,
        int256 amountSpecified,
        uint160 sqrtPriceLimitX96
    ) external returns (uint256 amountIn, uint256 amountOut);
}
