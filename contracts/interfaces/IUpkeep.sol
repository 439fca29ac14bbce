// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IUpkeep
/// @notice A contract that anybody may call from time to time to keep it current.
interface IUpkeep {
    /// @notice There is nothing to do yet.
    error NotDue();

    /// @notice Whether `poke` would change anything now. Never reverts.
    function due() external view returns (bool);

    /// @notice Brings the contract up to date. Reverts with `NotDue` where there is nothing to do.
    function poke() external;
}
