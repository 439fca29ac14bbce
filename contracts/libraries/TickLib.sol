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

    /// @notice The tick is not within `MAX_TICK` of 0.
    error TickOutOfRange(int256 tick);

    /// @notice √1.0001^tick with 96 binary places: of what the pool computes, every bit.
    /// @dev The product over the tick's binary digits, from the lowest; each factor rounds down, and the result up.
    function sqrtPriceX96AtTick(int256 tick) internal pure returns (uint160) {
        uint256 digits = tick < 0 ? uint256(-tick) : uint256(tick);
        if (digits > uint24(MAX_TICK)) revert TickOutOfRange(tick);
        uint128[20] memory roots = _roots();
        uint256 ratio = 1 << 128;
        for (uint256 i = 0; i < roots.length; ++i) {
            if ((digits >> i) & 1 == 1) ratio = (ratio * roots[i]) >> 128;
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

    /// @dev 1.0001^(-2^i / 2) for i = 0 to 19, with 128 binary places each, rounded to nearest. No constant, whose bytes
    /// would lie in the code as data.
    function _roots() private pure returns (uint128[20] memory) {
        return
            [
                uint128(0xfffcb933bd6fad37aa2d162d1a594001),
                0xfff97272373d413259a46990580e213a,
                0xfff2e50f5f656932ef12357cf3c7fdcc,
                0xffe5caca7e10e4e61c3624eaa0941cd0,
                0xffcb9843d60f6159c9db58835c926644,
                0xff973b41fa98c081472e6896dfb254c0,
                0xff2ea16466c96a3843ec78b326b52861,
                0xfe5dee046a99a2a811c461f1969c3053,
                0xfcbe86c7900a88aedcffc83b479aa3a4,
                0xf987a7253ac413176f2b074cf7815e54,
                0xf3392b0822b70005940c7a398e4b70f3,
                0xe7159475a2c29b7443b29c7fa6e889d9,
                0xd097f3bdfd2022b8845ad8f792aa5825,
                0xa9f746462d870fdf8a65dc1f90e061e5,
                0x70d869a156d2a1b890bb3df62baf32f7,
                0x31be135f97d08fd981231505542fcfa6,
                0x9aa508b5b7a84e1c677de54f3e99bc9,
                0x5d6af8dedb81196699c329225ee604,
                0x2216e584f5fa1ea926041bedfe98,
                0x48a170391f7dc42444e8fa2
            ];
    }
}
