// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title TierLib
/// @notice Weighted values of a position in marginal brackets.
library TierLib {
    /// @notice Sum over the parts of `base` of part times figure: below the first floor the average figure
    /// `weighted / base`, above it the lower of that and of the bracket's. Each part is rounded down.
    /// @param base Value of the position.
    /// @param weighted What the whole position would count for without brackets.
    /// @param floorsBase Rising floors of the brackets.
    /// @param figuresBps Figure of each bracket.
    function weightedDown(
        uint256 base,
        uint256 weighted,
        uint256[] memory floorsBase,
        uint256[] memory figuresBps
    ) internal pure returns (uint256 sum) {
        uint256 count = floorsBase.length;
        if (count == 0 || base <= floorsBase[0]) return weighted;
        sum = Math.mulDiv(weighted, floorsBase[0], base);
        for (uint256 i = 0; i < count && base > floorsBase[i]; ++i) {
            uint256 ceiling = i + 1 < count ? Math.min(base, floorsBase[i + 1]) : base;
            uint256 part = ceiling - floorsBase[i];
            sum += Math.min(Math.mulDiv(weighted, part, base), part * figuresBps[i]);
        }
    }
}
