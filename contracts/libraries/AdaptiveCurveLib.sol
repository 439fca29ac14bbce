// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

/// @notice Parameters of an adaptive curve. Rates are per second in wad, all numbers signed for the arithmetic.
/// @param steepnessWad Rate at full use over the rate at the target; its inverse at no use. Above 1.
/// @param targetWad Utilisation at which the rate stays.
/// @param speedPerSecondWad How fast the logarithm of the rate moves at an error of 1.
/// @param minRateWad Lowest rate at the target.
/// @param maxRateWad Highest rate at the target.
/// @param initialRateWad First rate at the target.
struct CurveParams {
    int256 steepnessWad;
    int256 targetWad;
    int256 speedPerSecondWad;
    int256 minRateWad;
    int256 maxRateWad;
    int256 initialRateWad;
}

/// @title AdaptiveCurveLib
/// @notice A rate that leans on utilisation at once and drifts with it over time, as Morpho's does. With the
/// error e = (U - target) / max distance of U on its side, in [-1, 1]:
///
///     rate = rateAtTarget * (1 + e (C - 1))      for e >= 0
///     rate = rateAtTarget * (1 + e (1 - 1 / C))  for e <  0
///     d ln(rateAtTarget) / dt = speed * e
///
/// All divisions round towards zero.
library AdaptiveCurveLib {
    int256 internal constant WAD = 1e18;
    /// @dev e to this power takes any rate from bound to bound, and fits; a longer silence is the same.
    int256 private constant MAX_EXPONENT_WAD = 100e18;

    /// @notice Debt over supply in wad, rounded down; above 1 only if debt exceeds supply, and 0 without supply.
    function utilisationWadDown(uint256 supplyAssets, uint256 borrowAssets) internal pure returns (int256) {
        if (supplyAssets == 0) return 0;
        return int256(FixedPointMathLib.fullMulDiv(borrowAssets, uint256(WAD), supplyAssets));
    }

    /// @notice Signed, normalised distance of the utilisation from its target.
    function errorWad(CurveParams memory params, int256 usedWad) internal pure returns (int256) {
        int256 widest = usedWad > params.targetWad ? WAD - params.targetWad : params.targetWad;
        return ((usedWad - params.targetWad) * WAD) / widest;
    }

    /// @notice Rate per second at an error.
    function rateWad(
        CurveParams memory params,
        int256 rateAtTargetWad,
        int256 errWad
    ) internal pure returns (int256) {
        int256 slopeWad = errWad < 0 ? WAD - (WAD * WAD) / params.steepnessWad : params.steepnessWad - WAD;
        return (((slopeWad * errWad) / WAD + WAD) * rateAtTargetWad) / WAD;
    }

    /// @notice Rate at the target after `elapsedS` at a constant error, and its mean over that time by the
    /// trapezoidal rule on the two halves. A rate that was never set starts, and stays, at the initial one.
    function adapt(
        CurveParams memory params,
        int256 startWad,
        int256 errWad,
        uint256 elapsedS
    ) internal pure returns (int256 meanWad, int256 endWad) {
        if (startWad == 0) return (params.initialRateWad, params.initialRateWad);
        int256 exponentWad = ((params.speedPerSecondWad * errWad) / WAD) * int256(elapsedS);
        if (exponentWad == 0) return (startWad, startWad);
        endWad = _grownWad(params, startWad, exponentWad);
        meanWad = (startWad + endWad + 2 * _grownWad(params, startWad, exponentWad / 2)) / 4;
    }

    /// @dev start * e^exponent within the bounds.
    function _grownWad(
        CurveParams memory params,
        int256 startWad,
        int256 exponentWad
    ) private pure returns (int256) {
        int256 exponent = FixedPointMathLib.clamp(exponentWad, -MAX_EXPONENT_WAD, MAX_EXPONENT_WAD);
        int256 grown = (startWad * FixedPointMathLib.expWad(exponent)) / WAD;
        return FixedPointMathLib.clamp(grown, params.minRateWad, params.maxRateWad);
    }
}
