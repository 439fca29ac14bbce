// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {HaircutLib} from "../HaircutLib.sol";
import {TierLib} from "../TierLib.sol";
import {VolatilityLib} from "../VolatilityLib.sol";

/// @title ExposedRisk
/// @notice Formulas of risk rules asked many times in one call, so that tests hold them against their mirrors. No
/// protocol calls it.
contract ExposedRisk {
    /// @notice A position and its brackets.
    struct Tiered {
        uint256 base;
        uint256 weighted;
        uint256[] floorsBase;
        uint256[] figuresBps;
    }

    /// @notice `TierLib.weightedDown` of each position.
    function tiered(Tiered[] calldata rows) external pure returns (uint256[] memory results) {
        results = new uint256[](rows.length);
        for (uint256 i = 0; i < rows.length; ++i) {
            results[i] = TierLib.weightedDown(
                rows[i].base,
                rows[i].weighted,
                rows[i].floorsBase,
                rows[i].figuresBps
            );
        }
    }

    /// @notice A formula of `HaircutLib` of each row of arguments: target, step, ramp.
    function haircutFormula(
        uint256 formula,
        uint256[5][] calldata rows
    ) external pure returns (uint256[] memory results) {
        results = new uint256[](rows.length);
        for (uint256 i = 0; i < rows.length; ++i) {
            uint256[5] calldata row = rows[i];
            if (formula == 0) results[i] = HaircutLib.targetBpsUp(row[0], row[1], row[2], row[3], row[4]);
            else if (formula == 1) results[i] = HaircutLib.stepped(row[0], row[1], row[2]);
            else results[i] = HaircutLib.rampedDown(row[0], row[1], row[2], row[3]);
        }
    }

    /// @notice ln(row[1] / row[0]) of each row, in wad.
    function logReturnsWad(uint256[2][] calldata rows) external pure returns (int256[] memory results) {
        results = new int256[](rows.length);
        for (uint256 i = 0; i < rows.length; ++i) results[i] = VolatilityLib.logReturnWad(rows[i][0], rows[i][1]);
    }

    /// @notice Variances along a path of (price, seconds since the one before), from `varianceWad`; the first
    /// price only sets the start.
    function variancesWad(
        uint256 varianceWad,
        uint256 intervalS,
        uint256 decayWad,
        uint256[2][] calldata path
    ) external pure returns (uint256[] memory results) {
        results = new uint256[](path.length);
        results[0] = varianceWad;
        for (uint256 i = 1; i < path.length; ++i) {
            varianceWad = VolatilityLib.nextVarianceWadDown(
                varianceWad,
                VolatilityLib.logReturnWad(path[i - 1][0], path[i][0]),
                path[i][1],
                intervalS,
                decayWad
            );
            results[i] = varianceWad;
        }
    }
}
