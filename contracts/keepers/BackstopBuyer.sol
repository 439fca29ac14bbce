// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";
import {IERC3156FlashLender} from "@openzeppelin/contracts/interfaces/IERC3156FlashLender.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IAbsorbingBackstop} from "../interfaces/IAbsorbingBackstop.sol";
import {IBackstopBuyer} from "../interfaces/IBackstopBuyer.sol";
import {IVenueRouter} from "../interfaces/IVenueRouter.sol";

/// @title BackstopBuyer
/// @notice See `IBackstopBuyer`.
contract BackstopBuyer is IBackstopBuyer, ReentrancyGuard {
    using SafeERC20 for IERC20;

    bytes32 private constant CALLBACK_SUCCESS = keccak256("ERC3156FlashBorrower.onFlashLoan");

    /// @inheritdoc IBackstopBuyer
    function buy(Params calldata params) external nonReentrant returns (uint256 profit) {
        IERC20 debtToken = IERC20(params.debtAsset);
        uint256 balanceBefore = debtToken.balanceOf(address(this));
        (, uint256 cost) = IAbsorbingBackstop(params.backstop).previewBuy(
            params.debtAsset,
            params.collateralAsset,
            params.debtAmount
        );
        bytes memory data = abi.encode(params, balanceBefore);
        IERC3156FlashLender(params.lender).flashLoan(this, params.debtAsset, cost, data);
        debtToken.forceApprove(params.lender, 0);

        profit = debtToken.balanceOf(address(this)) - balanceBefore;
        if (profit < params.minProfit) revert InsufficientProfit(int256(profit), params.minProfit);
        emit CollateralFlipped(msg.sender, params.collateralAsset, params.debtAsset, cost, profit);
        debtToken.safeTransfer(msg.sender, profit);
    }

    /// @inheritdoc IERC3156FlashBorrower
    /// @dev Open only while `buy` runs, and only to the lender it called.
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

        _sell(params, _buy(params, amount));
        uint256 due = amount + fee;
        int256 profit = int256(IERC20(token).balanceOf(address(this))) - int256(balanceBefore + due);
        if (profit < int256(params.minProfit)) revert InsufficientProfit(profit, params.minProfit);
        IERC20(token).forceApprove(msg.sender, due);
        return CALLBACK_SUCCESS;
    }

    function _buy(Params memory params, uint256 amount) private returns (uint256 bought) {
        IERC20(params.debtAsset).forceApprove(params.backstop, amount);
        (bought, ) = IAbsorbingBackstop(params.backstop).buyCollateral(
            params.debtAsset,
            params.collateralAsset,
            0,
            amount,
            address(this)
        );
        IERC20(params.debtAsset).forceApprove(params.backstop, 0);
    }

    /// @dev No least output for the swap: the profit is checked over the whole, in the same transaction.
    function _sell(Params memory params, uint256 bought) private {
        IERC20(params.collateralAsset).forceApprove(params.router, bought);
        IVenueRouter(params.router).swapExactIn(
            params.route,
            params.collateralAsset,
            bought,
            0,
            address(this),
            block.timestamp
        );
        IERC20(params.collateralAsset).forceApprove(params.router, 0);
    }
}
