// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IConstantProductPool} from "../interfaces/IConstantProductPool.sol";
import {IPoolSpotFeed} from "../interfaces/IPoolSpotFeed.sol";
import {PoolFeed} from "./PoolFeed.sol";

/// @title PoolSpotFeed
/// @notice The spot price of a constant-product pool at the moment of reading.
contract PoolSpotFeed is IPoolSpotFeed, PoolFeed {
    /// @dev See `PoolFeed`.
    constructor(
        IConstantProductPool pool_,
        address base_,
        uint8 baseDecimals,
        uint8 quoteDecimals,
        uint8 answerDecimals
    ) PoolFeed(pool_, base_, baseDecimals, quoteDecimals, answerDecimals) {}

    /// @dev Quote tokens per whole base token with the answer's decimals, rounded down.
    function _answer() internal view override returns (uint256, uint256) {
        (uint256 baseReserve, uint256 quoteReserve, ) = _reserves();
        return (Math.mulDiv(quoteReserve, _baseScale, baseReserve * _quoteScale), block.timestamp);
    }

    function _what() internal pure override returns (string memory) {
        return "pool spot";
    }
}
