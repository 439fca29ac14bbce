// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IPriceDecay
/// @notice How the price of a Dutch auction falls.
interface IPriceDecay {
    /// @notice A parameter lies outside of its bounds.
    error DecayOutOfRange(bytes32 parameter, uint256 given, uint256 limit);

    /// @notice Price `elapsedS` seconds after the start of an auction that started at `top`, in the scale of
    /// `top`. It starts at `top` and never exceeds it.
    function price(uint256 top, uint256 elapsedS) external view returns (uint256);
}
