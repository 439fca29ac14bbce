// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IConfidence
/// @notice A feed that says how sure it is.
interface IConfidence {
    /// @notice Half-width of the interval around the newest answer, in the feed's decimals.
    function confidence() external view returns (uint256);
}
