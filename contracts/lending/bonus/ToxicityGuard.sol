// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBonusRule} from "../../interfaces/IBonusRule.sol";
import {LiquidationContext} from "../../interfaces/ILiquidationTerms.sol";
import {BonusLib} from "../../libraries/BonusLib.sol";

/// @title ToxicityGuard
/// @notice Lowers another rule's bonus where a repayment would lower the health factor, which is where
/// HF <= LT (1 + b): to HF / LT - 1 - margin, never negative. The incentive to liquidate ends where liquidation
/// does harm (arXiv 2212.07306).
contract ToxicityGuard is IBonusRule {
    /// @notice Rule whose bonus is guarded.
    IBonusRule public immutable inner;
    /// @notice Distance kept from the frontier, in bps of the bonus.
    uint256 public immutable marginBps;

    constructor(IBonusRule inner_, uint256 marginBps_) {
        inner = inner_;
        marginBps = marginBps_;
    }

    /// @inheritdoc IBonusRule
    function bonusBps(LiquidationContext calldata context) external view returns (uint256) {
        return
            BonusLib.guardedBpsDown(
                inner.bonusBps(context),
                context.liquidationThresholdBps,
                context.healthFactorWad,
                marginBps
            );
    }

    /// @inheritdoc IBonusRule
    function boundBps(uint256 configuredBonusBps) external view returns (uint256) {
        return inner.boundBps(configuredBonusBps);
    }
}
