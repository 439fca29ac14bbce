// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";
import {IConstantProductPool} from "../interfaces/IConstantProductPool.sol";
import {IPoolFeed} from "../interfaces/IPoolFeed.sol";

/// @title PoolFeed
/// @notice What all feeds over a constant-product pool share.
abstract contract PoolFeed is IPoolFeed {
    /// @inheritdoc IAggregatorV3
    uint256 public constant version = 1;
    /// @inheritdoc IAggregatorV3
    uint8 public immutable decimals;
    /// @inheritdoc IPoolFeed
    IConstantProductPool public immutable pool;
    /// @inheritdoc IPoolFeed
    address public immutable base;
    /// @inheritdoc IPoolFeed
    address public immutable quote;

    bool internal immutable _baseIsToken0;
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
    ) {
        address token0 = pool_.token0();
        address token1 = pool_.token1();
        if (base_ != token0 && base_ != token1) revert TokenNotInPool(address(pool_), base_);
        pool = pool_;
        base = base_;
        quote = base_ == token0 ? token1 : token0;
        decimals = answerDecimals;
        _baseIsToken0 = base_ == token0;
        _baseScale = 10 ** (uint256(baseDecimals) + answerDecimals);
        _quoteScale = 10 ** uint256(quoteDecimals);
    }

    /// @inheritdoc IAggregatorV3
    function description() external view returns (string memory) {
        string memory pair = string.concat(IERC20Metadata(base).symbol(), " / ", IERC20Metadata(quote).symbol());
        return string.concat(pair, " pool ", _what());
    }

    /// @inheritdoc IAggregatorV3
    function getRoundData(uint80 roundId_) external view returns (uint80, int256, uint256, uint256, uint80) {
        if (roundId_ != block.timestamp) revert RoundNotFound(roundId_, uint80(block.timestamp));
        return _roundData();
    }

    /// @inheritdoc IAggregatorV3
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return _roundData();
    }

    function _roundData() private view returns (uint80, int256, uint256, uint256, uint80) {
        (uint256 answer, uint256 updatedAt) = _answer();
        uint80 roundId = uint80(block.timestamp);
        return (roundId, SafeCast.toInt256(answer), updatedAt, updatedAt, roundId);
    }

    /// @dev The price now, and the time to which it is up to date.
    function _answer() internal view virtual returns (uint256 answer, uint256 updatedAt);

    /// @dev The price in a word or two, for the description.
    function _what() internal pure virtual returns (string memory);

    /// @dev Reserves of base and quote, and the time of their last change modulo 2³²; reverts with `EmptyPool`.
    function _reserves() internal view returns (uint112 baseReserve, uint112 quoteReserve, uint32 changedAt) {
        (uint112 reserve0, uint112 reserve1, uint32 timestamp) = pool.getReserves();
        if (reserve0 == 0 || reserve1 == 0) revert EmptyPool(address(pool));
        return _baseIsToken0 ? (reserve0, reserve1, timestamp) : (reserve1, reserve0, timestamp);
    }
}
