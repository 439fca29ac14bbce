// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ILendingPool} from "../interfaces/ILendingPool.sol";
import {LiquidationContext} from "../interfaces/ILiquidationTerms.sol";
import {ExactTransfer} from "../libraries/ExactTransfer.sol";
import {HealthLib} from "../libraries/HealthLib.sol";
import {LiquidationEngine} from "./LiquidationEngine.sol";

/// @title ExecutionDesk
/// @notice What the pool does for an execution that sells collateral over time: it hands over collateral and
/// debt, and takes payments and losses on that debt.
abstract contract ExecutionDesk is LiquidationEngine {
    using ExactTransfer for IERC20;
    using SafeERC20 for IERC20;

    modifier onlyExecution() {
        if (msg.sender != execution) revert ExecutionOnly(execution);
        _;
    }

    /// @dev What a seizure took, for its events; values and prices per collateral, in base units.
    struct Handover {
        uint256[] bases;
        uint256[] pricesBase;
        uint256 debtPriceBase;
        uint256 healthBeforeWad;
        uint256 healthAfterWad;
    }

    /// @inheritdoc ILendingPool
    function seize(
        address collateralAsset,
        address debtAsset,
        address user,
        uint256 collateralAssets,
        uint256 debtAssets
    ) external nonReentrant onlyExecution {
        Order memory order = Order(collateralAsset, debtAsset, user, debtAssets, false);
        (Plan memory plan, LiquidationContext memory context) = _assess(order);
        uint256 maxDebt = terms.offer(context).maxDebtAssets;
        if (debtAssets > maxDebt) revert ExceedsOffer(debtAssets, maxDebt);
        if (collateralAssets > plan.collateralBalance) {
            revert InsufficientBalance(collateralAssets, plan.collateralBalance);
        }
        plan.seizure.repaidAssets = debtAssets;
        plan.seizure.seizedAssets = collateralAssets;
        plan.takesAllCollateral =
            HealthLib.valueDown(collateralAssets, plan.collateralPriceBase, _unit(_reserves[collateralAsset])) ==
            context.totalCollateralBase;
        uint256[] memory deficits = _book(order, plan, false);
        IERC20(collateralAsset).safeTransfer(msg.sender, collateralAssets);
        _resolveLosses(deficits);
    }

    /// @inheritdoc ILendingPool
    function settleClaim(
        address asset,
        address user,
        uint256 paidAssets,
        uint256 lostAssets
    ) external nonReentrant onlyExecution {
        Reserve storage reserve = _reserve(asset);
        _accrue(asset, reserve);
        uint256 due = Math.min(paidAssets, reserve.claims - lostAssets);
        reserve.claims -= due + lostAssets;
        reserve.deficit += lostAssets;
        reserve.cash += paidAssets;
        _creditTreasury(reserve, paidAssets - due);
        _updateRates(asset, reserve);
        emit ClaimSettled(asset, user, paidAssets, lostAssets);
        if (lostAssets != 0) emit DeficitCreated(user, asset, lostAssets);
        IERC20(asset).pull(msg.sender, paidAssets);
        if (lostAssets != 0) _resolveLoss(asset, lostAssets);
    }

    /// @inheritdoc ILendingPool
    function creditSupply(address asset, address user, uint256 assets) external nonReentrant onlyExecution {
        Reserve storage reserve = _reserve(asset);
        _accrue(asset, reserve);
        _mintSupply(asset, reserve, user, assets);
        reserve.claims += assets;
        _updateRates(asset, reserve);
        emit SupplyCredited(asset, user, assets);
    }
}
