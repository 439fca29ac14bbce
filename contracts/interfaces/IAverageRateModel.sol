// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IAverageRateModel
/// @notice A rate model that says, when interest accrues, what the rate was on average since the last time.
interface IAverageRateModel {
    /// @notice The average rate over the last `elapsedS` for the caller's market, whose amounts were constant
    /// meanwhile. Moves the model's state of that market on.
    /// @param supplyAssets Supplied assets during that time, in smallest units.
    /// @param borrowAssets Borrowed assets during that time.
    /// @param elapsedS Seconds since the market's interest was last accrued.
    /// @return ratePerSecondWad Borrow rate per second in wad.
    function averageRate(
        uint256 supplyAssets,
        uint256 borrowAssets,
        uint256 elapsedS
    ) external returns (uint256 ratePerSecondWad);

    /// @notice What `averageRate` would answer to `market` now.
    function previewAverageRate(
        address market,
        uint256 supplyAssets,
        uint256 borrowAssets,
        uint256 elapsedS
    ) external view returns (uint256 ratePerSecondWad);

    /// @notice The rate at this moment, with the state as of the market's last accrual.
    function currentRate(
        address market,
        uint256 supplyAssets,
        uint256 borrowAssets
    ) external view returns (uint256 ratePerSecondWad);
}
