// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IConcentratedMeanFeed} from "../../interfaces/IConcentratedMeanFeed.sol";
import {IConcentratedPool} from "../../interfaces/IConcentratedPool.sol";
import {TickLib} from "../../libraries/TickLib.sol";
import {ConcentratedFeed} from "./ConcentratedFeed.sol";

/// @title ConcentratedMeanFeed
/// @notice See `IConcentratedMeanFeed`.
contract ConcentratedMeanFeed is IConcentratedMeanFeed, ConcentratedFeed {
    /// @dev A read of as many takes about two thirds of what `FeedLib` grants a source.
    uint256 private constant MAX_PIECES = 24;

    /// @inheritdoc IConcentratedMeanFeed
    uint32 public immutable windowS;
    /// @inheritdoc IConcentratedMeanFeed
    uint32 public immutable spacingS;

    /// @dev See `ConcentratedFeed`; window and length of its pieces in seconds.
    constructor(
        IConcentratedPool pool_,
        address base_,
        uint8 baseDecimals,
        uint8 quoteDecimals,
        uint8 answerDecimals,
        uint32 windowS_,
        uint32 spacingS_
    ) ConcentratedFeed(pool_, base_, baseDecimals, quoteDecimals, answerDecimals) {
        bool usable = spacingS_ != 0 && spacingS_ <= windowS_;
        if (!usable || Math.ceilDiv(windowS_, spacingS_) > MAX_PIECES) {
            revert WindowOutOfRange(windowS_, spacingS_, MAX_PIECES);
        }
        windowS = windowS_;
        spacingS = spacingS_;
    }

    function _price(uint160, uint16 index, uint16 cardinality) internal view override returns (uint256) {
        uint256 historyS = _historyS(index, cardinality);
        if (historyS < windowS) revert NotEnoughHistory(historyS, windowS);
        uint32[] memory agesS = _agesS();
        (int56[] memory sums, ) = pool.observe(agesS);
        uint256 weighted;
        for (uint256 i = 0; i + 1 < agesS.length; ++i) {
            uint256 lengthS = agesS[i] - agesS[i + 1];
            int256 grown;
            unchecked {
                // The pool's sums wrap.
                grown = _baseIsToken0 ? sums[i + 1] - sums[i] : sums[i] - sums[i + 1];
            }
            uint160 root = TickLib.sqrtPriceX96AtTick(TickLib.meanTickDown(grown, lengthS));
            weighted += TickLib.priceDown(root, _baseScale, _quoteScale) * lengthS;
        }
        return weighted / windowS;
    }

    /// @dev Ages of the pieces' ends, from the start of the window to now.
    function _agesS() private view returns (uint32[] memory agesS) {
        uint256 pieces = Math.ceilDiv(windowS, spacingS);
        agesS = new uint32[](pieces + 1);
        agesS[0] = windowS;
        for (uint256 i = 1; i <= pieces; ++i) agesS[i] = uint32((pieces - i) * spacingS);
    }

    /// @dev Seconds since the pool's oldest observation: the next to be overwritten, or the first one ever.
    function _historyS(uint256 index, uint256 cardinality) private view returns (uint256) {
        (uint32 timestamp, , , bool initialised) = pool.observations((index + 1) % cardinality);
        if (!initialised) (timestamp, , , ) = pool.observations(0);
        unchecked {
            // The pool's time wraps at 2^32.
            return uint32(block.timestamp) - timestamp;
        }
    }

    function _what() internal pure override returns (string memory) {
        return "concentrated pool mean";
    }
}
