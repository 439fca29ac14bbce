// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IConcentratedFactory
/// @notice What we use of the Uniswap V3 factory, whose bytecode is the published one.
interface IConcentratedFactory {
    /// @notice The pool of two tokens, in either order, and a fee in hundredths of a bp; zero if there is none.
    function getPool(address tokenA, address tokenB, uint24 fee) external view returns (address pool);

    /// @notice Lets pools of a fee be made, once. Only the owner.
    function enableFeeAmount(uint24 fee, int24 tickSpacing) external;

    /// @notice Hands over the factory. Only the owner.
    function setOwner(address owner) external;
}
