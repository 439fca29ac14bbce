// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";
import {IPairFeed} from "../interfaces/IPairFeed.sol";

/// @title PairFeed
/// @notice What all feeds over a pool of two tokens share.
abstract contract PairFeed is IPairFeed {
    /// @inheritdoc IAggregatorV3
    uint256 public constant version = 1;
    /// @inheritdoc IAggregatorV3
    uint8 public immutable decimals;
    /// @inheritdoc IPairFeed
    address public immutable base;
    /// @inheritdoc IPairFeed
    address public immutable quote;

    bool internal immutable _baseIsToken0;

    /// @param pool The pool that is read.
    /// @param token0 Its first token.
    /// @param token1 Its other token.
    /// @param base_ The token whose price is the answer; one of the two.
    /// @param answerDecimals Decimals of the answer.
    constructor(address pool, address token0, address token1, address base_, uint8 answerDecimals) {
        if (base_ != token0 && base_ != token1) revert TokenNotInPool(pool, base_);
        _baseIsToken0 = base_ == token0;
        base = base_;
        quote = base_ == token0 ? token1 : token0;
        decimals = answerDecimals;
    }

    /// @inheritdoc IAggregatorV3
    function description() external view returns (string memory) {
        string memory pair = string.concat(IERC20Metadata(base).symbol(), " / ", IERC20Metadata(quote).symbol());
        return string.concat(pair, " ", _what());
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

    /// @dev Pool and price in a few words, for the description.
    function _what() internal pure virtual returns (string memory);
}
