// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IStableSwapPool} from "../interfaces/IStableSwapPool.sol";
import {IVenueRouter} from "../interfaces/IVenueRouter.sol";
import {ExactTransfer} from "../libraries/ExactTransfer.sol";

/// @title StableSwapRouter
/// @notice Stateless entry to StableSwap pools, one or several in a row. Holds nothing between calls.
contract StableSwapRouter is IVenueRouter {
    using ExactTransfer for IERC20;
    using SafeERC20 for IERC20;

    /// @inheritdoc IVenueRouter
    function swapExactIn(
        address[] calldata pools,
        address tokenIn,
        uint256 amountIn,
        uint256 minAmountOut,
        address to,
        uint256 deadline
    ) external returns (uint256 amountOut) {
        if (block.timestamp > deadline) revert Expired(deadline, block.timestamp);
        if (pools.length == 0) revert EmptyRoute();
        IERC20(tokenIn).pull(msg.sender, amountIn);
        address token = tokenIn;
        amountOut = amountIn;
        for (uint256 i = 0; i < pools.length; ++i) {
            address recipient = i + 1 < pools.length ? address(this) : to;
            (token, amountOut) = _swap(IStableSwapPool(pools[i]), token, amountOut, recipient);
        }
        if (amountOut < minAmountOut) revert InsufficientOutput(amountOut, minAmountOut);
    }

    /// @dev Sells what this contract holds of a coin, and says what came out.
    function _swap(
        IStableSwapPool pool,
        address tokenIn,
        uint256 amountIn,
        address to
    ) private returns (address tokenOut, uint256 amountOut) {
        tokenOut = _other(pool, tokenIn);
        IERC20(tokenIn).forceApprove(address(pool), amountIn);
        amountOut = pool.swapExactIn(tokenIn, amountIn, 0, to);
    }

    /// @inheritdoc IVenueRouter
    function quoteExactIn(
        address[] calldata pools,
        address tokenIn,
        uint256 amountIn
    ) external view returns (uint256 amountOut) {
        if (pools.length == 0) revert EmptyRoute();
        address token = tokenIn;
        amountOut = amountIn;
        for (uint256 i = 0; i < pools.length; ++i) {
            IStableSwapPool pool = IStableSwapPool(pools[i]);
            address next = _other(pool, token);
            amountOut = pool.quoteExactIn(token, amountOut);
            token = next;
        }
    }

    /// @dev The coin that comes out where `token` goes in.
    function _other(IStableSwapPool pool, address token) private view returns (address) {
        (address token0, address token1) = (pool.token0(), pool.token1());
        if (token == token0) return token1;
        if (token == token1) return token0;
        revert TokenNotInPool(address(pool), token);
    }
}
