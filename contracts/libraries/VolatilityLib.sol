// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

/// @title VolatilityLib
/// @notice Exponentially weighted variance of log returns, per year. All results round down.
library VolatilityLib {
    uint256 internal constant WAD = 1e18;
    uint256 internal constant YEAR_S = 365 days;

    /// @notice ln(price / before) in wad. Prices lie in (0, 2^128).
    function logReturnWad(uint256 before, uint256 price) internal pure returns (int256) {
        uint256 ratioWad = Math.max((price * WAD) / before, 1);
        return FixedPointMathLib.lnWad(int256(ratioWad));
    }

    /// @notice decay^steps in wad, by repeated squaring.
    function decayedWadDown(uint256 decayWad, uint256 steps) internal pure returns (uint256 weightWad) {
        weightWad = WAD;
        while (steps != 0) {
            if (steps & 1 == 1) weightWad = (weightWad * decayWad) / WAD;
            decayWad = (decayWad * decayWad) / WAD;
            steps >>= 1;
        }
    }

    /// @notice The variance after a return over `elapsedS`, which is not 0.
    function nextVarianceWadDown(
        uint256 varianceWad,
        int256 returnWad,
        uint256 elapsedS,
        uint256 intervalS,
        uint256 decayWad
    ) internal pure returns (uint256) {
        uint256 squared = uint256(returnWad * returnWad);
        uint256 yearlyWad = Math.mulDiv(squared, YEAR_S, elapsedS * WAD);
        uint256 weightWad = decayedWadDown(decayWad, elapsedS / intervalS);
        return (weightWad * varianceWad + (WAD - weightWad) * yearlyWad) / WAD;
    }

    /// @notice Root of a variance, in bps.
    function volatilityBpsDown(uint256 varianceWad) internal pure returns (uint256) {
        return FixedPointMathLib.sqrt(varianceWad * WAD) / 1e14;
    }
}
