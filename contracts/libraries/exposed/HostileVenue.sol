// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IVenueRouter} from "../../interfaces/IVenueRouter.sol";

/// @title HostileVenue
/// @notice A venue and its router in one that pays a part of what it takes, one for one, and quotes so, unless it is
/// told to do otherwise. For tests of whoever sells over routers.
contract HostileVenue is IVenueRouter {
    using Address for address;
    using SafeERC20 for IERC20;

    enum Mode {
        Honest,
        QuoteFails,
        QuoteFailsBig,
        QuoteReturnsBig,
        QuoteBurnsGas,
        QuoteIsShort,
        QuoteIsHuge,
        QuotesDouble,
        TakesHalf,
        KeepsAll,
        Calls
    }

    uint256 private constant BIG = 1 << 20;
    uint256 private constant BPS = 10_000;

    IERC20 private immutable _tokenOut;
    uint256 private immutable _paidBps;
    Mode public mode;
    address private _target;
    bytes private _attempt;

    /// @notice The quote is refused.
    error NotToday();

    constructor(IERC20 tokenOut, uint256 paidBps) {
        (_tokenOut, _paidBps) = (tokenOut, paidBps);
    }

    /// @notice Sets how it behaves; `target` and `attempt` are for `Calls`, which calls in the middle of a sale.
    function setMode(Mode mode_, address target, bytes calldata attempt) external {
        (mode, _target, _attempt) = (mode_, target, attempt);
    }

    /// @inheritdoc IVenueRouter
    function swapExactIn(
        address[] calldata,
        address tokenIn,
        uint256 amountIn,
        uint256,
        address to,
        uint256
    ) external returns (uint256 amountOut) {
        if (mode == Mode.Calls) _target.functionCall(_attempt);
        uint256 taken = mode == Mode.TakesHalf ? amountIn / 2 : amountIn;
        IERC20(tokenIn).safeTransferFrom(msg.sender, address(this), taken);
        amountOut = (amountIn * _paidBps) / BPS;
        if (mode != Mode.KeepsAll) _tokenOut.safeTransfer(to, amountOut);
    }

    /// @inheritdoc IVenueRouter
    function quoteExactIn(
        address[] calldata,
        address,
        uint256 amountIn
    ) external view returns (uint256 amountOut) {
        amountOut = (amountIn * _paidBps) / BPS;
        if (mode == Mode.QuoteFails) revert NotToday();
        if (mode == Mode.QuoteIsHuge) return type(uint256).max;
        if (mode == Mode.QuotesDouble) return amountOut * 2;
        if (mode == Mode.QuoteFailsBig) {
            assembly ("memory-safe") {
                revert(0, BIG)
            }
        } else if (mode == Mode.QuoteReturnsBig) {
            assembly ("memory-safe") {
                mstore(0, amountOut)
                return(0, BIG)
            }
        } else if (mode == Mode.QuoteIsShort) {
            assembly ("memory-safe") {
                return(0, 31)
            }
        } else if (mode == Mode.QuoteBurnsGas) {
            assembly ("memory-safe") {
                invalid()
            }
        }
    }
}
