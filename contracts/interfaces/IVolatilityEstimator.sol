// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IVolatilityEstimator
/// @notice Volatility of an asset's price, measured on chain.
interface IVolatilityEstimator {
    /// @notice Standard deviation of the logarithmic price change over a year, in bps: 8000 means 80 % per year.
    /// @dev Does not revert; while nothing has been measured, what the estimator starts from, or 0.
    function volatilityBps(address asset) external view returns (uint256);
}
