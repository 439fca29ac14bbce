// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC3156FlashLender} from "@openzeppelin/contracts/interfaces/IERC3156FlashLender.sol";
import {IConcentratedPool} from "./IConcentratedPool.sol";

/// @title IConcentratedFlashLender
/// @notice Lends what a Uniswap V3 pool holds, by ERC-3156, at the pool's fee rounded up.
/// @dev Of a token that the pool does not hold, `maxFlashLoan` is 0 and `flashFee` reverts. Nor does a pool without
/// liquidity in range lend, for its fee could go to nobody. Only the facade's own calls of the pool are answered.
interface IConcentratedFlashLender is IERC3156FlashLender {
    /// @notice The pool does not hold this token.
    error UnsupportedToken(address token);

    /// @notice The pool lends less than that now.
    error ExceedsMaxLoan(uint256 amount, uint256 maxAmount);

    /// @notice The borrower did not answer a flash loan as ERC-3156 wants.
    error FlashCallbackFailed(address receiver, bytes32 answer);

    /// @notice Called by something other than the pool, or at another time than during a loan.
    error UnexpectedCallback(address caller);

    /// @notice A loan was paid back.
    event FlashLoan(address indexed receiver, address indexed asset, uint256 amount, uint256 fee);

    /// @notice The pool that lends.
    function pool() external view returns (IConcentratedPool);

    /// @notice Passes the loan on. Called by the pool.
    /// @dev Reverts with `UnexpectedCallback` for anybody else.
    function uniswapV3FlashCallback(uint256 fee0, uint256 fee1, bytes calldata data) external;
}
