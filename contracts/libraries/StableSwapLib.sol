// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IStableSwapPool} from "../interfaces/IStableSwapPool.sol";

/// @notice What shapes a pool: amplification A times 100, fee in millionths of the output while balances are equal,
/// and how many times that is taken, in bps, where one of them is nothing.
struct StableCurve {
    uint256 amplificationE2;
    uint256 feePpm;
    uint256 offPegFeeMultiplierBps;
}

/// @title StableSwapLib
/// @notice The formulas of a StableSwap pool of two coins, on balances counted in one unit of 18 decimals.
/// @dev With x and y the balances, n = 2 and Ann = A·n, the invariant D solves
///
///     Ann·(x + y) + D = Ann·D + D³ / (4·x·y)
///
/// (Egorov, StableSwap, 2019, in the scale of A that deployed pools use). A is held times 100, so that it can be set
/// in steps of a hundredth. Every amount is rounded in favour of the pool, and not just nearly so: `Up` and `Down`
/// bound the exact solution. Balances are at most `MAX_BALANCE` each, up to which nothing overflows.
library StableSwapLib {
    uint256 internal constant MAX_BALANCE = type(uint96).max;
    uint256 internal constant MAX_ITERATIONS = 255;

    /// @dev The unit of `amplificationE2`.
    uint256 private constant A_PRECISION = 100;
    uint256 private constant COINS = 2;
    uint256 private constant BPS = 1e4;
    uint256 private constant PPM = 1e6;
    uint256 private constant WAD = 1e18;
    /// @dev No invariant that is found exceeds the exact one by as much.
    uint256 private constant INVARIANT_SLACK = 2;

    /* INVARIANT */

    /// @notice The invariant D, not below the exact one and less than 2 above it; 0 of an empty pool.
    function invariantUp(uint256 x, uint256 y, uint256 amplificationE2) internal pure returns (uint256) {
        return invariantWithin(x, y, amplificationE2, MAX_ITERATIONS);
    }

    /// @notice The invariant D, not above the exact one and at most 2 below it.
    function invariantDown(uint256 x, uint256 y, uint256 amplificationE2) internal pure returns (uint256) {
        return Math.saturatingSub(invariantUp(x, y, amplificationE2), INVARIANT_SLACK);
    }

    /// @notice `invariantUp` in so many steps of Newton's method, or `InvariantNotFound`.
    /// @dev D solves g(D) = D³/(4xy) + (Ann − 1)·D − Ann·(x + y) = 0, and g is convex and rises. From x + y, which is
    /// never below the solution, the steps fall towards it and none passes it; each is rounded up, which keeps it so.
    /// The quotient is rounded down, since a step is the lower the higher that is. The steps end where one moves D by
    /// 1 or less: what is missing then is of second order.
    function invariantWithin(
        uint256 x,
        uint256 y,
        uint256 amplificationE2,
        uint256 maxIterations
    ) internal pure returns (uint256 invariant) {
        if (x == 0 && y == 0) return 0;
        _requireLiquidity(x, y);
        uint256 annE2 = amplificationE2 * COINS;
        uint256 sum = x + y;
        invariant = sum;
        for (uint256 i = 0; i < maxIterations; ++i) {
            uint256 quotient = _quotientDown(x, y, invariant);
            uint256 next = Math.mulDiv(
                annE2 * sum + COINS * A_PRECISION * quotient,
                invariant,
                (annE2 - A_PRECISION) * invariant + (COINS + 1) * A_PRECISION * quotient,
                Math.Rounding.Ceil
            );
            if (next + 1 >= invariant) return Math.min(next, invariant);
            invariant = next;
        }
        revert IStableSwapPool.InvariantNotFound(x, y, invariant, maxIterations);
    }

    /// @notice The balance of one coin at which the invariant is `invariant` while the other's is `other`: above the
    /// exact one, by 1 or less but for 1e-3.
    /// @dev y² + (x + D/Ann − D)·y = D³ / (4·x·Ann) is quadratic and is solved as such. Both sides are taken times
    /// (2·Ann·100)², so that only the last division loses anything worth telling; the quotient is rounded up and then
    /// the unit added that the root and the division may have lost.
    function balanceUp(uint256 other, uint256 invariant, uint256 amplificationE2) internal pure returns (uint256) {
        if (other == 0) revert IStableSwapPool.NoLiquidity(other, 0);
        uint256 annE2 = amplificationE2 * COINS;
        uint256 gain = annE2 * invariant;
        uint256 loss = annE2 * other + A_PRECISION * invariant;
        uint256 half = gain > loss ? gain - loss : loss - gain;
        uint256 free = Math.mulDiv(invariant ** 2, A_PRECISION * gain, other, Math.Rounding.Ceil);
        return (Math.sqrt(half ** 2 + free) + gain - loss) / (2 * annE2) + 1;
    }

    /// @notice What a unit of the first coin is worth in the second at the margin and without fee, in wad.
    /// @dev (Ann + D³/(4x²y)) / (Ann + D³/(4xy²)), rounded down, at an invariant that may be a unit too high.
    function spotPriceWad(uint256 x, uint256 y, uint256 amplificationE2) internal pure returns (uint256) {
        _requireLiquidity(x, y);
        uint256 annE2 = amplificationE2 * COINS;
        uint256 quotientE2 = A_PRECISION * _quotientDown(x, y, invariantUp(x, y, amplificationE2));
        uint256 ratio = Math.mulDiv(annE2 * x + quotientE2, WAD ** 2, annE2 * y + quotientE2);
        return Math.mulDiv(ratio, y, x * WAD);
    }

    /// @dev D³ / (4·x·y).
    function _quotientDown(uint256 x, uint256 y, uint256 invariant) private pure returns (uint256) {
        return Math.mulDiv(invariant ** 2, invariant, 4 * x * y);
    }

    /* FEES */

    /// @notice The fee at these balances, in wad of an output.
    /// @dev φ·m / ((m − 1)·4xy/(x + y)² + 1): φ at equal balances, towards m·φ the more unequal they are.
    function feeWadUp(uint256 x, uint256 y, StableCurve memory curve) internal pure returns (uint256) {
        uint256 square = (x + y) ** 2;
        uint256 multiplierBps = curve.offPegFeeMultiplierBps;
        uint256 divisor = (multiplierBps - BPS) * 4 * x * y + BPS * square;
        return Math.mulDiv(curve.feePpm * multiplierBps * square, WAD / PPM, divisor, Math.Rounding.Ceil);
    }

    /// @dev What an unequal change of balances pays on each coin's difference to an equal one: n/(4·(n − 1)) of the
    /// fee, which makes a deposit of one coin and its withdrawal in the other cost about what a swap does.
    function _imbalanceFeeWadUp(uint256 x, uint256 y, StableCurve memory curve) private pure returns (uint256) {
        return Math.ceilDiv(feeWadUp(x, y, curve) * COINS, 4 * (COINS - 1));
    }

    function _wadMulUp(uint256 amount, uint256 rateWad) private pure returns (uint256) {
        return Math.mulDiv(amount, rateWad, WAD, Math.Rounding.Ceil);
    }

    /* TRADING */

    /// @notice Output of a sale of `input` against the balances of the sold and the bought coin, and the fee that it
    /// has been charged and that stays with the pool.
    /// @dev The fee is that at the mean of the balances before and after.
    function outputDown(
        uint256 balanceIn,
        uint256 balanceOut,
        uint256 input,
        StableCurve memory curve
    ) internal pure returns (uint256 output, uint256 fee) {
        _requireLiquidity(balanceIn, balanceOut);
        uint256 invariant = invariantUp(balanceIn, balanceOut, curve.amplificationE2);
        uint256 left = balanceUp(balanceIn + input, invariant, curve.amplificationE2);
        if (left >= balanceOut) return (0, 0);
        uint256 rate = feeWadUp((2 * balanceIn + input) / 2, (balanceOut + left) / 2, curve);
        fee = _wadMulUp(balanceOut - left, rate);
        output = balanceOut - left - fee;
    }

    /* LIQUIDITY */

    /// @notice Shares of a deposit into a pool that has some, and what it has been charged of each coin for leaving
    /// the balances' proportion.
    /// @dev The fee is that at the mean of the balances before and after.
    function depositSharesDown(
        uint256[2] memory balances,
        uint256[2] memory amounts,
        uint256 totalShares,
        StableCurve memory curve
    ) internal pure returns (uint256 shares, uint256[2] memory fees) {
        uint256 a = curve.amplificationE2;
        uint256 before = invariantUp(balances[0], balances[1], a);
        uint256[2] memory grown = [balances[0] + amounts[0], balances[1] + amounts[1]];
        uint256 full = invariantDown(grown[0], grown[1], a);
        uint256 rate = _imbalanceFeeWadUp((balances[0] + grown[0]) / 2, (balances[1] + grown[1]) / 2, curve);
        for (uint256 i = 0; i < COINS; ++i) {
            fees[i] = _wadMulUp(_distance(Math.mulDiv(full, balances[i], before), grown[i]), rate);
            if (fees[i] >= grown[i]) return (0, fees);
            grown[i] -= fees[i];
        }
        uint256 invariant = invariantDown(grown[0], grown[1], a);
        if (invariant > before) shares = Math.mulDiv(totalShares, invariant - before, before);
    }

    /// @notice What shares are worth in one coin alone, and what that has been charged in it.
    /// @dev The fee is that at the mean of the balances before and after, on each coin's difference to a withdrawal
    /// in proportion.
    function withdrawalDown(
        uint256 other,
        uint256 balanceOut,
        uint256 shares,
        uint256 totalShares,
        StableCurve memory curve
    ) internal pure returns (uint256 output, uint256 fee) {
        uint256 before = invariantUp(other, balanceOut, curve.amplificationE2);
        uint256 invariant = Math.mulDiv(before, totalShares - shares, totalShares, Math.Rounding.Ceil);
        uint256 left = balanceUp(other, invariant, curve.amplificationE2);
        if (left >= balanceOut) return (0, 0);
        uint256 rate = _imbalanceFeeWadUp(other, (balanceOut + left) / 2, curve);
        uint256 feeOther = _wadMulUp(other - Math.mulDiv(other, invariant, before), rate);
        fee = _wadMulUp(_distance(Math.mulDiv(balanceOut, invariant, before), left), rate);
        if (feeOther >= other) return (0, 0);
        uint256 leftAfterFee = balanceUp(other - feeOther, invariant, curve.amplificationE2);
        output = Math.saturatingSub(balanceOut, fee + leftAfterFee);
        fee = balanceOut - left - output;
    }

    function _distance(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a - b : b - a;
    }

    function _requireLiquidity(uint256 x, uint256 y) private pure {
        if (x == 0 || y == 0) revert IStableSwapPool.NoLiquidity(x, y);
    }
}
