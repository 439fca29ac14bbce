// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IConstantProductPool} from "../interfaces/IConstantProductPool.sol";
import {ISwapRouter} from "../interfaces/ISwapRouter.sol";
import {IVenueRouter} from "../interfaces/IVenueRouter.sol";
import {ConstantProductLib} from "../libraries/ConstantProductLib.sol";

/// @title SwapRouter
/// @notice Stateless entry to constant-product pools.
contract SwapRouter is ISwapRouter {
    using SafeERC20 for IERC20;

    /// @dev One swap of a route: `zeroForOne` if the pool's token0 goes in.
    struct Hop {
        IConstantProductPool pool;
        bool zeroForOne;
        uint256 amountOut;
    }

    modifier notAfter(uint256 deadline) {
        if (block.timestamp > deadline) revert Expired(deadline, block.timestamp);
        _;
    }

    /* TRADING */

    /// @inheritdoc IVenueRouter
    function swapExactIn(
        address[] calldata pools,
        address tokenIn,
        uint256 amountIn,
        uint256 minAmountOut,
        address to,
        uint256 deadline
    ) external notAfter(deadline) returns (uint256 amountOut) {
        Hop[] memory hops;
        (hops, amountOut) = _hopsExactIn(pools, tokenIn, amountIn);
        if (amountOut < minAmountOut) revert InsufficientOutput(amountOut, minAmountOut);
        IERC20(tokenIn).safeTransferFrom(msg.sender, pools[0], amountIn);
        _swapAlong(hops, to);
    }

    /// @inheritdoc ISwapRouter
    function swapExactOut(
        address[] calldata pools,
        address tokenIn,
        uint256 amountOut,
        uint256 maxAmountIn,
        address to,
        uint256 deadline
    ) external notAfter(deadline) returns (uint256 amountIn) {
        Hop[] memory hops;
        (hops, amountIn) = _hopsExactOut(pools, tokenIn, amountOut);
        if (amountIn > maxAmountIn) revert ExcessiveInput(amountIn, maxAmountIn);
        IERC20(tokenIn).safeTransferFrom(msg.sender, pools[0], amountIn);
        _swapAlong(hops, to);
    }

    /// @dev Each pool pays the next one; the last pays `to`. The first has been paid.
    function _swapAlong(Hop[] memory hops, address to) private {
        uint256 last = hops.length - 1;
        for (uint256 i = 0; i <= last; ++i) {
            Hop memory hop = hops[i];
            address recipient = i < last ? address(hops[i + 1].pool) : to;
            (uint256 amount0Out, uint256 amount1Out) = hop.zeroForOne
                ? (uint256(0), hop.amountOut)
                : (hop.amountOut, uint256(0));
            hop.pool.swap(amount0Out, amount1Out, recipient, "");
        }
    }

    /* LIQUIDITY */

    /// @inheritdoc ISwapRouter
    function addLiquidity(
        IConstantProductPool pool,
        uint256 amount0Max,
        uint256 amount1Max,
        uint256 amount0Min,
        uint256 amount1Min,
        address to,
        uint256 deadline
    ) external notAfter(deadline) returns (uint256 amount0, uint256 amount1, uint256 shares) {
        (amount0, amount1) = _matchedAmounts(pool, amount0Max, amount1Max);
        _deposit(pool, pool.token0(), amount0, amount0Min);
        _deposit(pool, pool.token1(), amount1, amount1Min);
        shares = pool.mint(to);
    }

    /// @inheritdoc ISwapRouter
    function removeLiquidity(
        IConstantProductPool pool,
        uint256 shares,
        uint256 amount0Min,
        uint256 amount1Min,
        address to,
        uint256 deadline
    ) external notAfter(deadline) returns (uint256 amount0, uint256 amount1) {
        IERC20(address(pool)).safeTransferFrom(msg.sender, address(pool), shares);
        (amount0, amount1) = pool.burn(to);
        if (amount0 < amount0Min) revert InsufficientAmount(pool.token0(), amount0, amount0Min);
        if (amount1 < amount1Min) revert InsufficientAmount(pool.token1(), amount1, amount1Min);
    }

    /// @dev The largest amounts within both limits that are in the proportion of the reserves.
    function _matchedAmounts(
        IConstantProductPool pool,
        uint256 amount0Max,
        uint256 amount1Max
    ) private view returns (uint256 amount0, uint256 amount1) {
        (uint112 reserve0, uint112 reserve1, ) = pool.getReserves();
        if (reserve0 == 0 && reserve1 == 0) return (amount0Max, amount1Max);
        amount1 = ConstantProductLib.matchingAmountDown(amount0Max, reserve0, reserve1);
        if (amount1 <= amount1Max) return (amount0Max, amount1);
        return (ConstantProductLib.matchingAmountDown(amount1Max, reserve1, reserve0), amount1Max);
    }

    function _deposit(IConstantProductPool pool, address token, uint256 amount, uint256 minAmount) private {
        if (amount < minAmount) revert InsufficientAmount(token, amount, minAmount);
        IERC20(token).safeTransferFrom(msg.sender, address(pool), amount);
    }

    /* QUOTES */

    /// @inheritdoc ISwapRouter
    function quoteExactIn(
        address[] calldata pools,
        address tokenIn,
        uint256 amountIn
    ) external view returns (uint256 amountOut) {
        (, amountOut) = _hopsExactIn(pools, tokenIn, amountIn);
    }

    /// @inheritdoc ISwapRouter
    function quoteExactOut(
        address[] calldata pools,
        address tokenIn,
        uint256 amountOut
    ) external view returns (uint256 amountIn) {
        (, amountIn) = _hopsExactOut(pools, tokenIn, amountOut);
    }

    function _hopsExactIn(
        address[] calldata pools,
        address tokenIn,
        uint256 amountIn
    ) private view returns (Hop[] memory hops, uint256 amountOut) {
        hops = _directions(pools, tokenIn);
        amountOut = amountIn;
        for (uint256 i = 0; i < hops.length; ++i) {
            (uint256 reserveIn, uint256 reserveOut) = _reserves(hops[i]);
            amountOut = ConstantProductLib.amountOutDown(amountOut, reserveIn, reserveOut, hops[i].pool.feeBps());
            hops[i].amountOut = amountOut;
        }
    }

    function _hopsExactOut(
        address[] calldata pools,
        address tokenIn,
        uint256 amountOut
    ) private view returns (Hop[] memory hops, uint256 amountIn) {
        hops = _directions(pools, tokenIn);
        amountIn = amountOut;
        for (uint256 i = hops.length; i > 0; --i) {
            Hop memory hop = hops[i - 1];
            hop.amountOut = amountIn;
            (uint256 reserveIn, uint256 reserveOut) = _reserves(hop);
            amountIn = ConstantProductLib.amountInUp(amountIn, reserveIn, reserveOut, hop.pool.feeBps());
        }
    }

    /// @dev Walks the route's tokens from `tokenIn`.
    function _directions(address[] calldata pools, address tokenIn) private view returns (Hop[] memory hops) {
        if (pools.length == 0) revert EmptyRoute();
        hops = new Hop[](pools.length);
        address token = tokenIn;
        for (uint256 i = 0; i < pools.length; ++i) {
            IConstantProductPool pool = IConstantProductPool(pools[i]);
            address token0 = pool.token0();
            address token1 = pool.token1();
            if (token != token0 && token != token1) revert TokenNotInPool(pools[i], token);
            hops[i].pool = pool;
            hops[i].zeroForOne = token == token0;
            token = token == token0 ? token1 : token0;
        }
    }

    function _reserves(Hop memory hop) private view returns (uint256 reserveIn, uint256 reserveOut) {
        (uint112 reserve0, uint112 reserve1, ) = hop.pool.getReserves();
        return hop.zeroForOne ? (reserve0, reserve1) : (reserve1, reserve0);
    }
}
