// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBonusRule} from "../../interfaces/IBonusRule.sol";
import {LiquidationContext} from "../../interfaces/ILiquidationTerms.sol";
import {BonusLib} from "../../libraries/BonusLib.sol";
import {BpsMath} from "../../libraries/BpsMath.sol";

/// @title BonusByHealth
/// @notice The reserve's bonus at and below a health factor; from there it falls linearly to a share of itself
/// at health 1 (Aave v4).
/// @dev With both parameters 0 it is b (1 - HF), the health-linked incentive of arXiv 2510.10171.
contract BonusByHealth is IBonusRule {
    /// @notice Share of the reserve's bonus that is paid at health 1, in bps.
    uint256 public immutable minShareBps;
    /// @notice Health factor at and below which the whole bonus is paid; below 1e18.
    uint256 public immutable maxBonusHealthWad;

    constructor(uint256 minShareBps_, uint256 maxBonusHealthWad_) {
        if (minShareBps_ > BpsMath.BPS) revert BonusOutOfRange("minShareBps", minShareBps_, BpsMath.BPS);
        if (maxBonusHealthWad_ >= 1e18) revert BonusOutOfRange("maxBonusHealthWad", maxBonusHealthWad_, 1e18);
        minShareBps = minShareBps_;
        maxBonusHealthWad = maxBonusHealthWad_;
    }

    /// @inheritdoc IBonusRule
    function bonusBps(LiquidationContext calldata context) external view returns (uint256) {
        return
            BonusLib.byHealthBpsDown(
                context.configuredBonusBps,
                minShareBps,
                maxBonusHealthWad,
                context.healthFactorWad
            );
    }

    /// @inheritdoc IBonusRule
    function boundBps(uint256 configuredBonusBps) external pure returns (uint256) {
        return configuredBonusBps;
    }
}
