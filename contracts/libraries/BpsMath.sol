// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title BpsMath
/// @notice Products and quotients by basis points (1e4). `HalfUp` is the nearest integer, ties upwards.
library BpsMath {
    uint256 internal constant BPS = 1e4;

    /// @notice floor(x * bps / 1e4).
    function bpsMulDown(uint256 x, uint256 bps) internal pure returns (uint256) {
        return (x * bps) / BPS;
    }

    /// @notice ceil(x * bps / 1e4).
    function bpsMulUp(uint256 x, uint256 bps) internal pure returns (uint256) {
        return (x * bps + BPS - 1) / BPS;
    }

    /// @notice x * bps / 1e4, to the nearest.
    function bpsMulHalfUp(uint256 x, uint256 bps) internal pure returns (uint256) {
        return (x * bps + BPS / 2) / BPS;
    }

    /// @notice x * 1e4 / bps, to the nearest.
    function bpsDivHalfUp(uint256 x, uint256 bps) internal pure returns (uint256) {
        return (x * BPS + bps / 2) / bps;
    }

    /// @notice ceil(x * 1e4 / bps).
    function bpsDivUp(uint256 x, uint256 bps) internal pure returns (uint256) {
        return (x * BPS + bps - 1) / bps;
    }
}
