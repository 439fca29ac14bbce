// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IAuctionCallee} from "../interfaces/IAuctionCallee.sol";
import {IAuctionTaker} from "../interfaces/IAuctionTaker.sol";
import {IDutchAuctionCore} from "../interfaces/IDutchAuctionCore.sol";
import {IVenueRouter} from "../interfaces/IVenueRouter.sol";

/// @title AuctionTaker
/// @notice See `IAuctionTaker`.
contract AuctionTaker is IAuctionTaker, ReentrancyGuard {
    using SafeERC20 for IERC20;

    /// @inheritdoc IAuctionTaker
    function take(Params calldata params) external nonReentrant returns (uint256 profit) {
        IDutchAuctionCore auction = IDutchAuctionCore(params.auction);
        address debtAsset = auction.lotStatus(params.lotId).lot.debtAsset;
        uint256 balanceBefore = IERC20(debtAsset).balanceOf(address(this));
        (uint256 sold, uint256 paid) = auction.take(
            params.lotId,
            params.amount,
            params.maxPriceRay,
            address(this),
            abi.encode(params, balanceBefore)
        );
        IERC20(debtAsset).forceApprove(params.auction, 0);

        profit = IERC20(debtAsset).balanceOf(address(this)) - balanceBefore;
        if (profit < params.minProfit) revert InsufficientProfit(int256(profit), params.minProfit);
        emit AuctionTaken(msg.sender, params.lotId, debtAsset, sold, paid, profit);
        IERC20(debtAsset).safeTransfer(msg.sender, profit);
    }

    /// @inheritdoc IAuctionCallee
    /// @dev Open only while `take` runs, and only to the auction it called. No least output for the swap: the
    /// profit is checked over the whole, in the same transaction.
    function onAuctionTake(
        address buyer,
        uint256,
        address collateralAsset,
        address debtAsset,
        uint256 soldAssets,
        uint256 owedAssets,
        bytes calldata data
    ) external {
        (Params memory params, uint256 balanceBefore) = abi.decode(data, (Params, uint256));
        bool expected = _reentrancyGuardEntered() && buyer == address(this) && msg.sender == params.auction;
        if (!expected) revert UnexpectedCallback(msg.sender, buyer);

        if (collateralAsset != debtAsset && soldAssets != 0) {
            IERC20(collateralAsset).forceApprove(params.router, soldAssets);
            IVenueRouter(params.router).swapExactIn(
                params.route,
                collateralAsset,
                soldAssets,
                0,
                address(this),
                block.timestamp
            );
            IERC20(collateralAsset).forceApprove(params.router, 0);
        }
        int256 profit = int256(IERC20(debtAsset).balanceOf(address(this))) - int256(balanceBefore + owedAssets);
        if (profit < int256(params.minProfit)) revert InsufficientProfit(profit, params.minProfit);
        IERC20(debtAsset).forceApprove(msg.sender, owedAssets);
    }
}
