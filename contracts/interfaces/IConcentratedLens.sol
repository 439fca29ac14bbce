// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IConcentratedPool} from "./IConcentratedPool.sol";

/// @title IConcentratedLens
/// @notice Reads a Uniswap V3 pool in one call.
interface IConcentratedLens {
    /// @notice State of a pool and the initialised ticks around its price.
    /// @param pool The pool.
    /// @param reach How far from the present tick initialised ones are looked for, in ticks.
    /// @return words √price (96 binary places), present tick (two's complement), liquidity in range, balances of
    /// token0 and token1 with fees that nobody collected yet, then each initialised tick from the lowest to the
    /// highest and the liquidity that comes into range there on the way up (both two's complement).
    function poolWords(IConcentratedPool pool, int24 reach) external view returns (uint256[] memory words);
}
