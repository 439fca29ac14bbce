// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TickLib} from "../TickLib.sol";

/// @title ExposedTickMath
/// @notice `TickLib` for tests, which hold it against its mirror. No protocol calls it.
contract ExposedTickMath {
    function sqrtPriceX96AtTick(int256 tick) external pure returns (uint256) {
        return TickLib.sqrtPriceX96AtTick(tick);
    }

    function meanTickDown(int256 grown, uint256 lengthS) external pure returns (int256) {
        return TickLib.meanTickDown(grown, lengthS);
    }

    function priceDown(uint160 sqrtPriceX96, uint256 scale, uint256 unit) external pure returns (uint256) {
        return TickLib.priceDown(sqrtPriceX96, scale, unit);
    }

    function inversePriceDown(uint160 sqrtPriceX96, uint256 scale, uint256 unit) external pure returns (uint256) {
        return TickLib.inversePriceDown(sqrtPriceX96, scale, unit);
    }
}
