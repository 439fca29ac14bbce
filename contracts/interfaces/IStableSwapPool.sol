// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IExchangeRate} from "./IExchangeRate.sol";

/// @title IStableSwapPool
/// @notice Two coins that should be worth the same, or a multiple of each other that an oracle knows, traded with
/// little price impact until the pool has run out of one of them.
/// @dev Two coins of 6 to 18 decimals. Each may have a rate oracle (a staked token's exchange rate), at which the
/// pool takes it for the other: what the rate loses, by a slashing, the shareholders lose. Amounts are in the
/// smallest unit of each coin; shares, the invariant and normalised balances have 18 decimals. Rounding always
/// favours the pool.
///
/// Fees are in ppm, millionths: a basis point is 100 ppm, and a hundredth of it, in which deployed pools of this
/// kind set theirs, is still a whole number. The whole fee stays with the shareholders.
///
/// The pool keeps its own balances. Tokens sent to it without a call are nobody's and move no price; there is no way
/// to take them out. A coin that grows balances by itself (a rebasing staked token) thus leaves its growth here
/// unused and is to be wrapped; one that shrinks them leaves the last to withdraw without. A coin that takes a fee
/// from transfers is refused when it pays less than it says.
///
/// A rate oracle that reverts, or says 0 or more than `MAX_RATE_WAD`, stops everything that needs a price;
/// `removeLiquidity` needs none and always works. A rate that moves in one step can be traded around: whoever knows
/// of it sells the dearer coin before.
///
/// Every change of state is complete before a coin is sent, and no view reads a balance of a coin, so that views
/// tell the truth also to whoever is called in the middle of a transfer.
interface IStableSwapPool is IERC20Metadata {
    /// @notice A trade.
    /// @param sender Who called.
    /// @param tokenIn The coin sold.
    /// @param to Who received the other one.
    /// @param fee What the pool kept of the coin bought, rounded down.
    /// @param balance0 Balance of token0 after it.
    /// @param balance1 Balance of token1 after it.
    /// @param rate0Wad Rate of token0 that it was done at.
    /// @param rate1Wad Rate of token1 that it was done at.
    event Swap(
        address indexed sender,
        address indexed tokenIn,
        address indexed to,
        uint256 amountIn,
        uint256 amountOut,
        uint256 fee,
        uint256 balance0,
        uint256 balance1,
        uint256 rate0Wad,
        uint256 rate1Wad
    );

    /// @notice Liquidity came in.
    /// @param sender Who paid it.
    /// @param to Who received the shares.
    /// @param shares Shares minted for `to`.
    event LiquidityAdded(
        address indexed sender,
        address indexed to,
        uint256 amount0,
        uint256 amount1,
        uint256 shares,
        uint256 balance0,
        uint256 balance1
    );

    /// @notice Liquidity went out, in proportion of the balances or in one coin.
    /// @param sender Whose shares were burned.
    /// @param to Who received the coins.
    event LiquidityRemoved(
        address indexed sender,
        address indexed to,
        uint256 amount0,
        uint256 amount1,
        uint256 shares,
        uint256 balance0,
        uint256 balance1
    );

    /// @notice The two coins must differ and exist.
    error InvalidTokens(address token0, address token1);

    /// @notice A coin's decimals lie outside of what the pool can count.
    error UnsupportedDecimals(address token, uint256 decimals, uint256 minDecimals, uint256 maxDecimals);

    /// @notice The amplification (times 100) lies outside its range.
    error AmplificationOutOfRange(uint256 amplificationE2, uint256 minE2, uint256 maxE2);

    /// @notice The fee, at its highest, would exceed the highest allowed, or its multiplier lies outside its range.
    error InvalidFee(uint256 feePpm, uint256 multiplierBps, uint256 maxFeePpm, uint256 maxMultiplierBps);

    /// @notice The rate oracle says what cannot be a rate.
    error InvalidRate(address oracle, uint256 rateWad, uint256 maxRateWad);

    /// @notice The coin is none of the pool's two.
    error TokenNotInPool(address pool, address token);

    /// @notice A pool that lacks one of its coins has no price, and the first deposit needs both.
    error NoLiquidity(uint256 balanceIn, uint256 balanceOut);

    /// @notice A normalised balance would be more than the formulas are made for.
    error BalanceTooLarge(address token, uint256 balance, uint256 maxBalance);

    /// @notice Newton's method has not found the invariant in so many steps.
    /// @param last The last of them.
    error InvariantNotFound(uint256 x, uint256 y, uint256 last, uint256 maxIterations);

