// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IConstantProductPool} from "../interfaces/IConstantProductPool.sol";
import {IPoolMeanFeed, Mean, MeanParams} from "../interfaces/IPoolMeanFeed.sol";
import {IUpkeep} from "../interfaces/IUpkeep.sol";
import {MeanPriceLib} from "../libraries/MeanPriceLib.sol";
import {UQ112x112} from "../libraries/UQ112x112.sol";
import {PoolFeed} from "./PoolFeed.sol";

/// @title PoolMeanFeed
/// @notice See `IPoolMeanFeed`.
contract PoolMeanFeed is IPoolMeanFeed, PoolFeed {
    uint256 private constant MAX_CHECKPOINTS = 65_535;
    /// @dev In spacings: whoever pokes as soon as it is due, and is a little late, misses none.
    uint256 private constant MAX_BLUR = 2;

    /// @dev Sums up to `timeS`; the pool's reserves last changed at `restingSinceS`.
    struct Checkpoint {
        uint256 sum;
        int128 logSum;
        uint64 timeS;
        uint64 restingSinceS;
    }

    /// @inheritdoc IPoolMeanFeed
    uint256 public immutable capacity;
    Mean private immutable _mean;
    uint32 private immutable _windowS;
    uint32 private immutable _spacingS;

    /// @inheritdoc IPoolMeanFeed
    uint256 public checkpoints;
    mapping(uint256 slot => Checkpoint) private _ring;

    /// @param pool_ The pool that is read.
    /// @param base_ The token whose price is the answer; one of the pool's.
    /// @param baseDecimals Decimals of the base token.
    /// @param quoteDecimals Decimals of the pool's other token.
    /// @param answerDecimals Decimals of the answer.
    /// @param params_ Which mean, over what.
    constructor(
        IConstantProductPool pool_,
        address base_,
        uint8 baseDecimals,
        uint8 quoteDecimals,
        uint8 answerDecimals,
        MeanParams memory params_
    ) PoolFeed(pool_, base_, baseDecimals, quoteDecimals, answerDecimals) {
        (_mean, _windowS, _spacingS) = (params_.mean, params_.windowS, params_.spacingS);
        bool usable = params_.spacingS != 0 && params_.spacingS <= params_.windowS;
        capacity = usable ? Math.ceilDiv(params_.windowS, params_.spacingS) + 1 : 0;
        if (capacity == 0 || capacity > MAX_CHECKPOINTS) {
            revert WindowOutOfRange(params_.windowS, params_.spacingS, MAX_CHECKPOINTS);
        }
    }

    /* WRITING */

    /// @inheritdoc IUpkeep
    function poke() external {
        if (!_spaced()) revert NotDue();
        uint256 index = checkpoints++;
        Checkpoint memory taken = _now(index);
        _ring[index % capacity] = taken;
        emit Checkpointed(index, taken.sum, taken.logSum);
    }

    /// @inheritdoc IUpkeep
    function due() external view returns (bool) {
        (uint112 reserve0, uint112 reserve1, ) = pool.getReserves();
        return reserve0 != 0 && reserve1 != 0 && _spaced();
    }

    function _spaced() private view returns (bool) {
        uint256 count = checkpoints;
        return count == 0 || block.timestamp >= uint256(_ring[(count - 1) % capacity].timeS) + _spacingS;
    }

    /* READING */

    /// @inheritdoc IPoolMeanFeed
    function params() external view returns (MeanParams memory) {
        return MeanParams(_mean, _windowS, _spacingS);
    }

    function _answer() internal view override returns (uint256 answer, uint256 updatedAt) {
        uint256 count = checkpoints;
        Checkpoint memory end = _now(count);
        if (count == 0) revert NotEnoughHistory(0, _windowS);
        uint256 oldest = count > capacity ? count - capacity : 0;
        uint256 historyS = block.timestamp - _ring[oldest % capacity].timeS;
        if (historyS < _windowS) revert NotEnoughHistory(historyS, _windowS);

        uint256 startS = block.timestamp - _windowS;
        uint256 index = _newestUpTo(startS, oldest, count);
        Checkpoint memory before = _ring[index % capacity];
        Checkpoint memory next = index + 1 == count ? end : _ring[(index + 1) % capacity];
        answer = _meanFrom(startS, before, next, end);
        bool rested = next.restingSinceS <= before.timeS;
        updatedAt =
            rested ? block.timestamp : Math.min(block.timestamp, before.timeS + _windowS + MAX_BLUR * _spacingS);
    }

    /// @dev The mean from `startS`, which lies in [before, next), to the end.
    function _meanFrom(
        uint256 startS,
        Checkpoint memory before,
        Checkpoint memory next,
        Checkpoint memory end
    ) private view returns (uint256) {
        uint256 partS = startS - before.timeS;
        uint256 intervalS = next.timeS - before.timeS;
        if (_mean == Mean.Arithmetic) {
            uint256 sum = MeanPriceLib.sumWithinDown(before.sum, next.sum, partS, intervalS);
            return
                MeanPriceLib.arithmeticNearest(
                    MeanPriceLib.added(sum, end.sum),
                    _windowS,
                    _baseScale,
                    _quoteScale
                );
        }
        int256 logSum = MeanPriceLib.logSumWithin(before.logSum, next.logSum, partS, intervalS);
        return MeanPriceLib.geometricNearest(end.logSum - logSum, _windowS, _baseScale, _quoteScale);
    }

    /// @dev The newest checkpoint at or before `timeS`, among [oldest, count), of which the oldest is one.
    function _newestUpTo(uint256 timeS, uint256 oldest, uint256 count) private view returns (uint256) {
        (uint256 low, uint256 high) = (oldest, count);
        while (high - low > 1) {
            uint256 middle = (low + high) / 2;
            if (_ring[middle % capacity].timeS <= timeS) low = middle;
            else high = middle;
        }
        return low;
    }

    /// @dev What the checkpoint of number `index` would be now; reverts with `EmptyPool`.
    function _now(uint256 index) private view returns (Checkpoint memory taken) {
        (uint112 baseReserve, uint112 quoteReserve, uint32 changedAt) = _reserves();
        uint256 sum = _baseIsToken0 ? pool.price0CumulativeLast() : pool.price1CumulativeLast();
        uint256 restedS;
        unchecked {
            // The pool's time wraps at 2³².
            restedS = uint32(block.timestamp) - changedAt;
        }
        taken.timeS = uint64(block.timestamp);
        taken.restingSinceS = uint64(block.timestamp - restedS);
        taken.sum = MeanPriceLib.sumAfter(sum, UQ112x112.fractionDown(quoteReserve, baseReserve), restedS);
        if (index == 0 || _mean == Mean.Arithmetic) return taken;
        Checkpoint memory last = _ring[(index - 1) % capacity];
        uint256 elapsedS = block.timestamp - last.timeS;
        taken.logSum = last.logSum;
        if (elapsedS == 0) return taken;
        uint256 grown = MeanPriceLib.added(last.sum, taken.sum);
        taken.logSum += int128(MeanPriceLib.logAdded(grown, elapsedS));
    }

    function _what() internal pure override returns (string memory) {
        return "pool mean";
    }
}
