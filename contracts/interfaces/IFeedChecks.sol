// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IFeedChecks
/// @notice Why a layer refuses what stands below it.
interface IFeedChecks {
    /// @notice The answer below is not above 0, or does not fit in 127 bits.
    error InvalidAnswer(int256 answer);

    /// @notice A time of the round below lies after this block.
    error FutureDated(uint256 atS, uint256 nowS);

    /// @notice The round below reached the chain longer ago than is accepted.
    error StalePrice(uint256 ageS, uint256 maxAgeS);

    /// @notice Nothing was kept yet.
    error NoRound();

    /// @notice A constructor's argument lies outside of its bounds.
    error ParameterOutOfRange(bytes32 parameter, uint256 given, uint256 limit);
}
