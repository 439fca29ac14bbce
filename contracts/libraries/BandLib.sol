// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice A trade as every band of it sees it.
/// @param sellsCollateral Whether the trader brings collateral; otherwise the borrowed asset.
/// @param oracleWad Oracle price P of the collateral in the borrowed asset.
/// @param feeWad Fee on the input, before the band's own gap to the oracle.
/// @param amplification A.
/// @param scaleIn Precise units per smallest unit of what comes in.
/// @param scaleOut Precise units per smallest unit of what goes out.
/// @param limitWad Marginal price, fee included, at which the trader stops; 0: none.
struct BandTrade {
    bool sellsCollateral;
    uint256 oracleWad;
    uint256 feeWad;
    uint256 amplification;
    uint256 scaleIn;
    uint256 scaleOut;
    uint256 limitWad;
}

/// @notice What a trade does in one band, in smallest units. `fee` is a part of `spent`.
struct BandFill {
    uint256 spent;
    uint256 fee;
    uint256 out;
    bool emptied;
}

/// @title BandLib
/// @notice The curve of a band of collateral that turns into the borrowed asset as the oracle price falls
/// through it, and back as it rises.
/// @dev Band n lies between the oracle prices U = base * ((A-1)/A)^n and D = base * ((A-1)/A)^(n+1). With x of the
/// borrowed asset and y of collateral in it and P the oracle price,
///
///     (f + x)(g + y) = P A^2 y0^2        f = A y0 P^2 / U        g = (A-1) y0 U / P
///
/// so that y0, the collateral that the band would hold at P = U, solves P A y0^2 = y0 (U (A-1) x / P + A P^2 y / U)
/// + x y. The price (f + x)/(g + y) runs from P^3/U^2 (all collateral) to P^3/D^2 (all converted): three times as
/// fast as the oracle, which is what invites the arbitrage.
///
/// Arbitraged at every price on its way and without fees, y0 moves with v = 1 - P/U as (1-v) / (1 - A v^2)^(3/2):
/// the solution of dx + P dy = 0 on the curve. From U to D that factor is sqrt(A/(A-1)), hence the whole band sells
/// at the geometric mean sqrt(U D) of its edges, and `convertedDown` is exact.
///
/// Amounts are *precise* units, 10^36 to a whole token, unless they are called smallest units; prices are wads.
library BandLib {
    uint256 internal constant WAD = 1e18;
    uint256 internal constant BPS = 1e4;

    /// @notice Decimals of a precise amount.
    uint256 internal constant PRECISE_DECIMALS = 36;

    /// @notice Time in which a step of the oracle is bounded, and over which the fee that it causes fades.
    uint256 internal constant STEP_WINDOW_S = 120;

    /// @notice Largest ratio of two prices within the window.
    uint256 internal constant MAX_STEP_WAD = 1.25e18;

    /// @notice No fee takes more than this of an input.
    uint256 internal constant MAX_FEE_WAD = 0.99e18;

    /// @notice Precise units withheld from every trade: above the error of the curve, far below a smallest unit.
    uint256 internal constant MARGIN = 1e15;

    uint256 private constant ONE = 1e36;
    uint256 private constant ROOT_ONE = 1e38;
    uint256 private constant LAST_BAND = 1_023;

    /* EDGES */

    /// @notice Bands reach from -maxBand to maxBand; the price changes by less than e^80 over either half.
    function maxBand(uint256 amplification) internal pure returns (int256) {
        return int256(Math.min(LAST_BAND, 80 * (amplification - 1)));
    }

    /// @notice ((A-1)/A)^n with 36 decimals, by squaring; each product rounded down.
    function powerDown(uint256 amplification, int256 n) internal pure returns (uint256 result) {
        uint256 factor =
            n < 0 ? (ONE * amplification) / (amplification - 1) : (ONE * (amplification - 1)) / amplification;
        uint256 exponent = uint256(n < 0 ? -n : n);
        result = ONE;
        while (exponent != 0) {
            if (exponent & 1 == 1) result = Math.mulDiv(result, factor, ONE);
            exponent >>= 1;
            if (exponent != 0) factor = Math.mulDiv(factor, factor, ONE);
        }
    }

    /// @notice Upper edge U of band n, which is the lower edge of band n-1.
    function edgeWadDown(uint256 baseWad, uint256 amplification, int256 n) internal pure returns (uint256) {
        return Math.mulDiv(baseWad, powerDown(amplification, n), ONE);
    }

    /// @notice Lowest n whose upper edge is at most `priceWad`; maxBand + 1 if none is.
    function bandAtOrBelow(
        uint256 baseWad,
        uint256 amplification,
        uint256 priceWad
    ) internal pure returns (int256 low) {
        int256 high = maxBand(amplification) + 1;
        low = 1 - high;
        while (low < high) {
            int256 middle = (low + high) >> 1;
            if (edgeWadDown(baseWad, amplification, middle) <= priceWad) high = middle;
            else low = middle + 1;
        }
    }

    /* CURVE */

    /// @notice y0 of a band that holds `borrowed` and `collateral`.
    /// @dev With b = U (A-1) x / P + A P^2 y / U and q = 4 A P x y / b^2 <= 1/(A-1), y0 = b (1 + sqrt(1 + q)) / (2 P A).
    /// The root is taken of a number between 1 and 2, which keeps 38 digits whatever the amounts are.
    function depthDown(
        uint256 borrowed,
        uint256 collateral,
        uint256 oracleWad,
        uint256 upWad,
        uint256 amplification
    ) internal pure returns (uint256) {
        uint256 pa = oracleWad * amplification;
        uint256 b =
            Math.mulDiv(borrowed * (amplification - 1), upWad, oracleWad) +
                Math.mulDiv(Math.mulDiv(collateral, pa, WAD), oracleWad, upWad);
        if (b == 0) return 0;
        uint256 q =
            Math.mulDiv(4 * amplification * borrowed, ROOT_ONE, b) *
                Math.mulDiv(Math.mulDiv(collateral, oracleWad, WAD), ROOT_ONE, b);
        uint256 root = ROOT_ONE + Math.sqrt(ROOT_ONE * ROOT_ONE + q);
        return Math.mulDiv(Math.mulDiv(b, root, 2 * ROOT_ONE), WAD, pa);
    }

    /// @notice f + x and g + y.
    function reservesDown(
        uint256 borrowed,
        uint256 collateral,
        uint256 oracleWad,
        uint256 upWad,
        uint256 amplification
    ) internal pure returns (uint256 borrowedReserve, uint256 collateralReserve) {
        uint256 y0 = depthDown(borrowed, collateral, oracleWad, upWad, amplification);
        uint256 f = Math.mulDiv(Math.mulDiv(y0 * amplification, oracleWad, WAD), oracleWad, upWad);
        uint256 g = Math.mulDiv(y0 * (amplification - 1), upWad, oracleWad);
        return (f + borrowed, g + collateral);
    }

    /// @notice Price at one end of a band: P^3 / U^2 where it is all collateral, P^3 / D^2 where it is converted.
    function endPriceWadDown(uint256 oracleWad, uint256 edgeWad) internal pure returns (uint256) {
        return Math.mulDiv(Math.mulDiv(oracleWad, oracleWad, edgeWad), oracleWad, edgeWad);
    }

    /* TRADES */

    /// @notice Trades up to `budget` against one band; reserves and results in smallest units.
    /// @dev Within a trade the curve is a constant product of f + x and g + y. Inputs are rounded up and outputs
    /// down, both after `MARGIN`. A fill that would bring nothing spends nothing.
    function fill(
        BandTrade memory trade,
        uint256 reserveIn,
        uint256 reserveOut,
        uint256 upWad,
        uint256 downWad,
        uint256 budget
    ) internal pure returns (BandFill memory result) {
        if (reserveOut == 0) return result;
        (uint256 virtualIn, uint256 virtualOut) = _virtual(trade, reserveIn, reserveOut, upWad);
        uint256 outPrecise = reserveOut * trade.scaleOut;
        if (virtualOut <= outPrecise) return result;
        uint256 feeWad = Math.max(trade.feeWad, gapFeeWadDown(trade.oracleWad, upWad, downWad));
        if (trade.limitWad != 0) {
            uint256 toLimit = inputToPriceDown(trade, virtualIn, virtualOut, feeWad);
            budget = Math.min(budget, Math.mulDiv(toLimit, WAD, WAD - feeWad) / trade.scaleIn);
        }
        uint256 net = Math.mulDiv(virtualIn, outPrecise, virtualOut - outPrecise, Math.Rounding.Ceil) + MARGIN;
        net = Math.ceilDiv(net, trade.scaleIn);
        uint256 gross = Math.mulDiv(net, WAD, WAD - feeWad, Math.Rounding.Ceil);
        if (budget >= gross) return BandFill(gross, gross - net, reserveOut, true);
        result.fee = Math.mulDiv(budget, feeWad, WAD, Math.Rounding.Ceil);
        net = (budget - result.fee) * trade.scaleIn;
        uint256 out = Math.mulDiv(virtualOut, net, virtualIn + net);
        result.out = Math.min(Math.saturatingSub(out, MARGIN) / trade.scaleOut, reserveOut);
        if (result.out == 0) result.fee = 0;
        else result.spent = budget;
    }

    function _virtual(
        BandTrade memory trade,
        uint256 reserveIn,
        uint256 reserveOut,
        uint256 upWad
    ) private pure returns (uint256 virtualIn, uint256 virtualOut) {
        uint256 inPrecise = reserveIn * trade.scaleIn;
        uint256 outPrecise = reserveOut * trade.scaleOut;
        (uint256 borrowed, uint256 collateral) = trade.sellsCollateral
            ? (outPrecise, inPrecise)
            : (inPrecise, outPrecise);
        (borrowed, collateral) = reservesDown(borrowed, collateral, trade.oracleWad, upWad, trade.amplification);
        return trade.sellsCollateral ? (collateral, borrowed) : (borrowed, collateral);
    }

    /// @notice Input, after the fee, that brings the marginal price with the fee to `trade.limitWad`.
    /// @dev The root of a product is taken as the product of roots: a size to propose, not one to settle by.
    function inputToPriceDown(
        BandTrade memory trade,
        uint256 virtualIn,
        uint256 virtualOut,
        uint256 feeWad
    ) internal pure returns (uint256) {
        uint256 keptWad = WAD - feeWad;
        uint256 other =
            trade.sellsCollateral
                ? Math.mulDiv(virtualOut, keptWad, trade.limitWad)
                : Math.mulDiv(virtualOut, Math.mulDiv(trade.limitWad, keptWad, WAD), WAD);
        return Math.saturatingSub(Math.sqrt(virtualIn) * Math.sqrt(other), virtualIn);
    }

    /* FEES */

    /// @notice A quarter of the relative distance between the oracle price and the nearest price of a band.
    function gapFeeWadDown(uint256 oracleWad, uint256 upWad, uint256 downWad) internal pure returns (uint256) {
        uint256 low = endPriceWadDown(oracleWad, upWad);
        if (oracleWad < low) return Math.mulDiv(low - oracleWad, WAD, 4 * low);
        uint256 high = endPriceWadDown(oracleWad, downWad);
        if (oracleWad > high) return Math.mulDiv(oracleWad - high, WAD, 4 * oracleWad);
        return 0;
    }

    /// @notice Oracle price after its bound, and the fee that its step causes.
    /// @dev Within the window of the last price L, P is held in [L / 1.25, L * 1.25] and the fee is what is left of
    /// the last one plus 1 - (min/max)^3 (the change of the price of the bands), fading linearly to 0.
    function stepDown(
        uint256 rawWad,
        uint256 lastWad,
        uint256 lastFeeWad,
        uint256 elapsedS
    ) internal pure returns (uint256 oracleWad, uint256 feeWad) {
        if (elapsedS >= STEP_WINDOW_S || lastWad == 0) return (rawWad, 0);
        uint256 most = Math.mulDiv(lastWad, MAX_STEP_WAD, WAD);
        uint256 least = Math.mulDiv(lastWad, WAD, MAX_STEP_WAD);
        oracleWad = Math.min(Math.max(rawWad, least), most);
        uint256 ratio = Math.mulDiv(Math.min(oracleWad, lastWad), WAD, Math.max(oracleWad, lastWad));
        uint256 whole = lastFeeWad + WAD - (ratio * ratio * ratio) / (WAD * WAD);
        feeWad = Math.min((whole * (STEP_WINDOW_S - elapsedS)) / STEP_WINDOW_S, MAX_FEE_WAD);
    }

    /* VALUES */

    /// @notice y_up: collateral that the band turns into if the price rises through it slowly.
    /// @dev First arbitraged at the present price to the curve's point of P, or to the end beyond which P lies.
    function recoveredDown(
        uint256 borrowed,
        uint256 collateral,
        uint256 oracleWad,
        uint256 upWad,
        uint256 downWad,
        uint256 amplification
    ) internal pure returns (uint256) {
        if (borrowed == 0 && oracleWad >= upWad) return collateral;
        uint256 y0 = depthDown(borrowed, collateral, oracleWad, upWad, amplification);
        if (oracleWad >= upWad) return Math.mulDiv(y0, upWad, oracleWad);
        if (oracleWad <= downWad) {
            uint256 converted = Math.mulDiv(Math.mulDiv(y0, oracleWad, WAD), oracleWad, downWad);
            return Math.mulDiv(converted, WAD, Math.sqrt(upWad * downWad, Math.Rounding.Ceil));
        }
        uint256 v = ONE - Math.mulDiv(oracleWad, ONE, upWad);
        uint256 s = ONE - Math.mulDiv(amplification * v, v, ONE, Math.Rounding.Ceil);
        uint256 power = Math.mulDiv(s, Math.sqrt(s * ONE), ONE);
        return Math.mulDiv(Math.mulDiv(y0, power, ONE), upWad, oracleWad);
    }

    /// @notice x_down: borrowed asset that the band turns into if the price falls through it slowly.
    function convertedDown(
        uint256 borrowed,
        uint256 collateral,
        uint256 oracleWad,
        uint256 upWad,
        uint256 downWad,
        uint256 amplification
    ) internal pure returns (uint256) {
        if (collateral == 0 && oracleWad <= downWad) return borrowed;
        if (oracleWad <= downWad) {
            uint256 y0 = depthDown(borrowed, collateral, oracleWad, upWad, amplification);
            return Math.mulDiv(Math.mulDiv(y0, oracleWad, WAD), oracleWad, downWad);
        }
        uint256 recovered = recoveredDown(borrowed, collateral, oracleWad, upWad, downWad, amplification);
        return Math.mulDiv(recovered, Math.sqrt(upWad * downWad), WAD);
    }

    /// @notice What `count` bands with equal collateral convert to, per collateral and per upper edge of the
    /// first: sqrt(r) A (1 - r^count) / count with r = (A-1)/A, in 36 decimals.
    function conversionDown(uint256 amplification, uint256 count) internal pure returns (uint256) {
        uint256 ratio = powerDown(amplification, 1);
        uint256 sum = amplification * (ONE - powerDown(amplification, int256(count)));
        return Math.mulDiv(sum, Math.sqrt(ratio * ONE), ONE) / count;
    }

    /* SHARES */

    /// @notice Shares that exist beside those of depositors, so that a share cannot be made dear.
    uint256 internal constant VIRTUAL_SHARES = 1e6;

    /// @notice Shares of a band for a deposit of `assets`, smallest units.
    function sharesDown(uint256 assets, uint256 held, uint256 totalShares) internal pure returns (uint256) {
        return Math.mulDiv(assets, totalShares + VIRTUAL_SHARES, held + 1);
    }

    /// @notice What `shares` of a band get of the `held` units of either asset; below `held` + 1.
    function assetsDown(uint256 shares, uint256 held, uint256 totalShares) internal pure returns (uint256) {
        return Math.mulDiv(shares, held + 1, totalShares + VIRTUAL_SHARES);
    }
}
