// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBonusRule} from "../../interfaces/IBonusRule.sol";
import {LiquidationContext} from "../../interfaces/ILiquidationTerms.sol";
import {BonusLib} from "../../libraries/BonusLib.sol";
import {BpsMath} from "../../libraries/BpsMath.sol";

/// @title DiscountByHealth
/// @notice Collateral is sold at the price factor max(HF, 1 - maximum discount): the discount grows with the
/// violation from nothing (Euler v2). The reserve's bonus has no part in it.
/// @dev A bonus is whole basis points, rounded down: the price is at most a basis point above Euler's.
contract DiscountByHealth is IBonusRule {
    /// @notice Largest discount on the collateral's price, in bps; below 10000. 0: nobody earns anything.
    uint256 public immutable maxDiscountBps;

    constructor(uint256 maxDiscountBps_) {
        if (maxDiscountBps_ >= BpsMath.BPS) revert BonusOutOfRange("maxDiscountBps", maxDiscountBps_, BpsMath.BPS);
        maxDiscountBps = maxDiscountBps_;
    }

    /// @inheritdoc IBonusRule
    function bonusBps(LiquidationContext calldata context) external view returns (uint256) {
        return BonusLib.byDiscountBpsDown(maxDiscountBps, context.healthFactorWad);
    }

    /// @inheritdoc IBonusRule
    function boundBps(uint256) external view returns (uint256) {
        return BonusLib.byDiscountBpsDown(maxDiscountBps, 0);
    }
}
