// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ILendingPool} from "../interfaces/ILendingPool.sol";
import {
    ILiquidationTerms,
    LiquidationContext,
    LiquidationOffer,
    LiquidationRemainder
} from "../interfaces/ILiquidationTerms.sol";
import {ExactTransfer} from "../libraries/ExactTransfer.sol";
import {AccountSums, HealthLib} from "../libraries/HealthLib.sol";
import {LiquidationLib, Seizure, SeizureInput} from "../libraries/LiquidationLib.sol";
import {RayMath} from "../libraries/RayMath.sol";
import {LossAllocation} from "./LossAllocation.sol";

/// @title LiquidationEngine
/// @notice Liquidation by whoever repays, in three steps: plan (a view, shared with the preview), book, move
/// tokens.
abstract contract LiquidationEngine is LossAllocation {
    using HealthLib for AccountSums;
    using RayMath for uint256;
    using ExactTransfer for IERC20;
    using SafeERC20 for IERC20;

    /// @dev A call of `liquidate`.
    struct Order {
        address collateralAsset;
        address debtAsset;
        address user;
        uint256 debtToCover;
        bool receiveShares;
    }

    /// @dev What the call will do, at the prices read.
    struct Plan {
        Seizure seizure;
        uint256 collateralBalance;
        uint256 debtAssets;
        uint256 healthBeforeWad;
        uint256 healthAfterWad;
        uint256 collateralPriceBase;
        uint256 debtPriceBase;
        bool takesAllCollateral;
    }

    /// @inheritdoc ILendingPool
    ILiquidationTerms public immutable terms;
    /// @inheritdoc ILendingPool
    address public execution;

    constructor(ILiquidationTerms terms_) {
        terms = terms_;
    }

    /// @inheritdoc ILendingPool
    function liquidate(
        address collateralAsset,
        address debtAsset,
        address user,
        uint256 debtToCover,
        bool receiveShares
    ) external nonReentrant returns (uint256 repaid, uint256 seized) {
        if (execution != address(0)) revert ExecutionOnly(execution);
        Order memory order = Order(collateralAsset, debtAsset, user, debtToCover, receiveShares);
        Plan memory plan = _plan(order);
        repaid = plan.seizure.repaidAssets;
        seized = plan.seizure.seizedAssets - plan.seizure.protocolFeeAssets;
        uint256[] memory deficits = _book(order, plan, true);
        IERC20(debtAsset).pull(msg.sender, repaid);
        if (!receiveShares) IERC20(collateralAsset).safeTransfer(msg.sender, seized);
        _resolveLosses(deficits);
    }

    /// @inheritdoc ILendingPool
    function previewLiquidation(
        address collateralAsset,
        address debtAsset,
        address user,
        uint256 debtToCover,
        bool receiveShares
    ) external view returns (uint256 repaid, uint256 seizedToLiquidator, uint256 protocolFee) {
        Seizure memory seizure = _plan(Order(collateralAsset, debtAsset, user, debtToCover, receiveShares))
            .seizure;
        protocolFee = seizure.protocolFeeAssets;
        return (seizure.repaidAssets, seizure.seizedAssets - protocolFee, protocolFee);
    }

    /// @inheritdoc ILendingPool
    function liquidationOffer(
        address collateralAsset,
        address debtAsset,
        address user
    ) external view returns (LiquidationOffer memory) {
        (, LiquidationContext memory context) = _assess(Order(collateralAsset, debtAsset, user, 0, false));
        return terms.offer(context);
    }

    /* PLAN */

    /// @dev The pair that an order names, and what the terms have to know; reverts for a healthy account.
    function _assess(
        Order memory order
    ) internal view returns (Plan memory plan, LiquidationContext memory context) {
        Reserve storage collateral = _reserve(order.collateralAsset);
        Reserve storage debt = _reserve(order.debtAsset);
        AccountSums memory sums = _accountSums(order.user);
        plan.healthBeforeWad = sums.healthFactorWadDown();
        if (plan.healthBeforeWad >= HEALTH_LIMIT_WAD) {
            revert HealthFactorNotBelowThreshold(plan.healthBeforeWad, HEALTH_LIMIT_WAD);
        }
        plan.collateralBalance = _supplyOf(collateral, order.user);
        if (plan.collateralBalance == 0 || collateral.config.liquidationThresholdBps == 0) {
            revert CollateralCannotBeLiquidated(order.collateralAsset);
        }
        plan.debtAssets = _debtOf(debt, order.user);
        if (plan.debtAssets == 0) revert NoDebt(order.debtAsset, order.user);
        plan.collateralPriceBase = _priceBase(order.collateralAsset, collateral);
        plan.debtPriceBase = _priceBase(order.debtAsset, debt);
        context = _context(order, plan, sums);
    }

    /// @dev All checks are made here, so that the preview reverts alike.
    function _plan(Order memory order) private view returns (Plan memory) {
        (Plan memory plan, LiquidationContext memory context) = _assess(order);
        Reserve storage collateral = _reserves[order.collateralAsset];
        LiquidationOffer memory offer = terms.offer(context);
        plan.seizure = LiquidationLib.seize(
            SeizureInput({
                debtAssets: Math.min(order.debtToCover, Math.min(offer.maxDebtAssets, plan.debtAssets)),
                collateralBalance: plan.collateralBalance,
                debtPriceBase: plan.debtPriceBase,
                debtUnit: context.debtUnit,
                collateralPriceBase: plan.collateralPriceBase,
                collateralUnit: _unit(collateral),
                bonusBps: offer.bonusBps,
                protocolFeeBps: collateral.config.protocolFeeBps,
                feeOnSeized: offer.feeOnSeized
            })
        );
        terms.checkRemainder(context, _remainder(plan, context.debtUnit, _unit(collateral)));
        plan.takesAllCollateral =
            HealthLib.valueDown(plan.seizure.seizedAssets, plan.collateralPriceBase, _unit(collateral)) ==
            context.totalCollateralBase;
        _checkAmounts(order, plan.seizure, plan.debtAssets);
        return plan;
    }

    function _context(
        Order memory order,
        Plan memory plan,
        AccountSums memory sums
    ) private view returns (LiquidationContext memory context) {
        Reserve storage collateral = _reserves[order.collateralAsset];
        context.pool = address(this);
        context.user = order.user;
        context.collateralAsset = order.collateralAsset;
        context.debtAsset = order.debtAsset;
        context.healthFactorWad = plan.healthBeforeWad;
        context.totalCollateralBase = sums.collateralBase;
        context.totalDebtBase = sums.debtBase;
        uint256 base = HealthLib.valueDown(plan.collateralBalance, plan.collateralPriceBase, _unit(collateral));
        context.reserveCollateralBase = base;
        context.debtUnit = _unit(_reserves[order.debtAsset]);
        context.debtPriceBase = plan.debtPriceBase;
        context.reserveDebtAssets = plan.debtAssets;
        context.reserveDebtBase = HealthLib.valueUp(plan.debtAssets, plan.debtPriceBase, context.debtUnit);
        context.liquidationThresholdBps = collateral.config.liquidationThresholdBps;
        context.configuredBonusBps = collateral.config.liquidationBonusBps;
        if (address(riskRules) == address(0)) return context;
        (, uint256 thresholdWeighted) = _weights(order.user, order.collateralAsset, base);
        if (base != 0) context.liquidationThresholdBps = thresholdWeighted / base;
        context.configuredBonusBps = riskRules.bonusBps(
            order.user,
            order.collateralAsset,
            context.configuredBonusBps
        );
    }

    function _remainder(
        Plan memory plan,
        uint256 debtUnit,
        uint256 collateralUnit
    ) private pure returns (LiquidationRemainder memory left) {
        left.debtAssets = plan.debtAssets - plan.seizure.repaidAssets;
        left.debtBase = HealthLib.valueDown(left.debtAssets, plan.debtPriceBase, debtUnit);
        left.collateralAssets = plan.collateralBalance - plan.seizure.seizedAssets;
        left.collateralBase = HealthLib.valueDown(left.collateralAssets, plan.collateralPriceBase, collateralUnit);
    }

    /// @dev Amounts that round to nothing, and a payout above the cash, which a repayment in the same asset
    /// raises first.
    function _checkAmounts(Order memory order, Seizure memory seizure, uint256 debtAssets) private view {
        uint256 repaid = seizure.repaidAssets;
        uint256 index = _borrowIndex(_reserves[order.debtAsset]);
        if (repaid != debtAssets && repaid.rayDivDown(index) == 0) {
            revert AmountRoundsToZero(order.debtAsset, repaid);
        }
        uint256 seized = seizure.seizedAssets - seizure.protocolFeeAssets;
        if (seized == 0) revert AmountRoundsToZero(order.collateralAsset, seized);
        if (order.receiveShares) return;
        uint256 cash = _reserves[order.collateralAsset].cash;
        if (order.collateralAsset == order.debtAsset) cash += repaid;
        if (seized > cash) revert InsufficientCash(seized, cash);
    }

    /* BOOKS */

    /// @dev `paid`: by the caller, in the same transaction; otherwise the execution owes it. Returns the deficit
    /// booked per reserve, in the order of `_reservesList`; empty without any.
    function _book(Order memory order, Plan memory plan, bool paid) internal returns (uint256[] memory deficits) {
        Reserve storage debt = _reserves[order.debtAsset];
        Reserve storage collateral = _reserves[order.collateralAsset];
        _accrue(order.debtAsset, debt);
        _accrue(order.collateralAsset, collateral);
        if (paid) debt.cash += plan.seizure.repaidAssets;
        else debt.claims += plan.seizure.repaidAssets;
        _burnDebt(order.debtAsset, debt, order.user, plan.seizure.repaidAssets, plan.debtAssets);
        _moveCollateral(order, plan.seizure, collateral);
        if (plan.takesAllCollateral) deficits = _writeOffDebt(order.user);
        _updateRates(order.debtAsset, debt);
        if (order.collateralAsset != order.debtAsset) _updateRates(order.collateralAsset, collateral);
        _afterRepay(order.user, order.debtAsset);
        plan.healthAfterWad =
            _hasDebt(order.user) ? _accountSums(order.user).healthFactorWadDown() : HealthLib.NO_DEBT;
        _emitLiquidation(order, plan);
    }

    function _emitLiquidation(Order memory order, Plan memory plan) private {
        emit Liquidation(
            order.user,
            order.collateralAsset,
            order.debtAsset,
            msg.sender,
            plan.seizure.repaidAssets,
            plan.seizure.seizedAssets,
            plan.seizure.protocolFeeAssets,
            order.receiveShares,
            plan.healthBeforeWad,
            plan.healthAfterWad,
            plan.collateralPriceBase,
            plan.debtPriceBase
        );
    }

    /// @dev The treasury's fee stays in the reserve as a claim; rounding up may not take more than is there.
    function _moveCollateral(Order memory order, Seizure memory seizure, Reserve storage reserve) private {
        uint256 index = reserve.liquidityIndexRay;
        uint256 seized = seizure.seizedAssets - seizure.protocolFeeAssets;
        if (order.receiveShares) {
            uint256 scaled = seized.rayDivUp(index);
            reserve.scaledSupply[order.user] -= scaled;
            reserve.scaledSupply[msg.sender] += scaled;
        } else {
            _burnSupply(order.collateralAsset, reserve, order.user, seized);
            _takeCash(reserve, seized);
        }
        uint256 left = reserve.scaledSupply[order.user];
        uint256 fee = Math.min(seizure.protocolFeeAssets.rayDivUp(index), left);
        reserve.scaledSupply[order.user] = left - fee;
        reserve.treasuryScaled += fee;
    }
}
