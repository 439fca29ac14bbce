// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IConstantProductPool} from "../interfaces/IConstantProductPool.sol";
import {IPoolFeed} from "../interfaces/IPoolFeed.sol";
import {PairFeed} from "./PairFeed.sol";

/// @title PoolFeed
/// @notice What all feeds over a constant-product pool share.
abstract contract PoolFeed is IPoolFeed, PairFeed {
    /// @inheritdoc IPoolFeed
    IConstantProductPool public immutable pool;

    /// @dev One whole base token with the answer's decimals, and one whole quote token.
    uint256 internal immutable _baseScale;
    uint256 internal immutable _quoteScale;

    /// @param pool_ The pool that is read.
    /// @param base_ The token whose price is the answer; one of the pool's.
    /// @param baseDecimals Decimals of the base token.
    /// @param quoteDecimals Decimals of the pool's other token.
    /// @param answerDecimals Decimals of the answer.
    constructor(
        IConstantProductPool pool_,
        address base_,
        uint8 baseDecimals,
        uint8 quoteDecimals,
        uint8 answerDecimals
    ) PairFeed(address(pool_), pool_.token0(), pool_.token1(), base_, answerDecimals) {
        pool = pool_;
        _baseScale = 10 ** (uint256(baseDecimals) + answerDecimals);
        _quoteScale = 10 ** uint256(quoteDecimals);
    }

    /// @dev Reserves of base and quote, and the time of their last change modulo 2³²; reverts with `EmptyPool`.
    function _reserves() internal view returns (uint112 baseReserve, uint112 quoteReserve, uint32 changedAt) {
        (uint112 reserve0, uint112 reserve1, uint32 timestamp) = pool.getReserves();
        if (reserve0 == 0 || reserve1 == 0) revert EmptyPool(address(pool));
        return _baseIsToken0 ? (reserve0, reserve1, timestamp) : (reserve1, reserve0, timestamp);
    }
}
