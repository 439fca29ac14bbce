// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IStableSwapPool} from "../interfaces/IStableSwapPool.sol";
import {IStableSwapSpotFeed} from "../interfaces/IStableSwapSpotFeed.sol";
import {PairFeed} from "./PairFeed.sol";

/// @title StableSwapSpotFeed
/// @notice See `IStableSwapSpotFeed`.
contract StableSwapSpotFeed is IStableSwapSpotFeed, PairFeed {
    uint256 private constant WAD = 1e18;

    /// @inheritdoc IStableSwapSpotFeed
    IStableSwapPool public immutable pool;

    /// @param pool_ The pool that is read.
    /// @param base_ The token whose price is the answer; one of the pool's.
    /// @param answerDecimals Decimals of the answer.
    constructor(
        IStableSwapPool pool_,
        address base_,
        uint8 answerDecimals
    ) PairFeed(address(pool_), pool_.token0(), pool_.token1(), base_, answerDecimals) {
        pool = pool_;
    }

    function _answer() internal view override returns (uint256, uint256) {
        return (Math.mulDiv(pool.spotPriceWad(base), 10 ** uint256(decimals), WAD), block.timestamp);
    }

    function _what() internal pure override returns (string memory) {
        return "pool spot";
    }
}
