// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IConcentratedPool
/// @notice What we use of a Uniswap V3 pool, whose bytecode is the published one.
/// @dev Amounts of a swap are signed from the pool's side: positive is paid in, negative is paid out. Prices are
/// square roots of token1 units per token0 unit with 96 binary places; a tick t stands for 1.0001^t.
interface IConcentratedPool {
    /// @notice The factory that made the pool.
    function factory() external view returns (address);

    /// @notice The token with the lower address.
    function token0() external view returns (address);

    /// @notice The token with the higher address.
    function token1() external view returns (address);

    /// @notice Fee in hundredths of a bp of the input.
    function fee() external view returns (uint24);

    /// @notice Ticks between two that a position may begin or end at.
    function tickSpacing() external view returns (int24);

    /// @notice Liquidity in range at the present price.
    function liquidity() external view returns (uint128);

    /// @notice Price, and what the pool remembers of it.
    /// @return sqrtPriceX96 Present price; 0 before the pool is initialised.
    /// @return tick Present tick.
    /// @return observationIndex Where the newest observation is.
    /// @return observationCardinality Number of observations kept.
    /// @return observationCardinalityNext Number kept as soon as the index reaches the present end.
    /// @return feeProtocol Protocol's share of the fees, packed.
    /// @return unlocked Whether the pool is not in the midst of a call.
    function slot0()
        external
        view
        returns (
            uint160 sqrtPriceX96,
            int24 tick,
            uint16 observationIndex,
            uint16 observationCardinality,
            uint16 observationCardinalityNext,
            uint8 feeProtocol,
            bool unlocked
        );

    /// @notice One tick; `liquidityNet` is what comes into range when the price crosses it upwards.
    function ticks(
        int24 tick
    )
        external
        view
        returns (
            uint128 liquidityGross,
            int128 liquidityNet,
            uint256 feeGrowthOutside0X128,
            uint256 feeGrowthOutside1X128,
            int56 tickCumulativeOutside,
            uint160 secondsPerLiquidityOutsideX128,
            uint32 secondsOutside,
            bool initialized
        );

    /// @notice 256 ticks' marks of being initialised; bit b of word w is for the tick (256 w + b) times the spacing.
    function tickBitmap(int16 word) external view returns (uint256);

    /// @notice One of the observations kept.
    function observations(
        uint256 index
    )
        external
        view
        returns (
            uint32 blockTimestamp,
            int56 tickCumulative,
            uint160 secondsPerLiquidityCumulativeX128,
            bool initialized
        );

    /// @notice The cumulative tick and seconds per liquidity as of each number of seconds ago.
    function observe(
        uint32[] calldata secondsAgos
    ) external view returns (int56[] memory tickCumulatives, uint160[] memory secondsPerLiquidityCumulativeX128s);

    /// @notice Trades until the amount is done or the price limit is reached.
    /// @param recipient Who receives the output.
    /// @param zeroForOne Whether token0 goes in.
    /// @param amountSpecified The input if positive, minus the output if negative.
    /// @param sqrtPriceLimitX96 The price beyond which nothing is traded.
    /// @param data Handed on to the caller's `uniswapV3SwapCallback`.
    function swap(
        address recipient,
        bool zeroForOne,
        int256 amountSpecified,
        uint160 sqrtPriceLimitX96,
        bytes calldata data
    ) external returns (int256 amount0, int256 amount1);

    /// @notice Lends both tokens until the end of the caller's `uniswapV3FlashCallback`.
    function flash(address recipient, uint256 amount0, uint256 amount1, bytes calldata data) external;
}
