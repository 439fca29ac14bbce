// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

/// @title IConstantProductPool
/// @notice A pair of tokens traded along x·y = k, equal to Uniswap V2 to the wei.
/// @dev Differences to Uniswap V2, none of which changes an amount: the swap fee is a parameter (30 bps is
/// Uniswap's), the order of the tokens is the constructor's, the recipient of the protocol fee is set on the pool
/// itself, the locked minimum of shares sits at `SHARE_LOCK` because the share token refuses the zero address,
/// and shares have no permit.
///
/// Like Uniswap's pair this is a core to be called by contracts: `mint`, `burn` and `swap` act on what was sent to
/// the pool beforehand and give it to whoever calls first. Accounts use the router.
///
/// Amounts are in the smallest unit of each token; shares have 18 decimals. Rounding always favours the pool.
interface IConstantProductPool is IERC20Metadata {
    /// @notice Liquidity came in.
    /// @param sender Who called `mint`.
    event Mint(address indexed sender, uint256 amount0, uint256 amount1);

    /// @notice Liquidity went out.
    /// @param sender Who called `burn`.
    /// @param to Who received the tokens.
    event Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to);

    /// @notice A trade, with what came in beyond what went out and back within the call.
    /// @param sender Who called `swap`.
    /// @param to Who received the output.
    event Swap(
        address indexed sender,
        uint256 amount0In,
        uint256 amount1In,
        uint256 amount0Out,
        uint256 amount1Out,
        address indexed to
    );

    /// @notice The reserves changed to these values.
    event Sync(uint112 reserve0, uint112 reserve1);

    /// @notice The recipient of the protocol fee changed.
    event FeeToSet(address indexed previousFeeTo, address indexed newFeeTo);

    /// @notice The two tokens must differ and exist.
    error InvalidTokens(address token0, address token1);

    /// @notice The swap fee is above the highest allowed.
    error FeeTooHigh(uint256 feeBps, uint256 maxFeeBps);

    /// @notice A swap must pay something out.
    error ZeroOutput();

    /// @notice A swap must be paid for, and a quote needs an amount.
    error ZeroInput();

    /// @notice The output must stay below the reserve.
    error InsufficientLiquidity(uint256 amountOut, uint256 reserve);

    /// @notice A pool that lacks one of its tokens has no price.
    error NoLiquidity(uint256 reserveIn, uint256 reserveOut);

    /// @notice A token of the pool cannot receive a swap.
    error InvalidRecipient(address to);

    /// @notice The product of the fee-adjusted balances fell below that of the reserves.
    /// @param kAfter Product of the balances after the fee, scaled by 10_000².
    /// @param kBefore Product of the reserves, scaled by 10_000².
    error InvariantDecreased(uint256 kAfter, uint256 kBefore);

    /// @notice A balance does not fit in the 112 bits of a reserve.
    error BalanceOverflow(uint256 balance, uint256 maxBalance);

    /// @notice The deposit is worth no share.
    error InsufficientLiquidityMinted(uint256 amount0, uint256 amount1);

    /// @notice The shares are worth nothing of one of the tokens.
    error InsufficientLiquidityBurned(uint256 amount0, uint256 amount1);

    /* LIQUIDITY */

    /// @notice Mints shares for the tokens sent to the pool since the last change of its reserves.
    /// @dev The first deposit gets √(amount0·amount1) shares, of which `MINIMUM_LIQUIDITY` are locked for ever;
    /// later ones the smaller of both proportions, rounded down. Mints the protocol fee first. Emits `Mint`.
    /// @param to Who receives the shares.
    /// @return shares Shares minted for `to`.
    function mint(address to) external returns (uint256 shares);

    /// @notice Burns the shares that the pool holds of itself and pays out their part of the balances.
    /// @dev Mints the protocol fee first. Amounts are rounded down. Emits `Burn`.
    /// @param to Who receives the tokens.
    /// @return amount0 Amount of token0 paid out.
    /// @return amount1 Amount of token1 paid out.
    function burn(address to) external returns (uint256 amount0, uint256 amount1);

    /* TRADING */

    /// @notice Pays out the amounts asked for, calls `to` if there is data, and checks that it was paid for them.
    /// @dev Payment may have been sent before or in the callback, in either token. Emits `Swap`.
    /// @param amount0Out Amount of token0 to pay out.
    /// @param amount1Out Amount of token1 to pay out.
    /// @param to Who receives them; not a token of the pool.
    /// @param data If not empty, `to` is called with it through `IUniswapV2Callee`: a flash swap.
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;

    /* BALANCES AND RESERVES */

    /// @notice Sends to `to` what the pool holds beyond its reserves.
    function skim(address to) external;

    /// @notice Sets the reserves to the balances; a donation becomes the shareholders'.
    function sync() external;

    /// @notice The reserves as of the last change, and when that was, in seconds since the epoch modulo 2³².
    function getReserves() external view returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast);

    /// @notice Sum over seconds of the price of token0 in token1 as UQ112×112, modulo 2²⁵⁶.
    /// @dev A block counts with the reserves before its first change. Holds as of `blockTimestampLast`.
    function price0CumulativeLast() external view returns (uint256);

    /// @notice Sum over seconds of the price of token1 in token0 as UQ112×112, modulo 2²⁵⁶.
    function price1CumulativeLast() external view returns (uint256);

    /* PROTOCOL FEE */

    /// @notice Sets who receives the protocol fee; the zero address switches it off. Only the owner.
    /// @dev While on, a sixth of the growth of √k since the last change of liquidity is minted as shares.
    function setFeeTo(address newFeeTo) external;

    /// @notice Who receives the protocol fee; zero when it is off.
    function feeTo() external view returns (address);

    /// @notice reserve0·reserve1 after the last change of liquidity while the fee was on, else 0.
    function kLast() external view returns (uint256);

    /* CONSTANTS */

    /// @notice The first token.
    function token0() external view returns (address);

    /// @notice The second token.
    function token1() external view returns (address);

    /// @notice Swap fee on the input, in basis points.
    function feeBps() external view returns (uint256);

    /// @notice Shares locked for ever by the first deposit.
    // solhint-disable-next-line func-name-mixedcase
    function MINIMUM_LIQUIDITY() external view returns (uint256);

    /// @notice Where the locked shares are; nobody has its key.
    // solhint-disable-next-line func-name-mixedcase
    function SHARE_LOCK() external view returns (address);
}
