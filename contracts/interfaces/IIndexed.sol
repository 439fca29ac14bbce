// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IIndexed
/// @notice What contracts that read an index refuse in their configuration; at run time see `IMarkPrice`.
interface IIndexed {
    /// @notice The feed has more decimals than can be read.
    error IndexDecimals(uint256 decimals, uint256 limit);

    /// @notice A parameter lies outside of its bounds.
    error ParameterOutOfRange(bytes32 parameter, uint256 given, uint256 limit);
}
