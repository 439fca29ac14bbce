// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IExchangeRate} from "../interfaces/IExchangeRate.sol";
import {IStableSwapPool} from "../interfaces/IStableSwapPool.sol";
import {ExactTransfer} from "../libraries/ExactTransfer.sol";
import {StableCurve, StableSwapLib} from "../libraries/StableSwapLib.sol";

/// @title StableSwapPool
/// @notice See `IStableSwapPool`.
contract StableSwapPool is IStableSwapPool, ERC20, ReentrancyGuard {
    using ExactTransfer for IERC20;
    using SafeERC20 for IERC20;

    /// @dev The pool at one moment: what turns smallest units of each coin into normalised ones (times 1e18), and
    /// the normalised balances.
    struct Books {
        uint256[2] ratesWad;
        uint256[2] scales;
        uint256[2] balances;
    }

    /// @inheritdoc IStableSwapPool
    uint256 public constant MINIMUM_LIQUIDITY = 1_000;
    /// @inheritdoc IStableSwapPool
    address public constant SHARE_LOCK = 0x000000000000000000000000000000000000dEaD;
    /// @inheritdoc IStableSwapPool
    uint256 public constant MAX_RATE_WAD = 1e36;

    uint256 private constant WAD = 1e18;
    uint256 private constant BPS = 1e4;
    uint256 private constant MIN_DECIMALS = 6;
    uint256 private constant MAX_DECIMALS = 18;
    uint256 private constant MIN_AMPLIFICATION_E2 = 1e2;
    uint256 private constant MAX_AMPLIFICATION_E2 = 1e8;
    uint256 private constant MAX_FEE_PPM = 500_000;
    uint256 private constant MAX_MULTIPLIER_BPS = 200_000;

    /// @inheritdoc IStableSwapPool
    address public immutable token0;
    /// @inheritdoc IStableSwapPool
    address public immutable token1;
    /// @inheritdoc IStableSwapPool
    IExchangeRate public immutable rateOracle0;
    /// @inheritdoc IStableSwapPool
    IExchangeRate public immutable rateOracle1;
    /// @inheritdoc IStableSwapPool
    uint256 public immutable amplificationE2;
    /// @inheritdoc IStableSwapPool
    uint256 public immutable feePpm;
    /// @inheritdoc IStableSwapPool
    uint256 public immutable offPegFeeMultiplierBps;

    uint256 private immutable _unit0;
    uint256 private immutable _unit1;

    uint128 private _balance0;
    uint128 private _balance1;

    /// @param token0_ The first coin.
    /// @param token1_ The second coin; differs from the first.
    /// @param rateOracle0_ Rate oracle of the first coin, or the zero address.
    /// @param rateOracle1_ Rate oracle of the second coin, or the zero address.
    /// @param amplificationE2_ Amplification times 100: 1e2 to 1e8.
    /// @param feePpm_ Fee of a trade in millionths; at most 500_000 after the multiplier.
    /// @param offPegFeeMultiplierBps_ Multiplier of the fee off the peg: 10_000 to 200_000.
    constructor(
        address token0_,
        address token1_,
        IExchangeRate rateOracle0_,
        IExchangeRate rateOracle1_,
        uint256 amplificationE2_,
        uint256 feePpm_,
        uint256 offPegFeeMultiplierBps_
    ) ERC20("StableSwap Shares", "SSS") {
        if (token0_ == token1_ || token0_ == address(0) || token1_ == address(0)) {
            revert InvalidTokens(token0_, token1_);
        }
        if (amplificationE2_ < MIN_AMPLIFICATION_E2 || amplificationE2_ > MAX_AMPLIFICATION_E2) {
            revert AmplificationOutOfRange(amplificationE2_, MIN_AMPLIFICATION_E2, MAX_AMPLIFICATION_E2);
        }
        if (
            offPegFeeMultiplierBps_ < BPS ||
            offPegFeeMultiplierBps_ > MAX_MULTIPLIER_BPS ||
            feePpm_ > (MAX_FEE_PPM * BPS) / offPegFeeMultiplierBps_
        ) revert InvalidFee(feePpm_, offPegFeeMultiplierBps_, MAX_FEE_PPM, MAX_MULTIPLIER_BPS);
        token0 = token0_;
        token1 = token1_;
        rateOracle0 = rateOracle0_;
        rateOracle1 = rateOracle1_;
        amplificationE2 = amplificationE2_;
        feePpm = feePpm_;
        offPegFeeMultiplierBps = offPegFeeMultiplierBps_;
        _unit0 = _normalisedUnit(token0_);
        _unit1 = _normalisedUnit(token1_);
        _rateWad(rateOracle0_);
        _rateWad(rateOracle1_);
    }

    /* TRADING */

    /// @inheritdoc IStableSwapPool
    function swapExactIn(
        address tokenIn,
        uint256 amountIn,
        uint256 minAmountOut,
        address to
    ) external nonReentrant returns (uint256 amountOut) {
        (uint256 i, address tokenOut) = _index(tokenIn);
        IERC20(tokenIn).pull(msg.sender, amountIn);
        Books memory books = _books();
        uint256 fee;
        (amountOut, fee) = _output(books, i, amountIn);
        if (amountOut == 0) revert ZeroOutput(amountIn);
        if (amountOut < minAmountOut) revert InsufficientOutput(amountOut, minAmountOut);
        (uint256 balance0, uint256 balance1) = i == 0
            ? _setBalances(_balance0 + amountIn, _balance1 - amountOut)
            : _setBalances(_balance0 - amountOut, _balance1 + amountIn);
        emit Swap(
            msg.sender,
            tokenIn,
            to,
            amountIn,
            amountOut,
            fee,
            balance0,
            balance1,
            books.ratesWad[0],
            books.ratesWad[1]
        );
        IERC20(tokenOut).safeTransfer(to, amountOut);
    }

    /// @inheritdoc IStableSwapPool
    function quoteExactIn(address tokenIn, uint256 amountIn) external view returns (uint256 amountOut) {
        (uint256 i, ) = _index(tokenIn);
        (amountOut, ) = _output(_books(), i, amountIn);
    }

    /// @dev Output of a sale of coin `i`, and the fee in the other, both in smallest units.
    function _output(
        Books memory books,
        uint256 i,
        uint256 amountIn
    ) private view returns (uint256 amountOut, uint256 fee) {
        uint256 input = _normalisedDown(amountIn, books.scales[i]);
        _requireCountable(i, books.balances[i] + input);
        (amountOut, fee) = StableSwapLib.outputDown(books.balances[i], books.balances[1 - i], input, _curve());
        amountOut = _coinAmountDown(amountOut, books.scales[1 - i]);
        fee = _coinAmountDown(fee, books.scales[1 - i]);
    }

    /* LIQUIDITY */

    /// @inheritdoc IStableSwapPool
    function addLiquidity(
        uint256 amount0,
        uint256 amount1,
        uint256 minShares,
        address to
    ) external nonReentrant returns (uint256 shares) {
        if (amount0 != 0) IERC20(token0).pull(msg.sender, amount0);
        if (amount1 != 0) IERC20(token1).pull(msg.sender, amount1);
        shares = previewAddLiquidity(amount0, amount1);
        if (shares == 0 || shares < minShares) revert InsufficientShares(shares, minShares);
        if (totalSupply() == 0) _mint(SHARE_LOCK, MINIMUM_LIQUIDITY);
        _mint(to, shares);
        (uint256 balance0, uint256 balance1) = _setBalances(_balance0 + amount0, _balance1 + amount1);
        emit LiquidityAdded(msg.sender, to, amount0, amount1, shares, balance0, balance1);
    }

    /// @inheritdoc IStableSwapPool
    function removeLiquidity(
        uint256 shares,
        uint256 minAmount0,
        uint256 minAmount1,
        address to
    ) external nonReentrant returns (uint256 amount0, uint256 amount1) {
        uint256 totalShares = totalSupply();
        _burn(msg.sender, shares);
        if (shares != 0) {
            amount0 = Math.mulDiv(shares, _balance0, totalShares);
            amount1 = Math.mulDiv(shares, _balance1, totalShares);
        }
        if (amount0 < minAmount0) revert InsufficientOutput(amount0, minAmount0);
        if (amount1 < minAmount1) revert InsufficientOutput(amount1, minAmount1);
        _remove(amount0, amount1, shares, to);
    }

    /// @inheritdoc IStableSwapPool
    function removeLiquidityOneCoin(
        uint256 shares,
        address tokenOut,
        uint256 minAmountOut,
        address to
    ) external nonReentrant returns (uint256 amountOut) {
        amountOut = previewRemoveLiquidityOneCoin(shares, tokenOut);
        if (amountOut == 0) revert ZeroOutput(shares);
        if (amountOut < minAmountOut) revert InsufficientOutput(amountOut, minAmountOut);
        _burn(msg.sender, shares);
        if (tokenOut == token0) _remove(amountOut, 0, shares, to);
        else _remove(0, amountOut, shares, to);
    }

    /// @inheritdoc IStableSwapPool
    function previewAddLiquidity(uint256 amount0, uint256 amount1) public view returns (uint256 shares) {
        Books memory books = _books();
        uint256[2] memory amounts = [
            _normalisedDown(amount0, books.scales[0]),
            _normalisedDown(amount1, books.scales[1])
        ];
        for (uint256 i = 0; i < 2; ++i) _requireCountable(i, books.balances[i] + amounts[i]);
        uint256 totalShares = totalSupply();
        if (totalShares != 0) {
            (shares, ) = StableSwapLib.depositSharesDown(books.balances, amounts, totalShares, _curve());
        } else {
            if (amounts[0] == 0 || amounts[1] == 0) revert NoLiquidity(amounts[0], amounts[1]);
            shares = StableSwapLib.invariantDown(amounts[0], amounts[1], amplificationE2);
            shares = Math.saturatingSub(shares, MINIMUM_LIQUIDITY);
        }
    }

    /// @inheritdoc IStableSwapPool
    function previewRemoveLiquidityOneCoin(
        uint256 shares,
        address tokenOut
    ) public view returns (uint256 amountOut) {
        (uint256 i, ) = _index(tokenOut);
        uint256 totalShares = totalSupply();
        if (shares > totalShares) revert InsufficientShares(totalShares, shares);
        if (shares == 0) return 0;
        Books memory books = _books();
        (amountOut, ) = StableSwapLib.withdrawalDown(
            books.balances[1 - i],
            books.balances[i],
            shares,
            totalShares,
            _curve()
        );
        amountOut = _coinAmountDown(amountOut, books.scales[i]);
    }

    /// @dev Writes the balances off, tells of it and pays.
    function _remove(uint256 amount0, uint256 amount1, uint256 shares, address to) private {
        (uint256 balance0, uint256 balance1) = _setBalances(_balance0 - amount0, _balance1 - amount1);
        emit LiquidityRemoved(msg.sender, to, amount0, amount1, shares, balance0, balance1);
        if (amount0 != 0) IERC20(token0).safeTransfer(to, amount0);
        if (amount1 != 0) IERC20(token1).safeTransfer(to, amount1);
    }

    /* STATE */

    /// @inheritdoc IStableSwapPool
    function balances() external view returns (uint256 balance0, uint256 balance1) {
        return (_balance0, _balance1);
    }

    /// @inheritdoc IStableSwapPool
    function ratesWad() public view returns (uint256 rate0Wad, uint256 rate1Wad) {
        return (_rateWad(rateOracle0), _rateWad(rateOracle1));
    }

    /// @inheritdoc IStableSwapPool
    function invariant() public view returns (uint256) {
        uint256[2] memory held = _books().balances;
        return StableSwapLib.invariantDown(held[0], held[1], amplificationE2);
    }

    /// @inheritdoc IStableSwapPool
    function virtualPriceWad() external view returns (uint256) {
        uint256 totalShares = totalSupply();
        return totalShares == 0 ? 0 : Math.mulDiv(invariant(), WAD, totalShares);
    }

    /// @inheritdoc IStableSwapPool
    function spotPriceWad(address base) external view returns (uint256) {
        (uint256 i, ) = _index(base);
        Books memory books = _books();
        uint256 price = StableSwapLib.spotPriceWad(books.balances[i], books.balances[1 - i], amplificationE2);
        return Math.mulDiv(price, books.ratesWad[i], books.ratesWad[1 - i]);
    }

    /// @dev The balances that the pool counts, now at these; they must fit in 128 bits.
    function _setBalances(uint256 balance0, uint256 balance1) private returns (uint256, uint256) {
        _balance0 = SafeCast.toUint128(balance0);
        _balance1 = SafeCast.toUint128(balance1);
        return (balance0, balance1);
    }

    /* BOOKS */

    /// @dev The pool at the rates of now.
    function _books() private view returns (Books memory books) {
        (books.ratesWad[0], books.ratesWad[1]) = ratesWad();
        books.scales = [_unit0 * books.ratesWad[0], _unit1 * books.ratesWad[1]];
        books.balances = [
            _normalisedDown(_balance0, books.scales[0]),
            _normalisedDown(_balance1, books.scales[1])
        ];
        for (uint256 i = 0; i < 2; ++i) _requireCountable(i, books.balances[i]);
    }

    function _curve() private view returns (StableCurve memory) {
        return StableCurve(amplificationE2, feePpm, offPegFeeMultiplierBps);
    }

    /// @dev Which of the two coins it is, and the other one.
    function _index(address token) private view returns (uint256 i, address other) {
        if (token == token0) return (0, token1);
        if (token == token1) return (1, token0);
        revert TokenNotInPool(address(this), token);
    }

    function _rateWad(IExchangeRate oracle) private view returns (uint256 rateWad) {
        if (address(oracle) == address(0)) return WAD;
        rateWad = oracle.rateWad();
        if (rateWad == 0 || rateWad > MAX_RATE_WAD) revert InvalidRate(address(oracle), rateWad, MAX_RATE_WAD);
    }

    /// @dev Normalised units of the smallest unit of a coin at rate 1.
    function _normalisedUnit(address token) private view returns (uint256) {
        uint256 decimals_ = IERC20Metadata(token).decimals();
        if (decimals_ < MIN_DECIMALS || decimals_ > MAX_DECIMALS) {
            revert UnsupportedDecimals(token, decimals_, MIN_DECIMALS, MAX_DECIMALS);
        }
        return 10 ** (MAX_DECIMALS - decimals_);
    }

    function _normalisedDown(uint256 amount, uint256 scale) private pure returns (uint256) {
        return Math.mulDiv(amount, scale, WAD);
    }

    function _coinAmountDown(uint256 amount, uint256 scale) private pure returns (uint256) {
        return Math.mulDiv(amount, WAD, scale);
    }

    function _requireCountable(uint256 i, uint256 balance) private view {
        uint256 most = StableSwapLib.MAX_BALANCE;
        if (balance > most) revert BalanceTooLarge(i == 0 ? token0 : token1, balance, most);
    }
}
