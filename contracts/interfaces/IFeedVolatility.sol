// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IVolatilityEstimator} from "./IVolatilityEstimator.sol";

/// @notice Parameters of an exponentially weighted variance.
/// @param decayWad Weight of what is an interval old, per interval: RiskMetrics' lambda, 0.94 for daily returns.
/// @param intervalS Least time between two sampled prices, in seconds.
/// @param initialVolatilityBps What the estimate starts from.
struct SamplingParams {
    uint64 decayWad;
    uint32 intervalS;
    uint32 initialVolatilityBps;
}

/// @title IFeedVolatility
/// @notice Exponentially weighted variance of the log returns of an asset's feed (RiskMetrics):
///
///     v' = w v + (1 - w) ln(p' / p)^2 / dt,   w = lambda^floor(dt / interval)
///
/// with dt the time between two sampled rounds in years, so that samples need not be regular. The estimate is the
/// root of v.
/// @dev Anybody may sample. Only rounds count, at the feed's own time of publication, so poking again does
/// nothing until there is a round an interval younger than the last one sampled: the estimate does not depend on
/// how often it is poked. What a poker can choose is which round within an interval is sampled. A price that is
/// manipulated at that moment enters as a return, and as another one when it reverts: it can raise the estimate
/// without bound, and lower it by keeping a move out of the sample only until the next one. Consumers bound what
/// one sample can do (`IMovingRequirements`: the slew limit and the cap).
interface IFeedVolatility is IVolatilityEstimator {
    /// @notice A round was sampled.
    event VolatilitySampled(address indexed asset, uint256 answer, uint256 elapsedS, uint256 volatilityBps);

    /// @notice A parameter lies outside of its bounds.
    error SamplingOutOfRange(bytes32 parameter, uint256 given, uint256 limit);
    /// @notice No feed is sampled for this asset.
    error NoFeed(address asset);
    /// @notice The feed's answer is not above 0, or too large to be a price.
    error AnswerUnusable(int256 answer);
    /// @notice The feed's latest round is too young, in seconds since the last one sampled.
    error SampleTooSoon(uint256 elapsedS, uint256 intervalS);

    /// @notice Samples the latest round of the asset's feed. Callable by anybody.
    /// @return The estimate from now on, in bps per year.
    function poke(address asset) external returns (uint256);

    /// @notice Feed that is sampled for an asset; the zero address: none.
    function feed(address asset) external view returns (address);

    /// @notice Variance per year in wad, and the answer and time of the round sampled last (0 before the first).
    function sample(address asset) external view returns (uint256 varianceWad, uint256 answer, uint256 updatedAtS);

    /// @notice Parameters of the estimate.
    function params() external view returns (SamplingParams memory);
}
