// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBonusRule} from "../../interfaces/IBonusRule.sol";
import {ILiquidationTerms, LiquidationContext, LiquidationOffer} from "../../interfaces/ILiquidationTerms.sol";

/// @title BonusTerms
/// @notice Terms composed of an amount rule, which derived contracts add, and a bonus rule.
abstract contract BonusTerms is ILiquidationTerms {
    /// @notice Rule that sets the bonus.
    IBonusRule public immutable bonusRule;
    /// @notice Whether the protocol's fee is a share of everything seized instead of the bonus.
    bool public immutable feeOnSeized;

    constructor(IBonusRule bonusRule_, bool feeOnSeized_) {
        bonusRule = bonusRule_;
        feeOnSeized = feeOnSeized_;
    }

    /// @inheritdoc ILiquidationTerms
    function offer(LiquidationContext calldata context) external view returns (LiquidationOffer memory) {
        uint256 bonusBps = bonusRule.bonusBps(context);
        return LiquidationOffer(_maxDebtAssets(context, bonusBps), bonusBps, feeOnSeized);
    }

    /// @inheritdoc ILiquidationTerms
    function bonusBoundBps(uint256 configuredBonusBps) external view returns (uint256) {
        return bonusRule.boundBps(configuredBonusBps);
    }

    /// @dev The amount rule: most that one call may repay, in smallest units of the debt asset.
    function _maxDebtAssets(
        LiquidationContext calldata context,
        uint256 bonusBps
    ) internal view virtual returns (uint256);
}
