// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {LiquidationContext} from "./ILiquidationTerms.sol";

/// @title IBonusRule
/// @notice At what bonus an unhealthy account is liquidated. Rules are read-only for the pool that asks and may
/// wrap one another.
interface IBonusRule {
    /// @notice A constructor parameter lies outside of its bounds.
    error BonusOutOfRange(bytes32 parameter, uint256 given, uint256 limit);

    /// @notice Collateral seized above par, in bps: 500 means 5 %.
    function bonusBps(LiquidationContext calldata context) external view returns (uint256);

    /// @notice Most that `bonusBps` can return for a reserve with this configured bonus, in bps.
    function boundBps(uint256 configuredBonusBps) external view returns (uint256);
}
