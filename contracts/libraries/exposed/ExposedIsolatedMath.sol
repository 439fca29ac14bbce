// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {AdaptiveCurveLib, CurveParams} from "../AdaptiveCurveLib.sol";
import {IsolatedMarketLib, IsolatedSeizure, MarketTotals, SeizeOrRepay} from "../IsolatedMarketLib.sol";
import {PreLiquidationLib} from "../PreLiquidationLib.sol";
import {SharesLib} from "../SharesLib.sol";

/// @title ExposedIsolatedMath
/// @notice The formulas of isolated markets asked many times in one call, so that tests hold them against their
/// mirrors. No protocol calls it.
contract ExposedIsolatedMath {
    /// @notice All four conversions of each row: amount, total assets, total shares.
    function conversions(uint256[3][] calldata rows) external pure returns (uint256[4][] memory results) {
        results = new uint256[4][](rows.length);
        for (uint256 i = 0; i < rows.length; ++i) {
            (uint256 amount, uint256 assets, uint256 shares) = (rows[i][0], rows[i][1], rows[i][2]);
            results[i][0] = SharesLib.toAssetsDown(amount, assets, shares);
            results[i][1] = SharesLib.toAssetsUp(amount, assets, shares);
            results[i][2] = SharesLib.toSharesDown(amount, assets, shares);
            results[i][3] = SharesLib.toSharesUp(amount, assets, shares);
        }
    }

    /// @notice Most debt and health of each row: collateral, debt, price, LLTV.
    function health(uint256[4][] calldata rows) external pure returns (uint256[2][] memory results) {
        results = new uint256[2][](rows.length);
        for (uint256 i = 0; i < rows.length; ++i) {
            uint256[4] calldata row = rows[i];
            results[i][0] = IsolatedMarketLib.maxDebtDown(row[0], row[2], row[3]);
            results[i][1] = IsolatedMarketLib.healthFactorWadDown(row[0], row[1], row[2], row[3]);
        }
    }

    /// @notice Incentive of each LLTV.
    function incentives(uint256[] calldata lltvsWad) external pure returns (uint256[] memory results) {
        results = new uint256[](lltvsWad.length);
        for (uint256 i = 0; i < lltvsWad.length; ++i) {
            results[i] = IsolatedMarketLib.incentiveFactorWadDown(lltvsWad[i]);
        }
    }

    /// @notice Seizure of each row: seized assets, repaid shares, borrowed assets, borrowed shares, price, incentive.
    function seizures(uint256[6][] calldata rows) external pure returns (IsolatedSeizure[] memory results) {
        results = new IsolatedSeizure[](rows.length);
        for (uint256 i = 0; i < rows.length; ++i) {
            uint256[6] calldata row = rows[i];
            MarketTotals memory totals = MarketTotals(0, 0, row[2], row[3]);
            results[i] = IsolatedMarketLib.seizure(SeizeOrRepay(row[0], row[1]), totals, row[4], row[5]);
        }
    }

    /// @notice Interest of each row: assets, rate per second, seconds.
    function interest(uint256[3][] calldata rows) external pure returns (uint256[] memory results) {
        results = new uint256[](rows.length);
        for (uint256 i = 0; i < rows.length; ++i) {
            results[i] = IsolatedMarketLib.interestUp(rows[i][0], rows[i][1], rows[i][2]);
        }
    }

    /// @notice Distance and a value at it, of each row: LTV, its two limits, first and last value.
    function preLiquidations(uint256[5][] calldata rows) external pure returns (uint256[2][] memory results) {
        results = new uint256[2][](rows.length);
        for (uint256 i = 0; i < rows.length; ++i) {
            uint256[5] calldata row = rows[i];
            results[i][0] = PreLiquidationLib.distanceWadDown(row[0], row[1], row[2]);
            results[i][1] = PreLiquidationLib.interpolateWadDown(row[3], row[4], results[i][0]);
        }
    }

    /// @notice e to the power of each number, in wad.
    function exponentials(int256[] calldata xsWad) external pure returns (int256[] memory results) {
        results = new int256[](xsWad.length);
        for (uint256 i = 0; i < xsWad.length; ++i) {
            results[i] = FixedPointMathLib.expWad(xsWad[i]);
        }
    }

    /// @notice Utilisation, error, mean and end of the rate at the target, and the mean rate, of each row: supplied
    /// and borrowed assets, rate at the target, seconds.
    function curves(
        CurveParams calldata params,
        uint256[4][] calldata rows
    ) external pure returns (int256[5][] memory results) {
        results = new int256[5][](rows.length);
        for (uint256 i = 0; i < rows.length; ++i) {
            uint256[4] calldata row = rows[i];
            int256 usedWad = AdaptiveCurveLib.utilisationWadDown(row[0], row[1]);
            int256 errWad = AdaptiveCurveLib.errorWad(params, usedWad);
            (int256 mean, int256 end) = AdaptiveCurveLib.adapt(params, int256(row[2]), errWad, row[3]);
            results[i] = [usedWad, errWad, mean, end, AdaptiveCurveLib.rateWad(params, mean, errWad)];
        }
    }
}
