// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {BandConfig} from "../interfaces/IBandExchange.sol";
import {ISoftLiquidationCallee, SoftLiquidation} from "../interfaces/ISoftLiquidationMarket.sol";
import {ISoftLiquidator} from "../interfaces/ISoftLiquidator.sol";
import {IVenueRouter} from "../interfaces/IVenueRouter.sol";

/// @title SoftLiquidator
/// @notice See `ISoftLiquidator`.
contract SoftLiquidator is ISoftLiquidator, ISoftLiquidationCallee, ReentrancyGuard {
    using SafeERC20 for IERC20;

    uint256 private constant WAD = 1e18;

    /// @dev What the callback carries back: who may make it, and how to sell.
    struct Sale {
        address market;
        IERC20 collateral;
        IERC20 borrowed;
        address router;
        address[] route;
    }

    /* LIQUIDATION */

    /// @inheritdoc ISoftLiquidator
    function liquidate(
        Target calldata target,
        address router,
        address[] calldata route,
        uint256 minProfit
    ) external nonReentrant returns (uint256 profit) {
        (uint256 partWad, ) = plan(target);
        (IERC20 collateral, IERC20 borrowed) = _tokens(target);
        uint256 balanceBefore = borrowed.balanceOf(address(this));
        Sale memory sale = Sale(address(target.market), collateral, borrowed, router, route);
        SoftLiquidation memory done = target.market.liquidate(target.user, partWad, abi.encode(sale));
        int256 gained = int256(borrowed.balanceOf(address(this))) - int256(balanceBefore);
        if (gained < int256(minProfit)) revert InsufficientProfit(gained, minProfit);
        profit = uint256(gained);
        emit FlashLiquidated(
            msg.sender,
            target.user,
            address(borrowed),
            done.paidAssets,
            done.seizedCollateral,
            profit
        );
        borrowed.safeTransfer(msg.sender, profit);
    }

    /// @inheritdoc ISoftLiquidator
    function liquidateAndHold(Target calldata target) external nonReentrant returns (SoftLiquidation memory done) {
        (uint256 partWad, SoftLiquidation memory planned) = plan(target);
        (IERC20 collateral, IERC20 borrowed) = _tokens(target);
        borrowed.safeTransferFrom(msg.sender, address(this), planned.paidAssets);
        borrowed.forceApprove(address(target.market), planned.paidAssets);
        done = target.market.liquidate(target.user, partWad, "");
        if (done.seizedCollateral != 0) collateral.safeTransfer(msg.sender, done.seizedCollateral);
        if (done.surplusBorrowed != 0) borrowed.safeTransfer(msg.sender, done.surplusBorrowed);
    }

    function _tokens(Target calldata target) private view returns (IERC20, IERC20) {
        BandConfig memory bands = target.market.config().exchange.config();
        return (bands.collateral, bands.borrowed);
    }

    /* CALLBACK */

    /// @inheritdoc ISoftLiquidationCallee
    /// @dev Open only while `liquidate` runs, and only to the market it called. No least output for the swap: the
    /// profit is checked over the whole, in the same transaction.
    function onSoftLiquidation(SoftLiquidation calldata liquidation, bytes calldata data) external {
        Sale memory sale = abi.decode(data, (Sale));
        if (!_reentrancyGuardEntered() || msg.sender != sale.market) revert UnexpectedCallback(msg.sender);
        if (liquidation.seizedCollateral != 0) {
            sale.collateral.forceApprove(sale.router, liquidation.seizedCollateral);
            IVenueRouter(sale.router).swapExactIn(
                sale.route,
                address(sale.collateral),
                liquidation.seizedCollateral,
                0,
                address(this),
                block.timestamp
            );
        }
        uint256 balance = sale.borrowed.balanceOf(address(this));
        if (balance < liquidation.paidAssets) {
            revert InsufficientProfit(int256(balance) - int256(liquidation.paidAssets), 0);
        }
        sale.borrowed.forceApprove(msg.sender, liquidation.paidAssets);
    }

    /* PLAN */

    /// @inheritdoc ISoftLiquidator
    function plan(
        Target calldata target
    ) public view returns (uint256 partWad, SoftLiquidation memory liquidation) {
        liquidation = target.market.previewLiquidation(target.user, WAD);
        if (target.debtToCover >= liquidation.paidAssets) return (WAD, liquidation);
        // The part of the debt is rounded up and that of the converted assets down, by a unit each.
        uint256 covered = Math.saturatingSub(target.debtToCover, 2);
        partWad = Math.mulDiv(covered, WAD, liquidation.paidAssets);
        if (partWad == 0) revert AmountRoundsToZero(target.debtToCover);
        liquidation = target.market.previewLiquidation(target.user, partWad);
    }
}
