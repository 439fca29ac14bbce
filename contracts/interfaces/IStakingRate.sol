// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IExchangeRate} from "./IExchangeRate.sol";

/// @title IStakingRate
/// @notice The exchange rate of a staked token: it grows by a straight line with rewards and falls when stake is
/// slashed.
interface IStakingRate is IExchangeRate {
    /// @notice The line begins anew.
    /// @param rateWad Rate from which it grows.
    /// @param growthBpsPerYear Its growth, in bps of that rate per year.
    event LineSet(uint256 rateWad, uint256 growthBpsPerYear);
    /// @notice Stake was lost: the rate fell at once.
    event Slashed(uint256 lossBps, uint256 beforeWad, uint256 afterWad);

    /// @notice A parameter lies outside of its bounds.
    error RateOutOfRange(bytes32 parameter, uint256 given, uint256 limit);

    /// @notice Sets the rate and its growth from now on. Owner only; emits `LineSet`.
    function setLine(uint256 rateWad, uint256 growthBpsPerYear) external;

    /// @notice Takes `lossBps` of the rate away; growth in bps stays. Owner only; emits `Slashed`.
    function slash(uint256 lossBps) external;

    /// @notice Rate at the line's beginning, when that was, and the growth.
    function line() external view returns (uint256 rateWad, uint256 sinceS, uint256 growthBpsPerYear);
}
