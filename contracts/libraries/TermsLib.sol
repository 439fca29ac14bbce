// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BpsMath} from "./BpsMath.sol";

/// @title TermsLib
/// @notice Formulas of how much of a debt may be repaid at once.
library TermsLib {
    /// @notice No limit: more than any debt.
    uint256 internal constant EVERYTHING = type(uint256).max;

    /// @notice LT * (1 + bonus) in wad, exact. A repayment raises the health factor if it is above this, and
    /// lowers it if it is below: HF' - HF = r (HF - LT (1 + b)) / (D - r).
    function toxicHealthWad(uint256 liquidationThresholdBps, uint256 bonusBps) internal pure returns (uint256) {
        return liquidationThresholdBps * (BpsMath.BPS + bonusBps) * 1e10;
    }

    /// @notice Value of the repayment that lifts the health factor to a target, rounded up:
    /// D (HF_T - HF) / (HF_T - LT (1 + b)) (Aave v4).
    /// @dev `EVERYTHING` if no repayment gets there, because the denominator is not positive.
    /// @param totalDebtBase Value of all debt of the account, in base units.
    /// @param healthFactorWad Its health factor before.
    /// @param targetHealthWad Health factor to reach.
    /// @param liquidationThresholdBps Threshold of the collateral seized.
    /// @param bonusBps Collateral seized above par.
    function targetRepaymentBaseUp(
        uint256 totalDebtBase,
        uint256 healthFactorWad,
        uint256 targetHealthWad,
        uint256 liquidationThresholdBps,
        uint256 bonusBps
    ) internal pure returns (uint256) {
        if (healthFactorWad >= targetHealthWad) return 0;
        uint256 toxicWad = toxicHealthWad(liquidationThresholdBps, bonusBps);
        if (targetHealthWad <= toxicWad) return EVERYTHING;
        return
            Math.mulDiv(
                totalDebtBase,
                targetHealthWad - healthFactorWad,
                targetHealthWad - toxicWad,
                Math.Rounding.Ceil
            );
    }
}
