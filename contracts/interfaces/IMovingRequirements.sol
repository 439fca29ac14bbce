// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IRiskRules} from "./IRiskRules.sol";
import {IVolatilityEstimator} from "./IVolatilityEstimator.sol";

/// @notice How haircuts follow volatility, and how fast.
/// @param multiplierBps Standard deviations that a haircut covers, in bps: 20000 means 2.
/// @param horizonS Time over which the price may move, in seconds.
/// @param floorBps Least haircut.
/// @param capBps Most haircut.
/// @param maxStepBps Most that one update moves the haircut.
/// @param minIntervalS Least time between two updates.
/// @param rampS Time in which a higher haircut reaches the thresholds.
struct HaircutParams {
    uint32 multiplierBps;
    uint32 horizonS;
    uint16 floorBps;
    uint16 capBps;
    uint16 maxStepBps;
    uint32 minIntervalS;
    uint32 rampS;
}

/// @title IMovingRequirements
/// @notice Haircuts on LTV and liquidation threshold that follow the measured volatility of the collateral,
///
///     haircut = min(max(multiplier * sigma * sqrt(horizon), floor), cap)
///
/// inside a slew limit: an update moves it by at most `maxStepBps`, and updates lie at least `minIntervalS` apart.
///
/// A higher haircut counts at once for new borrowing (LTV), and by a linear ramp of `rampS` for what is borrowed
/// already (threshold), so that its owners can act. A lower one counts at once for both. A target that is set
/// during a ramp begins from where the ramp has come to. The owner may set haircuts outright, with a ramp of its
/// own choice or none; without one, accounts may be liquidatable in the same block though no price moved. Updates
/// then move on from what the owner set.
/// @dev A haircut is taken off the figure in bps, not below 0. Ramps move in whole bps, rounded towards the lower
/// haircut. The haircut on LTV is never below that on the threshold.
interface IMovingRequirements is IRiskRules {
    /// @notice Haircuts have a new target; `volatilityBps` is 0 where the owner set it.
    event HaircutSet(
        address indexed asset,
        uint256 ltvHaircutBps,
        uint256 thresholdFromBps,
        uint256 thresholdToBps,
        uint256 rampS,
        uint256 volatilityBps
    );

    /// @notice The asset has no moving requirements.
    error NotFollowed(address asset);
    /// @notice There is no estimator to follow.
    error NoEstimator();
    /// @notice The last update is too recent, in seconds.
    error UpdateTooSoon(uint256 elapsedS, uint256 minIntervalS);

    /// @notice Moves the haircut of `asset` towards its measured volatility. Callable by anybody.
    /// @return ltvHaircutBps The haircut on new borrowing from now on.
    function update(address asset) external returns (uint256 ltvHaircutBps);

    /// @notice Sets haircuts outright. Owner only.
    /// @param ltvBps Taken off the LTV at once; at least `thresholdBps`.
    /// @param thresholdBps Taken off the liquidation threshold after `rampS` seconds.
    function setHaircut(address asset, uint256 ltvBps, uint256 thresholdBps, uint256 rampS) external;

    /// @notice Haircuts in force now, and where the one on the threshold is heading, in bps.
    function haircut(
        address asset
    ) external view returns (uint256 ltvBps, uint256 thresholdBps, uint256 thresholdToBps);

    /// @notice Whether the requirements of an asset move.
    function isFollowed(address asset) external view returns (bool);

    /// @notice How haircuts follow volatility.
    function params() external view returns (HaircutParams memory);

    /// @notice Where volatility is read; the zero address: haircuts move by the owner's word alone.
    function estimator() external view returns (IVolatilityEstimator);
}
