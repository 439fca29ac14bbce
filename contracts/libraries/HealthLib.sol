// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BpsMath} from "./BpsMath.sol";

/// @notice Sums over the reserves of an account.
/// @param collateralBase Value of its collateral, in base units (US dollars with 8 decimals).
/// @param debtBase Value of its debt, in base units.
/// @param ltvWeighted Sum of collateral value times LTV in bps.
/// @param thresholdWeighted Sum of collateral value times liquidation threshold in bps.
struct AccountSums {
    uint256 collateralBase;
    uint256 debtBase;
    uint256 ltvWeighted;
    uint256 thresholdWeighted;
}

/// @title HealthLib
/// @notice Value of an account's collateral and debt, and its health factor
/// HF = sum(collateral_i * LT_i) / debt, as Aave v3.6 defines and rounds them.
library HealthLib {
    /// @notice Health factor of an account without debt.
    uint256 internal constant NO_DEBT = type(uint256).max;

    /// @notice Value of `assets` at a price with 8 decimals, rounded down: collateral.
    function valueDown(uint256 assets, uint256 priceBase, uint256 unit) internal pure returns (uint256) {
        return Math.mulDiv(assets, priceBase, unit);
    }

    /// @notice Value of `assets` at a price with 8 decimals, rounded up: debt. At least 1 for any debt.
    function valueUp(uint256 assets, uint256 priceBase, uint256 unit) internal pure returns (uint256) {
        return Math.mulDiv(assets, priceBase, unit, Math.Rounding.Ceil);
    }

    /// @notice Adds collateral of value `base` to `sums`.
    function addCollateral(
        AccountSums memory sums,
        uint256 base,
        uint256 ltvBps,
        uint256 thresholdBps
    ) internal pure {
        addWeighted(sums, base, base * ltvBps, base * thresholdBps);
    }

    /// @notice Adds collateral of value `base` that counts for the weighted values given.
    function addWeighted(
        AccountSums memory sums,
        uint256 base,
        uint256 ltvWeighted,
        uint256 thresholdWeighted
    ) internal pure {
        sums.collateralBase += base;
        sums.ltvWeighted += ltvWeighted;
        sums.thresholdWeighted += thresholdWeighted;
    }

    /// @notice Health factor in wad, rounded down.
    function healthFactorWadDown(AccountSums memory sums) internal pure returns (uint256) {
        if (sums.debtBase == 0) return NO_DEBT;
        return Math.mulDiv(sums.thresholdWeighted, 1e18, sums.debtBase) / BpsMath.BPS;
    }

    /// @notice Most debt, in base units, that the collateral lets its owner take.
    function maxDebtBaseDown(AccountSums memory sums) internal pure returns (uint256) {
        return sums.ltvWeighted / BpsMath.BPS;
    }

    /// @notice Average of a weighted sum over the collateral, in bps; 0 without collateral.
    function averageBpsDown(uint256 weighted, uint256 collateralBase) internal pure returns (uint256) {
        return collateralBase == 0 ? 0 : weighted / collateralBase;
    }
}
