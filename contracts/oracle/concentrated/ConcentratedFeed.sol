// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";
import {IConcentratedFeed} from "../../interfaces/IConcentratedFeed.sol";
import {IConcentratedPool} from "../../interfaces/IConcentratedPool.sol";

/// @title ConcentratedFeed
/// @notice What all feeds over a Uniswap V3 pool share.
abstract contract ConcentratedFeed is IConcentratedFeed {
    /// @inheritdoc IAggregatorV3
    uint256 public constant version = 1;
    /// @inheritdoc IAggregatorV3
    uint8 public immutable decimals;
    /// @inheritdoc IConcentratedFeed
    IConcentratedPool public immutable pool;
    /// @inheritdoc IConcentratedFeed
    address public immutable base;
    /// @inheritdoc IConcentratedFeed
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
        IConcentratedPool pool_,
        address base_,
        uint8 baseDecimals,
        uint8 quoteDecimals,
        uint8 answerDecimals
    ) {
        (address token0, address token1) = (pool_.token0(), pool_.token1());
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
        return string.concat(pair, " concentrated pool ", _what());
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
        (uint160 sqrtPriceX96, , uint16 index, uint16 cardinality, , , ) = pool.slot0();
        if (sqrtPriceX96 == 0 || pool.liquidity() == 0) revert EmptyPool(address(pool));
        uint80 roundId = uint80(block.timestamp);
        int256 answer = SafeCast.toInt256(_answer(sqrtPriceX96, index, cardinality));
        return (roundId, answer, block.timestamp, block.timestamp, roundId);
    }

    /// @dev The price of a pool that has liquidity, given its root price and where its observations are.
    function _answer(
        uint160 sqrtPriceX96,
        uint16 observationIndex,
        uint16 observationCardinality
    ) internal view virtual returns (uint256);

    /// @dev The price in a word or two, for the description.
    function _what() internal pure virtual returns (string memory);
}
