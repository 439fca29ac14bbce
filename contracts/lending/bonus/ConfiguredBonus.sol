// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBonusRule} from "../../interfaces/IBonusRule.sol";
import {LiquidationContext} from "../../interfaces/ILiquidationTerms.sol";

/// @title ConfiguredBonus
/// @notice The bonus that is configured for the collateral's reserve, whatever the account's state (Aave v3,
/// Compound v2).
contract ConfiguredBonus is IBonusRule {
    /// @inheritdoc IBonusRule
    function bonusBps(LiquidationContext calldata context) external pure returns (uint256) {
        return context.configuredBonusBps;
    }

    /// @inheritdoc IBonusRule
    function boundBps(uint256 configuredBonusBps) external pure returns (uint256) {
        return configuredBonusBps;
    }
}
