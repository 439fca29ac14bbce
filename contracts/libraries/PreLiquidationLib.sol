// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {WadMath} from "./WadMath.sol";

/// @title PreLiquidationLib
/// @notice Quantities that grow in a straight line from a first loan-to-value to the liquidation's, as in
/// Morpho's pre-liquidation.
library PreLiquidationLib {
    using WadMath for uint256;

    /// @notice How far `ltvWad` lies between the two limits, in wad: 0 at `preLltvWad`, 1 at `lltvWad`.
    function distanceWadDown(uint256 ltvWad, uint256 preLltvWad, uint256 lltvWad) internal pure returns (uint256) {
        return (ltvWad - preLltvWad).wadDivDown(lltvWad - preLltvWad);
    }

    /// @notice `firstWad` at a distance of 0, `lastWad` at 1, linear between, rounded down.
    function interpolateWadDown(
        uint256 firstWad,
        uint256 lastWad,
        uint256 distanceWad
    ) internal pure returns (uint256) {
        return distanceWad.wadMulDown(lastWad - firstWad) + firstWad;
    }
}
