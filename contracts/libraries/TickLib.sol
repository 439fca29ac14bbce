// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title TickLib
/// @notice Prices of Uniswap V3: square roots with 96 binary places, ticks, and whole tokens.
library TickLib {
    /// @dev Of a position's ends.
    int24 internal constant MAX_TICK = 887_272;
    /// @dev At `-MAX_TICK`. A pool's price is never below.
    uint160 internal constant MIN_SQRT_PRICE = 4_295_128_739;
    /// @dev At `MAX_TICK`. A pool's price is always below.
    uint160 internal constant MAX_SQRT_PRICE = 1_461_446_703_485_210_103_287_273_052_203_988_822_378_723_970_342;

    uint256 private constant POWERS = 20;
    uint256 private constant POWER_BYTES = 16;
    /// @dev 1.0001^(-2^i / 2) for i = 0 to 19, with 128 binary places each, rounded to nearest.
    bytes private constant ROOTS =
        hex"fffcb933bd6fad37aa2d162d1a594001fff97272373d413259a46990580e213a"
        hex"fff2e50f5f656932ef12357cf3c7fdccffe5caca7e10e4e61c3624eaa0941cd0"
        hex"ffcb9843d60f6159c9db58835c926644ff973b41fa98c081472e6896dfb254c0"
        hex"ff2ea16466c96a3843ec78b326b52861fe5dee046a99a2a811c461f1969c3053"
        hex"fcbe86c7900a88aedcffc83b479aa3a4f987a7253ac413176f2b074cf7815e54"
        hex"f3392b0822b70005940c7a398e4b70f3e7159475a2c29b7443b29c7fa6e889d9"
        hex"d097f3bdfd2022b8845ad8f792aa5825a9f746462d870fdf8a65dc1f90e061e5"
        hex"70d869a156d2a1b890bb3df62baf32f731be135f97d08fd981231505542fcfa6"
        hex"09aa508b5b7a84e1c677de54f3e99bc9005d6af8dedb81196699c329225ee604"
        hex"00002216e584f5fa1ea926041bedfe9800000000048a170391f7dc42444e8fa2";

    /// @notice The tick is not within `MAX_TICK` of 0.
    error TickOutOfRange(int256 tick);

    /// @notice √1.0001^tick with 96 binary places: of what the pool computes, every bit.
    /// @dev The product over the tick's binary digits, from the lowest; each factor rounds down, and the result up.
    function sqrtPriceX96AtTick(int256 tick) internal pure returns (uint160) {
        uint256 digits = tick < 0 ? uint256(-tick) : uint256(tick);
        if (digits > uint24(MAX_TICK)) revert TickOutOfRange(tick);
        bytes memory roots = ROOTS;
        uint256 ratio = 1 << 128;
        for (uint256 i = 0; i < POWERS; ++i) {
            if ((digits >> i) & 1 == 0) continue;
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(add(roots, POWER_BYTES), mul(i, POWER_BYTES)))
            }
            ratio = (ratio * uint128(word)) >> 128;
        }
        if (tick > 0) ratio = type(uint256).max / ratio;
        return uint160(Math.ceilDiv(ratio, 1 << 32));
    }

    /// @notice The mean tick of a sum of ticks times seconds that grew by `grown`, rounded down.
    function meanTickDown(int256 grown, uint256 lengthS) internal pure returns (int256) {
        int256 length = int256(lengthS);
        return grown < 0 && grown % length != 0 ? grown / length - 1 : grown / length;
    }

    /// @notice Token1 per token0 at a root price, times `scale` and over `unit`, rounded down.
    /// @dev Exact: the square has up to 320 bits, of which those above 256 count 2^64 times the scale each.
    function priceDown(uint160 sqrtPriceX96, uint256 scale, uint256 unit) internal pure returns (uint256) {
        (uint256 high, uint256 low) = Math.mul512(sqrtPriceX96, sqrtPriceX96);
        return (((high * scale) << 64) + Math.mulDiv(low, scale, 1 << 192)) / unit;
    }

    /// @notice Token0 per token1 at a root price, times `scale` and over `unit`, rounded down.
    /// @dev Exact, since a floor over a product is the floor of floors. Reverts (overflow) where the answer has more
    /// than 200 bits.
    function inversePriceDown(uint160 sqrtPriceX96, uint256 scale, uint256 unit) internal pure returns (uint256) {
        return Math.mulDiv(scale, 1 << 192, sqrtPriceX96) / sqrtPriceX96 / unit;
    }
}
