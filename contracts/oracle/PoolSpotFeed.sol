// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";
import {IConstantProductPool} from "../interfaces/IConstantProductPool.sol";
import {IPoolSpotFeed} from "../interfaces/IPoolSpotFeed.sol";

/// @title PoolSpotFeed
/// @notice The spot price of a constant-product pool at the moment of reading.
contract PoolSpotFeed is IPoolSpotFeed {
    /// @inheritdoc IAggregatorV3
    uint256 public constant version = 1;
    /// @inheritdoc IAggregatorV3
    uint8 public immutable decimals;
    /// @inheritdoc IPoolSpotFeed
    IConstantProductPool public immutable pool;
    /// @inheritdoc IPoolSpotFeed
    address public immutable base;
    /// @inheritdoc IPoolSpotFeed
    address public immutable quote;

    bool private immutable _baseIsToken0;
    /// @dev One whole base token with the answer's decimals, and one whole quote token.
    uint256 private immutable _baseScale;
    uint256 private immutable _quoteScale;

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
        return string.concat(IERC20Metadata(base).symbol(), " / ", IERC20Metadata(quote).symbol(), " pool spot");
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
        uint80 roundId = uint80(block.timestamp);
        return (roundId, SafeCast.toInt256(_spotDown()), block.timestamp, block.timestamp, roundId);
    }

    /// @dev Quote tokens per whole base token with the answer's decimals, rounded down.
    function _spotDown() private view returns (uint256) {
        (uint112 reserve0, uint112 reserve1, ) = pool.getReserves();
        (uint256 baseReserve, uint256 quoteReserve) = _baseIsToken0 ? (reserve0, reserve1) : (reserve1, reserve0);
        if (baseReserve == 0 || quoteReserve == 0) revert EmptyPool(address(pool));
        return Math.mulDiv(quoteReserve, _baseScale, baseReserve * _quoteScale);
    }
}
