// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BpsMath} from "./BpsMath.sol";
import {RayMath} from "./RayMath.sol";

/// @notice Kinked borrow rate, in bps a year: `baseRateBps` at no utilisation, plus `slope1Bps` at the
/// optimum, plus `slope2Bps` at full utilisation.
struct RateParams {
    uint16 optimalUtilisationBps;
    uint32 baseRateBps;
    uint32 slope1Bps;
    uint32 slope2Bps;
}

/// @title KinkedRateLib
/// @notice Two-slope rates as in Aave V3: borrowers pay by the use of cash, U = debt / (cash + debt); suppliers
/// get that interest, less the treasury's share, spread over all claims, so that what nobody pays interest on dilutes it.
library KinkedRateLib {
    using RayMath for uint256;

    /// @dev One basis point in ray.
    uint256 private constant BP_RAY = 1e23;

    /// @notice Yearly borrow rate in ray, rounded up.
    function borrowRateRayUp(
        RateParams memory params,
        uint256 cash,
        uint256 debt
    ) internal pure returns (uint256 rateRay) {
        rateRay = uint256(params.baseRateBps) * BP_RAY;
        if (debt == 0) return rateRay;
        uint256 usedRay = debt.rayDivUp(cash + debt);
        uint256 optimalRay = uint256(params.optimalUtilisationBps) * BP_RAY;
        uint256 slope1Ray = uint256(params.slope1Bps) * BP_RAY;
        if (usedRay <= optimalRay) {
            return rateRay + Math.mulDiv(slope1Ray, usedRay, optimalRay, Math.Rounding.Ceil);
        }
        rateRay += slope1Ray;
        rateRay += Math.mulDiv(
            uint256(params.slope2Bps) * BP_RAY,
            usedRay - optimalRay,
            RayMath.RAY - optimalRay,
            Math.Rounding.Ceil
        );
    }

    /// @notice Yearly supply rate in ray, rounded down.
    function supplyRateRayDown(
        uint256 borrowRateRay,
        uint256 cash,
        uint256 debt,
        uint256 unbacked,
        uint256 reserveFactorBps
    ) internal pure returns (uint256) {
        if (debt == 0) return 0;
        uint256 lentRay = debt.rayDivDown(cash + debt + unbacked);
        return BpsMath.bpsMulDown(borrowRateRay.rayMulDown(lentRay), BpsMath.BPS - reserveFactorBps);
    }
}
