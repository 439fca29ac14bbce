// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBonusRule} from "../../interfaces/IBonusRule.sol";
import {ILiquidationTerms, LiquidationContext, LiquidationRemainder} from "../../interfaces/ILiquidationTerms.sol";
import {BpsMath} from "../../libraries/BpsMath.sol";
import {LiquidationLib} from "../../libraries/LiquidationLib.sol";
import {BonusTerms} from "./BonusTerms.sol";

/// @title TotalDebtCloseFactor
/// @notice Terms of Aave v3.6. One call may repay the whole debt of a reserve if the account is far below
/// health 1, or if either side of the pair is small; otherwise at most a share of the account's total debt.
/// A partial liquidation leaves at least `minLeftoverBase` on both sides.
/// @dev The defaults of Aave: closeFactorBps 5000, fullCloseHealthWad 0.95e18, fullCloseBelowBase 2000e8,
/// minLeftoverBase 1000e8.
contract TotalDebtCloseFactor is BonusTerms {
    /// @param closeFactorBps Share of the total debt that one call may repay, in bps; 0 < it <= 10000.
    /// @param fullCloseHealthWad Health factor at and below which the whole reserve debt may be repaid.
    /// @param fullCloseBelowBase Value of the pair's collateral or debt below which it may too.
    /// @param minLeftoverBase Least value that a partial liquidation leaves on each side of the pair.
    struct Params {
        uint16 closeFactorBps;
        uint256 fullCloseHealthWad;
        uint256 fullCloseBelowBase;
        uint256 minLeftoverBase;
    }

    uint256 public immutable closeFactorBps;
    uint256 public immutable fullCloseHealthWad;
    uint256 public immutable fullCloseBelowBase;
    uint256 public immutable minLeftoverBase;

    constructor(
        IBonusRule bonusRule_,
        bool feeOnSeized_,
        Params memory params
    ) BonusTerms(bonusRule_, feeOnSeized_) {
        if (params.closeFactorBps == 0 || params.closeFactorBps > BpsMath.BPS) {
            revert TermsOutOfRange("closeFactorBps", params.closeFactorBps, BpsMath.BPS);
        }
        closeFactorBps = params.closeFactorBps;
        fullCloseHealthWad = params.fullCloseHealthWad;
        fullCloseBelowBase = params.fullCloseBelowBase;
        minLeftoverBase = params.minLeftoverBase;
    }

    /// @inheritdoc ILiquidationTerms
    function checkRemainder(LiquidationContext calldata, LiquidationRemainder calldata left) external view {
        if (left.debtAssets == 0 || left.collateralAssets == 0) return;
        if (left.debtBase < minLeftoverBase || left.collateralBase < minLeftoverBase) {
            revert MustNotLeaveDust(left.debtBase, left.collateralBase, minLeftoverBase);
        }
    }

    /// @inheritdoc BonusTerms
    function _maxDebtAssets(
        LiquidationContext calldata context,
        uint256
    ) internal view override returns (uint256) {
        bool full =
            context.healthFactorWad <= fullCloseHealthWad ||
                context.reserveCollateralBase < fullCloseBelowBase ||
                context.reserveDebtBase < fullCloseBelowBase;
        if (full) return context.reserveDebtAssets;
        uint256 closableBase = BpsMath.bpsMulHalfUp(context.totalDebtBase, closeFactorBps);
        if (context.reserveDebtBase <= closableBase) return context.reserveDebtAssets;
        return LiquidationLib.assetsDown(closableBase, context.debtPriceBase, context.debtUnit);
    }
}
