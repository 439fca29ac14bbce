// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IVenueRouter
/// @notice How anybody sells on a kind of exchange: a router that knows the kind, and the pools that it walks.
/// @dev Whoever sells needs to know a router and a list of addresses, and not what kind of exchange they are.
interface IVenueRouter {
    /// @notice The route would pay less than the caller's minimum.
    error InsufficientOutput(uint256 amountOut, uint256 minAmountOut);

    /// @notice The block is later than the caller's deadline.
    error Expired(uint256 deadline, uint256 blockTimestamp);

    /// @notice A route needs at least one pool.
    error EmptyRoute();

    /// @notice The route reaches a pool with a token that the pool does not trade.
    error TokenNotInPool(address pool, address token);

    /// @notice Sells exactly `amountIn` along the route.
    /// @dev Reverts with `Expired`, `InsufficientOutput`, `EmptyRoute` or `TokenNotInPool`.
    /// @param pools The route.
    /// @param tokenIn The token sold; the caller has approved this router for it.
    /// @param amountIn Amount sold.
    /// @param minAmountOut Least amount to be received.
    /// @param to Who receives the output.
    /// @param deadline Last timestamp at which this may execute, in seconds since the epoch.
    /// @return amountOut Amount received by `to`.
    function swapExactIn(
        address[] calldata pools,
        address tokenIn,
        uint256 amountIn,
        uint256 minAmountOut,
        address to,
        uint256 deadline
    ) external returns (uint256 amountOut);

    /// @notice What `swapExactIn` would pay now, rounded down at each pool. Leaves everything as it was.
    /// @dev Not a view, since some exchanges can be quoted only by a swap that is undone.
    function quoteExactIn(
        address[] calldata pools,
        address tokenIn,
        uint256 amountIn
    ) external returns (uint256 amountOut);
}
