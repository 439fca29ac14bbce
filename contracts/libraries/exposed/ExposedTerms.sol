// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBonusRule} from "../../interfaces/IBonusRule.sol";
import {ILiquidationTerms, LiquidationContext, LiquidationOffer} from "../../interfaces/ILiquidationTerms.sol";
import {BonusLib} from "../BonusLib.sol";
import {TermsLib} from "../TermsLib.sol";

/// @title ExposedTerms
/// @notice Terms, bonus rules and their formulas asked many times in one call, so that tests hold them against
/// their mirrors. No protocol calls it.
contract ExposedTerms {
    /// @notice Offers of `terms` for each context.
    function offers(
        ILiquidationTerms terms,
        LiquidationContext[] calldata contexts
    ) external view returns (LiquidationOffer[] memory results) {
        results = new LiquidationOffer[](contexts.length);
        for (uint256 i = 0; i < contexts.length; ++i) results[i] = terms.offer(contexts[i]);
    }

    /// @notice Bonuses of `rule` for each context, in bps.
    function bonuses(
        IBonusRule rule,
        LiquidationContext[] calldata contexts
    ) external view returns (uint256[] memory results) {
        results = new uint256[](contexts.length);
        for (uint256 i = 0; i < contexts.length; ++i) results[i] = rule.bonusBps(contexts[i]);
    }

    /// @notice `TermsLib.targetRepaymentBaseUp` of each row of arguments.
    function targetRepaymentBaseUp(uint256[5][] calldata rows) external pure returns (uint256[] memory results) {
        results = new uint256[](rows.length);
        for (uint256 i = 0; i < rows.length; ++i) {
            uint256[5] calldata row = rows[i];
            results[i] = TermsLib.targetRepaymentBaseUp(row[0], row[1], row[2], row[3], row[4]);
        }
    }

    /// @notice A formula of `BonusLib` of each row of arguments: by health, discount, volatility, time, guarded.
    function bonusFormula(
        uint256 formula,
        uint256[4][] calldata rows
    ) external pure returns (uint256[] memory results) {
        results = new uint256[](rows.length);
        for (uint256 i = 0; i < rows.length; ++i) {
            uint256[4] calldata row = rows[i];
            if (formula == 0) results[i] = BonusLib.byHealthBpsDown(row[0], row[1], row[2], row[3]);
            else if (formula == 1) results[i] = BonusLib.byDiscountBpsDown(row[0], row[1]);
            else if (formula == 2) results[i] = BonusLib.byVolatilityBpsDown(row[0], row[1], row[2], row[3]);
            else if (formula == 3) results[i] = BonusLib.fermentedBpsDown(row[0], row[1], row[2], row[3]);
            else results[i] = BonusLib.guardedBpsDown(row[0], row[1], row[2], row[3]);
        }
    }
}
