// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {RayMath} from "./RayMath.sol";

/// @notice A yearly rate over utilisation, in bps: `baseRateBps`, plus `slopeLowBps` per unit of utilisation up to
/// the kink, plus `slopeHighBps` per unit beyond it.
struct KinkedCurve {
    uint16 kinkBps;
    uint32 baseRateBps;
    uint32 slopeLowBps;
    uint32 slopeHighBps;
}

/// @title KinkedCurveLib
/// @notice Curves of Compound III over U = debt / supply, which exceeds 1 where reserves are lent out too.
library KinkedCurveLib {
    using RayMath for uint256;

    /// @dev One basis point in ray.
    uint256 private constant BP_RAY = 1e23;
    /// @dev 1000 % a year: the curve is flat from there on.
    uint256 internal constant MAX_RATE_RAY = 10e27;
    uint256 private constant MAX_USE_RAY = 1e36;

    /// @notice debt / supplied in ray, at most 1e9; 0 without supply, as Compound III has it. Rounded down.
    function utilisationRayDown(uint256 debt, uint256 supplied) internal pure returns (uint256) {
        if (supplied == 0) return 0;
        if (debt / supplied >= MAX_USE_RAY / RayMath.RAY) return MAX_USE_RAY;
        return debt.rayDivDown(supplied);
    }

    /// @notice debt / supplied in ray, at most 1e9; 0 without supply, as Compound III has it. Rounded up.
    function utilisationRayUp(uint256 debt, uint256 supplied) internal pure returns (uint256) {
        if (supplied == 0) return 0;
        if (debt / supplied >= MAX_USE_RAY / RayMath.RAY) return MAX_USE_RAY;
        return debt.rayDivUp(supplied);
    }

    /// @notice Yearly rate in ray at a utilisation, rounded down.
    function rateRayDown(KinkedCurve memory curve, uint256 usedRay) internal pure returns (uint256) {
        return _rateRay(curve, usedRay, Math.Rounding.Floor);
    }

    /// @notice Yearly rate in ray at a utilisation, rounded up.
    function rateRayUp(KinkedCurve memory curve, uint256 usedRay) internal pure returns (uint256) {
        return _rateRay(curve, usedRay, Math.Rounding.Ceil);
    }

    function _rateRay(
        KinkedCurve memory curve,
        uint256 usedRay,
        Math.Rounding rounding
    ) private pure returns (uint256) {
        uint256 lowRay = Math.min(usedRay, uint256(curve.kinkBps) * BP_RAY);
        uint256 rateRay =
            uint256(curve.baseRateBps) * BP_RAY +
                Math.mulDiv(uint256(curve.slopeLowBps) * BP_RAY, lowRay, RayMath.RAY, rounding) +
                Math.mulDiv(uint256(curve.slopeHighBps) * BP_RAY, usedRay - lowRay, RayMath.RAY, rounding);
        return Math.min(rateRay, MAX_RATE_RAY);
    }
}
