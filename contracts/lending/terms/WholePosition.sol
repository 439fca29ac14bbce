// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBonusRule} from "../../interfaces/IBonusRule.sol";
import {ILiquidationTerms, LiquidationContext, LiquidationRemainder} from "../../interfaces/ILiquidationTerms.sol";
import {BonusTerms} from "./BonusTerms.sol";

/// @title WholePosition
/// @notice No close factor: one call may repay the whole debt of a reserve, as far as the collateral reaches
/// (Euler v2, Morpho Blue). Anything may be left over.
contract WholePosition is BonusTerms {
    constructor(IBonusRule bonusRule_, bool feeOnSeized_) BonusTerms(bonusRule_, feeOnSeized_) {}

    /// @inheritdoc ILiquidationTerms
    function checkRemainder(LiquidationContext calldata, LiquidationRemainder calldata) external pure {}

    /// @inheritdoc BonusTerms
    function _maxDebtAssets(
        LiquidationContext calldata context,
        uint256
    ) internal pure override returns (uint256) {
        return context.reserveDebtAssets;
    }
}
