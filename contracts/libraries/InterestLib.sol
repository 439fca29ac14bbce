// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {RayMath} from "./RayMath.sol";

/// @title InterestLib
/// @notice Growth factors of an index over a time at a yearly rate (a year has 365 days).
library InterestLib {
    using RayMath for uint256;

    uint256 internal constant YEAR_S = 365 days;

    /// @notice 1 + r t in ray, rounded down: suppliers.
    function linearFactorRayDown(uint256 rateRay, uint256 elapsedS) internal pure returns (uint256) {
        return RayMath.RAY + (rateRay * elapsedS) / YEAR_S;
    }

    /// @notice 1 + x + x^2/2 + x^3/6 in ray with x = r t, each term rounded up: borrowers.
    /// @dev The series of e^x to its third power, as Aave v3.6 compounds; below e^x by less than x^4/24 * e^x.
    function compoundFactorRayUp(uint256 rateRay, uint256 elapsedS) internal pure returns (uint256) {
        uint256 xRay = Math.ceilDiv(rateRay * elapsedS, YEAR_S);
        uint256 x2Ray = xRay.rayMulUp(xRay);
        uint256 x3Ray = x2Ray.rayMulUp(xRay);
        return RayMath.RAY + xRay + Math.ceilDiv(x2Ray, 2) + Math.ceilDiv(x3Ray, 6);
    }
}
