// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IExchangeRate
/// @notice What one whole unit of a claim is worth in its underlying, as the protocol behind it says: of a staked
/// token the staked asset.
interface IExchangeRate {
    /// @notice Whole units of the underlying per whole unit of the claim, times 1e18.
    function rateWad() external view returns (uint256);
}
