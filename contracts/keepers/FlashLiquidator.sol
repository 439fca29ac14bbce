// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";
import {IERC3156FlashLender} from "@openzeppelin/contracts/interfaces/IERC3156FlashLender.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IFlashLiquidator} from "../interfaces/IFlashLiquidator.sol";
import {ILendingPool} from "../interfaces/ILendingPool.sol";
import {IVenueRouter} from "../interfaces/IVenueRouter.sol";

/// @title FlashLiquidator
/// @notice See `IFlashLiquidator`.
contract FlashLiquidator is IFlashLiquidator, ReentrancyGuard {
    using SafeERC20 for IERC20;

    bytes32 private constant CALLBACK_SUCCESS = keccak256("ERC3156FlashBorrower.onFlashLoan");

    /// @inheritdoc IFlashLiquidator
    function liquidate(Params calldata params) external nonReentrant returns (uint256 profit) {
        IERC20 debtToken = IERC20(params.debtAsset);
        uint256 balanceBefore = debtToken.balanceOf(address(this));
        (uint256 repaid, uint256 seized, ) = ILendingPool(params.pool).previewLiquidation(
            params.collateralAsset,
            params.debtAsset,
            params.user,
            params.debtToCover,
            false
        );
        bytes memory data = abi.encode(params, balanceBefore);
        IERC3156FlashLender(params.lender).flashLoan(this, params.debtAsset, repaid, data);
        debtToken.forceApprove(params.lender, 0);

        profit = debtToken.balanceOf(address(this)) - balanceBefore;
        if (profit < params.minProfit) revert InsufficientProfit(int256(profit), params.minProfit);
        emit FlashLiquidated(msg.sender, params.user, params.debtAsset, repaid, seized, profit);
        debtToken.safeTransfer(msg.sender, profit);
    }

    /// @inheritdoc IERC3156FlashBorrower
    /// @dev Open only while `liquidate` runs, and only to the lender it called.
    function onFlashLoan(
        address initiator,
        address token,
        uint256 amount,
        uint256 fee,
        bytes calldata data
    ) external returns (bytes32) {
        (Params memory params, uint256 balanceBefore) = abi.decode(data, (Params, uint256));
        bool expected =
            _reentrancyGuardEntered() &&
                initiator == address(this) &&
                msg.sender == params.lender &&
                token == params.debtAsset;
        if (!expected) revert UnexpectedCallback(msg.sender, initiator);

        uint256 seized = _liquidate(params, amount);
        if (params.collateralAsset != params.debtAsset) _sell(params, seized);

        uint256 owed = amount + fee;
        int256 profit = int256(IERC20(token).balanceOf(address(this))) - int256(balanceBefore + owed);
        if (profit < int256(params.minProfit)) revert InsufficientProfit(profit, params.minProfit);
        IERC20(token).forceApprove(msg.sender, owed);
        return CALLBACK_SUCCESS;
    }

    /// @dev Asks for what was asked of this contract, not for what the preview made of it: an amount rounded to take
    /// all collateral may leave a unit of it, and then be refused for the dust.
    function _liquidate(Params memory params, uint256 amount) private returns (uint256 seized) {
        IERC20(params.debtAsset).forceApprove(params.pool, amount);
        (, seized) = ILendingPool(params.pool).liquidate(
            params.collateralAsset,
            params.debtAsset,
            params.user,
            params.debtToCover,
            false
        );
        IERC20(params.debtAsset).forceApprove(params.pool, 0);
    }

    /// @dev No least output for the swap: the profit is checked over the whole, in the same transaction.
    function _sell(Params memory params, uint256 seized) private {
        IERC20(params.collateralAsset).forceApprove(params.router, seized);
        IVenueRouter(params.router).swapExactIn(
            params.route,
            params.collateralAsset,
            seized,
            0,
            address(this),
            block.timestamp
        );
        IERC20(params.collateralAsset).forceApprove(params.router, 0);
    }
}
