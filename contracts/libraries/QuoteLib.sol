// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {FeedRound} from "./FeedLib.sol";

/// @title QuoteLib
/// @notice What layers make of the prices of several feeds. Prices are positive and below 2^127, decimals at most 18.
library QuoteLib {
    uint256 private constant BPS = 1e4;

    /// @notice A price with other decimals, rounded down.
    function rescaledDown(uint256 price, uint256 decimals, uint256 toDecimals) internal pure returns (uint256) {
        return
            decimals <= toDecimals ? price * 10 ** (toDecimals - decimals) : price / 10 ** (decimals - toDecimals);
    }

    /// @notice `price`, brought to within `bandBps` of `anchor`, which has other decimals. The lower bound rounds up
    /// and the upper one down; where they cross, the upper one counts.
    function anchoredDown(
        uint256 price,
        uint256 decimals,
        uint256 anchor,
        uint256 anchorDecimals,
        uint256 bandBps
    ) internal pure returns (uint256) {
        uint256 plus = 10 ** decimals;
        uint256 minus = BPS * 10 ** anchorDecimals;
        uint256 lowest = Math.mulDiv(anchor * (BPS - bandBps), plus, minus, Math.Rounding.Ceil);
        uint256 highest = Math.mulDiv(anchor * (BPS + bandBps), plus, minus);
        return Math.min(Math.max(price, lowest), highest);
    }

    /// @notice Median of the first `count` rounds, of which there is at least one. Of an even number it is the mean
    /// of the middle two, rounded down, with the older of their times. Equal answers keep their order. The round
    /// number is `updatedAt`.
    /// @dev Sorts `rounds` by insertion: they are few.
    function medianDown(FeedRound[] memory rounds, uint256 count) internal pure returns (FeedRound memory median) {
        for (uint256 i = 1; i < count; ++i) {
            FeedRound memory moved = rounds[i];
            uint256 at = i;
            for (; at > 0 && rounds[at - 1].answer > moved.answer; --at) rounds[at] = rounds[at - 1];
            rounds[at] = moved;
        }
        FeedRound memory lower = rounds[(count - 1) / 2];
        FeedRound memory upper = rounds[count / 2];
        median.answer = (lower.answer + upper.answer) / 2;
        median.startedAt = Math.min(lower.startedAt, upper.startedAt);
        median.updatedAt = Math.min(lower.updatedAt, upper.updatedAt);
        median.roundId = uint80(median.updatedAt);
    }
}
