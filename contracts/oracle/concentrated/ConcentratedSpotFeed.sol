// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IConcentratedPool} from "../../interfaces/IConcentratedPool.sol";
import {TickLib} from "../../libraries/TickLib.sol";
import {ConcentratedFeed} from "./ConcentratedFeed.sol";

/// @title ConcentratedSpotFeed
/// @notice The spot price of a Uniswap V3 pool at the moment of reading: the naive oracle that flash loans break.
contract ConcentratedSpotFeed is ConcentratedFeed {
    /// @dev See `ConcentratedFeed`.
    constructor(
        IConcentratedPool pool_,
        address base_,
        uint8 baseDecimals,
        uint8 quoteDecimals,
        uint8 answerDecimals
    ) ConcentratedFeed(pool_, base_, baseDecimals, quoteDecimals, answerDecimals) {}

    /// @dev Quote tokens per whole base token with the answer's decimals, rounded down.
    function _price(uint160 sqrtPriceX96, uint16, uint16) internal view override returns (uint256) {
        return
            _baseIsToken0
                ? TickLib.priceDown(sqrtPriceX96, _baseScale, _quoteScale)
                : TickLib.inversePriceDown(sqrtPriceX96, _baseScale, _quoteScale);
    }

    function _what() internal pure override returns (string memory) {
        return "concentrated pool spot";
    }
}
