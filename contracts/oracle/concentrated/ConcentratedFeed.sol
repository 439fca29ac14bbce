// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IConcentratedFeed} from "../../interfaces/IConcentratedFeed.sol";
import {IConcentratedPool} from "../../interfaces/IConcentratedPool.sol";
import {PairFeed} from "../PairFeed.sol";

/// @title ConcentratedFeed
/// @notice What all feeds over a Uniswap V3 pool share.
abstract contract ConcentratedFeed is IConcentratedFeed, PairFeed {
    /// @inheritdoc IConcentratedFeed
    IConcentratedPool public immutable pool;

    /// @dev One whole base token with the answer's decimals, and one whole quote token.
    uint256 internal immutable _baseScale;
    uint256 internal immutable _quoteScale;

    /// @param pool_ The pool that is read.
    /// @param base_ The token whose price is the answer; one of the pool's.
    /// @param baseDecimals Decimals of the base token.
    /// @param quoteDecimals Decimals of the pool's other token.
    /// @param answerDecimals Decimals of the answer.
    constructor(
        IConcentratedPool pool_,
        address base_,
        uint8 baseDecimals,
        uint8 quoteDecimals,
        uint8 answerDecimals
    ) PairFeed(address(pool_), pool_.token0(), pool_.token1(), base_, answerDecimals) {
        pool = pool_;
        _baseScale = 10 ** (uint256(baseDecimals) + answerDecimals);
        _quoteScale = 10 ** uint256(quoteDecimals);
    }

    function _answer() internal view override returns (uint256, uint256) {
        (uint160 sqrtPriceX96, , uint16 index, uint16 cardinality, , , ) = pool.slot0();
        if (sqrtPriceX96 == 0 || pool.liquidity() == 0) revert EmptyPool(address(pool));
        return (_price(sqrtPriceX96, index, cardinality), block.timestamp);
    }

    /// @dev The price of a pool that has liquidity, given its root price and where its observations are.
    function _price(
        uint160 sqrtPriceX96,
        uint16 observationIndex,
        uint16 observationCardinality
    ) internal view virtual returns (uint256);
}
