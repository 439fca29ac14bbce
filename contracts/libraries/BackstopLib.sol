// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BpsMath} from "./BpsMath.sol";

/// @notice A collateral against a debt asset. Units are 10 ** decimals, prices have 8 decimals.
struct Pair {
    uint256 collateralPriceBase;
    uint256 collateralUnit;
    uint256 debtPriceBase;
    uint256 debtUnit;
}

/// @title BackstopLib
/// @notice What absorbed collateral is credited at and sold for, as Compound III defines them.
library BackstopLib {
    uint256 private constant FACTOR_UNIT = BpsMath.BPS ** 2;

    /// @notice Credit for collateral, in the debt asset: its value times the liquidation factor, rounded down.
    function creditDown(uint256 assets, Pair memory pair, uint256 factorBps) internal pure returns (uint256) {
        uint256 value = assets * pair.collateralPriceBase;
        return
            Math.mulDiv(value, pair.debtUnit * factorBps, pair.debtPriceBase * pair.collateralUnit * BpsMath.BPS);
    }

    /// @notice Price factor of a sale, in units of 1e-8: 1 - storefrontFactor * (1 - liquidationFactor).
    function priceFactor(uint256 storefrontFactorBps, uint256 factorBps) internal pure returns (uint256) {
        return FACTOR_UNIT - storefrontFactorBps * (BpsMath.BPS - factorBps);
    }

    /// @notice Collateral that a payment buys, rounded down.
    function soldDown(uint256 paidAssets, Pair memory pair, uint256 factor) internal pure returns (uint256) {
        return
            Math.mulDiv(
                paidAssets * pair.debtPriceBase,
                pair.collateralUnit * FACTOR_UNIT,
                pair.collateralPriceBase * pair.debtUnit * factor
            );
    }

    /// @notice What collateral costs, rounded up; never more than a payment that buys it.
    function costUp(uint256 soldAssets, Pair memory pair, uint256 factor) internal pure returns (uint256) {
        return
            Math.mulDiv(
                soldAssets * pair.collateralPriceBase,
                pair.debtUnit * factor,
                pair.debtPriceBase * pair.collateralUnit * FACTOR_UNIT,
                Math.Rounding.Ceil
            );
    }
}
