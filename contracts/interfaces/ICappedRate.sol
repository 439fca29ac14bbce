// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IExchangeRate} from "./IExchangeRate.sol";

/// @notice What a cap allows, and what a steward may change.
/// @param maxGrowthBpsPerYear Growth of the cap from its snapshot on, in bps of the snapshot per year.
/// @param minDelayS A snapshot is at least this old when it is set, so that nobody snapshots a rate that he has
/// just moved (Aave: days).
/// @param maxAgeS And at most this old (Aave: 180 days).
/// @param maxStepBps An update moves the snapshot by at most this share of itself, up or down.
/// @param stepPeriodS Least time between two updates.
/// @param limitedSeparately What happens to a larger step. False: the update is refused whole. True: the ratio is
/// cut to the limit while the snapshot's time is taken as given, which joins a ratio and a time that never
/// belonged together (Aave's wstETH on 10 March 2026).
struct CapParams {
    uint32 maxGrowthBpsPerYear;
    uint32 minDelayS;
    uint32 maxAgeS;
    uint16 maxStepBps;
    uint32 stepPeriodS;
    bool limitedSeparately;
}

/// @title ICappedRate
/// @notice An exchange rate that does not rise faster than a line from a snapshot:
///
///     used = min(live, snapshot + snapshot * growth * (now - time of the snapshot))
///
/// @dev Aave's correlated-asset price oracle. It bounds manipulation upwards; a fall of the live rate passes at
/// once. The rate used lies in (0, live].
interface ICappedRate is IExchangeRate {
    /// @notice The snapshot changed.
    /// @param ratioWad Ratio that counts from now on.
    /// @param atS Its time.
    /// @param givenWad Ratio that the steward gave; differs where it was cut.
    event SnapshotSet(uint256 ratioWad, uint256 atS, uint256 givenWad);

    /// @notice Only the steward sets snapshots.
    error NotSteward(address caller, address steward);
    /// @notice A ratio is above 0 and at most 1e27.
    error RatioOutOfRange(uint256 ratioWad, uint256 limitWad);
    /// @notice A snapshot must be older than the shortest delay.
    error SnapshotTooYoung(uint256 ageS, uint256 minDelayS);
    /// @notice A snapshot must not be older than the longest age.
    error SnapshotTooOld(uint256 ageS, uint256 maxAgeS);
    /// @notice A snapshot lies in the future.
    error SnapshotInFuture(uint256 atS, uint256 nowS);
    /// @notice A snapshot must be younger than the one it replaces.
    error SnapshotNotNewer(uint256 atS, uint256 lastAtS);
    /// @notice The last update was too short a time ago.
    error UpdateTooSoon(uint256 elapsedS, uint256 stepPeriodS);
    /// @notice The ratio is further from the present snapshot than one update may move it.
    error StepTooLarge(uint256 ratioWad, uint256 limitWad);
    /// @notice A parameter of the cap lies outside of its bounds.
    error CapOutOfRange(bytes32 parameter, uint256 given, uint256 limit);

    /// @notice Replaces the snapshot. Steward only; emits `SnapshotSet`.
    /// @param ratioWad What the live rate was.
    /// @param atS When it was that, in seconds since the epoch.
    function update(uint256 ratioWad, uint64 atS) external;

    /// @notice The rate that is capped.
    function live() external view returns (IExchangeRate);

    /// @notice Who sets snapshots.
    function steward() external view returns (address);

    /// @notice The highest rate that is used now.
    function capWad() external view returns (uint256);

    /// @notice Whether the cap is below the live rate now.
    function isCapped() external view returns (bool);

    /// @notice The snapshot, and when a steward last set one (0: never).
    function snapshot() external view returns (uint256 ratioWad, uint256 atS, uint256 updatedAtS);

    /// @notice Parameters of the cap.
    function params() external view returns (CapParams memory);
}
