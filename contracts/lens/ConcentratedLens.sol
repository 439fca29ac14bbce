// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IConcentratedLens} from "../interfaces/IConcentratedLens.sol";
import {IConcentratedPool} from "../interfaces/IConcentratedPool.sol";

/// @title ConcentratedLens
/// @notice See `IConcentratedLens`.
contract ConcentratedLens is IConcentratedLens {
    uint256 private constant HEAD = 5;
    int256 private constant WORD_TICKS = 256;

    /// @inheritdoc IConcentratedLens
    function poolWords(IConcentratedPool pool, int24 reach) external view returns (uint256[] memory words) {
        (uint160 sqrtPriceX96, int24 tick, , , , , ) = pool.slot0();
        int256[] memory ticks = _initialised(pool, int256(tick) - reach, int256(tick) + reach);
        words = new uint256[](HEAD + 2 * ticks.length);
        words[0] = sqrtPriceX96;
        words[1] = uint256(int256(tick));
        words[2] = pool.liquidity();
        words[3] = IERC20(pool.token0()).balanceOf(address(pool));
        words[4] = IERC20(pool.token1()).balanceOf(address(pool));
        for (uint256 i = 0; i < ticks.length; ++i) {
            (, int128 liquidityNet, , , , , , ) = pool.ticks(int24(ticks[i]));
            words[HEAD + 2 * i] = uint256(ticks[i]);
            words[HEAD + 2 * i + 1] = uint256(int256(liquidityNet));
        }
    }

    /// @dev Initialised ticks from `lowest` to `highest`, ascending.
    function _initialised(
        IConcentratedPool pool,
        int256 lowest,
        int256 highest
    ) private view returns (int256[] memory ticks) {
        int256 spacing = pool.tickSpacing();
        (int256 first, int256 last) = (_floorDiv(lowest, spacing), _floorDiv(highest, spacing));
        ticks = new int256[](uint256(last - first + 1));
        uint256 count;
        for (int256 word = first >> 8; word <= last >> 8; ++word) {
            uint256 marks = pool.tickBitmap(int16(word));
            for (int256 at = word * WORD_TICKS; marks != 0; (++at, marks >>= 1)) {
                int256 tick = at * spacing;
                if (marks & 1 == 1 && tick >= lowest && tick <= highest) ticks[count++] = tick;
            }
        }
        assembly ("memory-safe") {
            mstore(ticks, count)
        }
    }

    function _floorDiv(int256 a, int256 b) private pure returns (int256) {
        return a < 0 && a % b != 0 ? a / b - 1 : a / b;
    }
}
