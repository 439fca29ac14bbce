// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IHeldMid
/// @notice The mid of a perpetual market as trades of earlier blocks left it: what averages are taken of, so that
/// nothing that is pushed and pulled back within a block counts.
interface IHeldMid {
    /// @notice The mid before the first trade of this block, and since when no trade had moved it, in seconds since
    /// the epoch. Where the mid follows an index, the index is the present one. Reverts where there is no mid.
    function heldMidE8(address instrument) external view returns (uint256 priceE8, uint256 sinceS);
}