    /// @notice The input buys nothing.
    error ZeroOutput(uint256 amountIn);

    /// @notice The output is below the caller's minimum.
    error InsufficientOutput(uint256 amountOut, uint256 minAmountOut);

    /// @notice The deposit is worth no share, or fewer than the caller's minimum.
    error InsufficientShares(uint256 shares, uint256 minShares);

    /* TRADING */

    /// @notice Sells exactly `amountIn` of one coin for the other; the caller has approved the pool for it.
    /// @param tokenIn The coin sold.
    /// @param amountIn Amount sold.
    /// @param minAmountOut Least amount to be received.
    /// @param to Who receives the other coin.
    /// @return amountOut Amount received by `to`.
    function swapExactIn(
        address tokenIn,
        uint256 amountIn,
        uint256 minAmountOut,
        address to
    ) external returns (uint256 amountOut);

    /// @notice What `swapExactIn` would pay now; 0 where it would refuse because that is nothing.
    function quoteExactIn(address tokenIn, uint256 amountIn) external view returns (uint256 amountOut);

    /* LIQUIDITY */

    /// @notice Deposits any amounts, which the caller has approved the pool for.
    /// @dev The first deposit needs both coins and gets the invariant as shares, of which `MINIMUM_LIQUIDITY` are
    /// locked for ever; later ones pay a fee on what leaves the proportion of the balances.
    /// @param minShares Fewest shares to be received.
    /// @param to Who receives the shares.
    /// @return shares Shares minted for `to`.
    function addLiquidity(
        uint256 amount0,
        uint256 amount1,
        uint256 minShares,
        address to
    ) external returns (uint256 shares);

    /// @notice Burns the caller's shares for their part of both balances. Needs no rate and takes no fee.
    function removeLiquidity(
        uint256 shares,
        uint256 minAmount0,
        uint256 minAmount1,
        address to
    ) external returns (uint256 amount0, uint256 amount1);

    /// @notice Burns the caller's shares for what they are worth in one coin alone, less a fee.
    function removeLiquidityOneCoin(
        uint256 shares,
        address tokenOut,
        uint256 minAmountOut,
        address to
    ) external returns (uint256 amountOut);

    /// @notice Shares that `addLiquidity` would give now, 0 where it would refuse because these are none.
    function previewAddLiquidity(uint256 amount0, uint256 amount1) external view returns (uint256 shares);

    /// @notice What `removeLiquidityOneCoin` would pay now, 0 where it would refuse because that is nothing.
    function previewRemoveLiquidityOneCoin(uint256 shares, address tokenOut) external view returns (uint256);

    /* STATE */

    /// @notice The balances that the pool counts, in smallest units.
    function balances() external view returns (uint256 balance0, uint256 balance1);

    /// @notice What the rate oracles say; 1e18 for a coin without one. Reverts with `InvalidRate`.
    function ratesWad() external view returns (uint256 rate0Wad, uint256 rate1Wad);

    /// @notice The invariant D: what the balances would add up to at equal prices; at most 2 below the exact one.
    function invariant() external view returns (uint256);

    /// @notice The invariant per share, in wad; 0 of an empty pool. Falls only with a rate.
    function virtualPriceWad() external view returns (uint256);

    /// @notice What a whole `base` is worth in whole units of the other coin at the margin and without fee, in wad.
    function spotPriceWad(address base) external view returns (uint256);

    /* PARAMETERS */

    /// @notice Shares of the first deposit that stay locked at `SHARE_LOCK`.
    function MINIMUM_LIQUIDITY() external view returns (uint256);

    /// @notice Where the locked shares are.
    function SHARE_LOCK() external view returns (address);

    /// @notice Highest rate that an oracle may say, in wad.
    function MAX_RATE_WAD() external view returns (uint256);

    /// @notice The first coin.
    function token0() external view returns (address);

    /// @notice The second coin.
    function token1() external view returns (address);

    /// @notice Rate oracle of the first coin; the zero address: it is worth 1.
    function rateOracle0() external view returns (IExchangeRate);

    /// @notice Rate oracle of the second coin; the zero address: it is worth 1.
    function rateOracle1() external view returns (IExchangeRate);

    /// @notice Amplification A times 100, in the scale of Ann = A·n; fixed.
    function amplificationE2() external view returns (uint256);

    /// @notice Fee of a trade at equal balances, in millionths of the output.
    function feePpm() external view returns (uint256);

    /// @notice How many times the fee is taken where a balance is nothing, in bps: 10_000 is the same fee anywhere.
    function offPegFeeMultiplierBps() external view returns (uint256);
}
