// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";
import {IStableSwapPool} from "../interfaces/IStableSwapPool.sol";
import {IStableSwapSpotFeed} from "../interfaces/IStableSwapSpotFeed.sol";

/// @title StableSwapSpotFeed
/// @notice See `IStableSwapSpotFeed`.
contract StableSwapSpotFeed is IStableSwapSpotFeed {
    uint256 private constant WAD = 1e18;

    /// @inheritdoc IAggregatorV3
    uint256 public constant version = 1;
    /// @inheritdoc IAggregatorV3
    uint8 public immutable decimals;
    /// @inheritdoc IStableSwapSpotFeed
    IStableSwapPool public immutable pool;
    /// @inheritdoc IStableSwapSpotFeed
    address public immutable base;
    /// @inheritdoc IStableSwapSpotFeed
    address public immutable quote;

    /// @param pool_ The pool that is read.
    /// @param base_ The token whose price is the answer; one of the pool's.
    /// @param answerDecimals Decimals of the answer.
    constructor(IStableSwapPool pool_, address base_, uint8 answerDecimals) {
        (address token0, address token1) = (pool_.token0(), pool_.token1());
        if (base_ != token0 && base_ != token1) revert TokenNotInPool(address(pool_), base_);
        pool = pool_;
        base = base_;
        quote = base_ == token0 ? token1 : token0;
        decimals = answerDecimals;
    }

    /// @inheritdoc IAggregatorV3
    function description() external view returns (string memory) {
        string memory pair = string.concat(IERC20Metadata(base).symbol(), " / ", IERC20Metadata(quote).symbol());
        return string.concat(pair, " pool spot");
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
        uint256 answer = Math.mulDiv(pool.spotPriceWad(base), 10 ** uint256(decimals), WAD);
        return (roundId, SafeCast.toInt256(answer), block.timestamp, block.timestamp, roundId);
    }
}
