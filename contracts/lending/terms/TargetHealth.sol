// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IBonusRule} from "../../interfaces/IBonusRule.sol";
import {ILiquidationTerms, LiquidationContext, LiquidationRemainder} from "../../interfaces/ILiquidationTerms.sol";
import {BpsMath} from "../../libraries/BpsMath.sol";
import {HealthLib} from "../../libraries/HealthLib.sol";
import {TermsLib} from "../../libraries/TermsLib.sol";
import {BonusTerms} from "./BonusTerms.sol";

/// @title TargetHealth
/// @notice Terms of Aave v4. One call may repay what lifts the account to a target health factor, rounded up:
/// D (HF_T - HF) / (HF_T - LT (1 + b)). If that would leave a side of the pair below the dust limit, the whole
/// reserve debt may be repaid. A partial liquidation leaves at least `dustBase` on both sides.
/// @dev Where LT (1 + b) reaches the target, no repayment can lift the account to it; then everything may be
/// repaid. Whether that can happen is decided by the reserves' bonus, which the terms do not know when they are
/// deployed. Aave v4: target 1.05e18, dust 1000e8.
contract TargetHealth is BonusTerms {
    /// @param targetHealthWad Health factor after a liquidation of the allowed size; at least 1e18.
    /// @param dustBase Least value that a partial liquidation leaves on each side of the pair.
    struct Params {
        uint256 targetHealthWad;
        uint256 dustBase;
    }

    uint256 public immutable targetHealthWad;
    uint256 public immutable dustBase;

    constructor(
        IBonusRule bonusRule_,
        bool feeOnSeized_,
        Params memory params
    ) BonusTerms(bonusRule_, feeOnSeized_) {
        if (params.targetHealthWad < 1e18) revert TermsOutOfRange("targetHealthWad", params.targetHealthWad, 1e18);
        targetHealthWad = params.targetHealthWad;
        dustBase = params.dustBase;
    }

    /// @inheritdoc ILiquidationTerms
    function checkRemainder(LiquidationContext calldata, LiquidationRemainder calldata left) external view {
        if (left.debtAssets == 0 || left.collateralAssets == 0) return;
        if (left.debtBase < dustBase || left.collateralBase < dustBase) {
            revert MustNotLeaveDust(left.debtBase, left.collateralBase, dustBase);
        }
    }

    /// @inheritdoc BonusTerms
    function _maxDebtAssets(
        LiquidationContext calldata context,
        uint256 bonusBps
    ) internal view override returns (uint256) {
        uint256 debtAssets = context.reserveDebtAssets;
        uint256 repaidBase = TermsLib.targetRepaymentBaseUp(
            context.totalDebtBase,
            context.healthFactorWad,
            targetHealthWad,
            context.liquidationThresholdBps,
            bonusBps
        );
        if (repaidBase >= context.reserveDebtBase) return debtAssets;
        uint256 repaid = Math.mulDiv(repaidBase, context.debtUnit, context.debtPriceBase, Math.Rounding.Ceil);
        if (repaid >= debtAssets) return debtAssets;
        uint256 leftDebtBase = HealthLib.valueDown(debtAssets - repaid, context.debtPriceBase, context.debtUnit);
        uint256 seizedBase = BpsMath.bpsMulUp(repaidBase, BpsMath.BPS + bonusBps);
        bool leavesDust = leftDebtBase < dustBase || context.reserveCollateralBase < seizedBase + dustBase;
        return leavesDust ? debtAssets : repaid;
    }
}
