// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IConcentratedFactory} from "../interfaces/IConcentratedFactory.sol";
import {IConcentratedPool} from "../interfaces/IConcentratedPool.sol";
import {IConcentratedRouter} from "../interfaces/IConcentratedRouter.sol";
import {IVenueRouter} from "../interfaces/IVenueRouter.sol";
import {TickLib} from "../libraries/TickLib.sol";

/// @title ConcentratedRouter
/// @notice See `IConcentratedRouter`.
contract ConcentratedRouter is IConcentratedRouter, ReentrancyGuard {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    uint256 private constant QUOTED_BYTES = 68;

    /// @dev One swap: on which pool, of what for what, in which direction, who pays and who is paid.
    struct Hop {
        IConcentratedPool pool;
        address tokenIn;
        address tokenOut;
        bool zeroForOne;
        address payer;
        address to;
    }

    /// @inheritdoc IConcentratedRouter
    IConcentratedFactory public immutable factory;

    /// @dev The pool that is being traded on; it alone may ask for payment.
    address private _trading;

    modifier notAfter(uint256 deadline) {
        if (block.timestamp > deadline) revert Expired(deadline, block.timestamp);
        _;
    }

    /// @param factory_ The factory whose pools are traded on.
    constructor(IConcentratedFactory factory_) {
        factory = factory_;
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
    ) external nonReentrant notAfter(deadline) returns (uint256 amountOut) {
        Hop[] memory hops = _hops(pools, tokenIn, to);
        amountOut = amountIn;
        for (uint256 i = 0; i < hops.length; ++i) {
            (uint256 sold, uint256 bought) = _swap(hops[i], amountOut.toInt256(), 0);
            if (sold != amountOut) revert PartialFill(address(hops[i].pool), amountOut, sold);
            amountOut = bought;
        }
        if (amountOut < minAmountOut) revert InsufficientOutput(amountOut, minAmountOut);
    }

    /// @inheritdoc IConcentratedRouter
    function swapExactOut(
        address[] calldata pools,
        address tokenIn,
        uint256 amountOut,
        uint256 maxAmountIn,
        address to,
        uint256 deadline
    ) external nonReentrant notAfter(deadline) returns (uint256 amountIn) {
        Hop[] memory hops = _hops(pools, tokenIn, to);
        uint256[] memory amounts = _quotedBackwards(hops, amountOut);
        amountIn = amounts[0];
        if (amountIn > maxAmountIn) revert ExcessiveInput(amountIn, maxAmountIn);
        for (uint256 i = 0; i < hops.length; ++i) _swap(hops[i], -amounts[i + 1].toInt256(), 0);
    }

    /// @inheritdoc IConcentratedRouter
    function swapToPrice(
        IConcentratedPool pool,
        address tokenIn,
        int256 amountSpecified,
        uint160 sqrtPriceLimitX96,
        address to,
        uint256 deadline
    ) external nonReentrant notAfter(deadline) returns (uint256 amountIn, uint256 amountOut) {
        Hop memory hop = _hop(pool, tokenIn);
        hop.to = to;
        return _swap(hop, amountSpecified, sqrtPriceLimitX96);
    }

    /// @inheritdoc IConcentratedRouter
    function uniswapV3SwapCallback(int256 amount0Delta, int256 amount1Delta, bytes calldata data) external {
        if (data.length == 0) revert Quoted(amount0Delta, amount1Delta);
        if (msg.sender != _trading) revert UnexpectedCallback(msg.sender);
        (address token, address payer) = abi.decode(data, (address, address));
        uint256 owed = uint256(amount0Delta > amount1Delta ? amount0Delta : amount1Delta);
        if (payer == address(this)) IERC20(token).safeTransfer(msg.sender, owed);
        else IERC20(token).safeTransferFrom(payer, msg.sender, owed);
    }

    function _swap(
        Hop memory hop,
        int256 specified,
        uint160 limit
    ) private returns (uint256 sold, uint256 bought) {
        _trading = address(hop.pool);
        (int256 amount0, int256 amount1) = hop.pool.swap(
            hop.to,
            hop.zeroForOne,
            specified,
            _limitOr(limit, hop.zeroForOne),
            abi.encode(hop.tokenIn, hop.payer)
        );
        _trading = address(0);
        return _amounts(hop, amount0, amount1);
    }

    /* QUOTES */

    /// @inheritdoc IVenueRouter
    function quoteExactIn(
        address[] calldata pools,
        address tokenIn,
        uint256 amountIn
    ) external returns (uint256 amountOut) {
        Hop[] memory hops = _hops(pools, tokenIn, address(this));
        amountOut = amountIn;
        for (uint256 i = 0; i < hops.length; ++i) {
            (uint256 sold, uint256 bought) = _quote(hops[i], amountOut.toInt256(), 0);
            if (sold != amountOut) revert PartialFill(address(hops[i].pool), amountOut, sold);
            amountOut = bought;
        }
    }

    /// @inheritdoc IConcentratedRouter
    function quoteExactOut(
        address[] calldata pools,
        address tokenIn,
        uint256 amountOut
    ) external returns (uint256 amountIn) {
        return _quotedBackwards(_hops(pools, tokenIn, address(this)), amountOut)[0];
    }

    /// @inheritdoc IConcentratedRouter
    function quoteToPrice(
        IConcentratedPool pool,
        address tokenIn,
        int256 amountSpecified,
        uint160 sqrtPriceLimitX96
    ) external returns (uint256 amountIn, uint256 amountOut) {
        return _quote(_hop(pool, tokenIn), amountSpecified, sqrtPriceLimitX96);
    }

    /// @dev Units of each token of the route, from the one sold to the one bought, for exactly `amountOut` of the
    /// last.
    function _quotedBackwards(Hop[] memory hops, uint256 amountOut) private returns (uint256[] memory amounts) {
        amounts = new uint256[](hops.length + 1);
        amounts[hops.length] = amountOut;
        for (uint256 i = hops.length; i > 0; --i) {
            uint256 bought;
            (amounts[i - 1], bought) = _quote(hops[i - 1], -amounts[i].toInt256(), 0);
            if (bought != amounts[i]) revert PartialFill(address(hops[i - 1].pool), amounts[i], bought);
        }
    }

    /// @dev Swaps, learns the amounts in the callback, and undoes everything by failing there.
    function _quote(
        Hop memory hop,
        int256 specified,
        uint160 limit
    ) private returns (uint256 sold, uint256 bought) {
        uint160 price = _limitOr(limit, hop.zeroForOne);
        try hop.pool.swap(address(this), hop.zeroForOne, specified, price, "") {
            revert UnexpectedCallback(address(hop.pool));
        } catch (bytes memory reason) {
            if (reason.length != QUOTED_BYTES || bytes4(reason) != Quoted.selector) _revertWith(reason);
            int256 amount0;
            int256 amount1;
            assembly ("memory-safe") {
                amount0 := mload(add(reason, 36))
                amount1 := mload(add(reason, 68))
            }
            return _amounts(hop, amount0, amount1);
        }
    }

    function _revertWith(bytes memory reason) private pure {
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }

    /* ROUTES */

    /// @dev Walks the route's tokens from `tokenIn`. The caller pays for the first hop, and what each one brings here
    /// pays for the next; the last pays `to`.
    function _hops(
        address[] calldata pools,
        address tokenIn,
        address to
    ) private view returns (Hop[] memory hops) {
        if (pools.length == 0) revert EmptyRoute();
        hops = new Hop[](pools.length);
        address token = tokenIn;
        for (uint256 i = 0; i < pools.length; ++i) {
            Hop memory hop = hops[i] = _hop(IConcentratedPool(pools[i]), token);
            if (i > 0) hop.payer = address(this);
            hop.to = i + 1 < pools.length ? address(this) : to;
            token = hop.tokenOut;
        }
    }

    /// @dev One swap that the caller pays for and whose recipient is still open. What is no pool of the factory is not asked for more than its tokens and its fee.
    function _hop(IConcentratedPool pool, address tokenIn) private view returns (Hop memory) {
        if (address(pool).code.length == 0) revert UnknownPool(address(pool));
        (address token0, address token1) = (pool.token0(), pool.token1());
        if (factory.getPool(token0, token1, pool.fee()) != address(pool)) revert UnknownPool(address(pool));
        if (tokenIn != token0 && tokenIn != token1) revert TokenNotInPool(address(pool), tokenIn);
        bool zeroForOne = tokenIn == token0;
        return Hop(pool, tokenIn, zeroForOne ? token1 : token0, zeroForOne, msg.sender, address(0));
    }

    /// @dev The limit given, or the last price on the side that the swap moves to.
    function _limitOr(uint160 limit, bool zeroForOne) private pure returns (uint160) {
        if (limit != 0) return limit;
        return zeroForOne ? TickLib.MIN_SQRT_PRICE + 1 : TickLib.MAX_SQRT_PRICE - 1;
    }

    function _amounts(
        Hop memory hop,
        int256 amount0,
        int256 amount1
    ) private pure returns (uint256 sold, uint256 bought) {
        return hop.zeroForOne ? (uint256(amount0), uint256(-amount1)) : (uint256(amount1), uint256(-amount0));
    }
}
