// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IRiskRules} from "./IRiskRules.sol";

/// @notice What the part of a position above a floor counts for, up to the next bracket's floor.
/// @param floorBase Value above which the bracket begins, in base units.
/// @param ltvBps LTV of the part within.
/// @param liquidationThresholdBps Liquidation threshold of the part within.
struct Bracket {
    uint128 floorBase;
    uint16 ltvBps;
    uint16 liquidationThresholdBps;
}

/// @title ISizeTiers
/// @notice Requirements that grow with a position, in the manner of a venue's margin tiers: brackets are
/// marginal, so the value that a position counts for is continuous in its size and never falls as it grows.
/// @dev A bracket never raises what an inner rule gives: of each part the lower figure counts. Since the average
/// threshold of a large position is above that of its last dollar, a liquidation raises its health by more than
/// terms that work with the average expect.
interface ISizeTiers is IRiskRules {
    /// @notice Brackets of an asset were set; none: size does not matter.
    event BracketsSet(address indexed asset, Bracket[] brackets);

    /// @notice Sets all brackets of an asset. Floors rise from above 0, figures do not. Owner only.
    function setBrackets(address asset, Bracket[] calldata brackets) external;

    /// @notice Brackets of an asset, from the lowest floor.
    function brackets(address asset) external view returns (Bracket[] memory);
}
