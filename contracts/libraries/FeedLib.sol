// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";

/// @notice A round of a feed; times in seconds since the epoch.
struct FeedRound {
    uint80 roundId;
    int256 answer;
    uint256 startedAt;
    uint256 updatedAt;
}

/// @title FeedLib
/// @notice Reads of feeds that may fail, lie or burn gas.
library FeedLib {
    /// @dev A source may use this much; what it burns beyond is not the reader's. Enough for three layers over a
    /// time-weighted source.
    uint256 internal constant READ_GAS = 1_000_000;
    uint256 private constant ROUND_BYTES = 160;

    /// @notice The newest round, as the feed gives it; reverts as the feed does.
    function latest(IAggregatorV3 feed) internal view returns (FeedRound memory round) {
        (round.roundId, round.answer, round.startedAt, round.updatedAt, ) = feed.latestRoundData();
    }

    /// @notice The newest round, and whether it can be used: the feed answered, the answer is above 0 and fits in
    /// 127 bits, and neither time lies in the future. Never reverts; without an answer the round is empty.
    /// @dev At most 160 bytes are copied, so that a long answer costs the reader nothing.
    function tryLatest(IAggregatorV3 feed) internal view returns (bool valid, FeedRound memory round) {
        return tryLatest(feed, READ_GAS);
    }

    /// @notice Likewise, where the feed may use `gasLimit`.
    function tryLatest(
        IAggregatorV3 feed,
        uint256 gasLimit
    ) internal view returns (bool valid, FeedRound memory round) {
        bytes memory question = abi.encodeCall(IAggregatorV3.latestRoundData, ());
        uint256[5] memory words;
        bool ok;
        assembly ("memory-safe") {
            ok := staticcall(gasLimit, feed, add(question, 32), mload(question), words, ROUND_BYTES)
            ok := and(ok, gt(returndatasize(), sub(ROUND_BYTES, 1)))
        }
        if (!ok || words[0] > type(uint80).max) return (false, round);
        round = FeedRound(uint80(words[0]), int256(words[1]), words[2], words[3]);
        valid =
            round.answer > 0 &&
            round.answer <= type(int128).max &&
            round.startedAt <= block.timestamp &&
            round.updatedAt != 0 &&
            round.updatedAt <= block.timestamp;
    }
}
