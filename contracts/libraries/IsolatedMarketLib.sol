// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SharesLib} from "./SharesLib.sol";
import {WadMath} from "./WadMath.sol";

/// @notice Totals of an isolated market: assets with interest, and the shares that own or owe them.
struct MarketTotals {
    uint256 supplyAssets;
    uint256 supplyShares;
    uint256 borrowAssets;
    uint256 borrowShares;
}

/// @notice What a liquidation asks for: exactly one of the two is not zero.
struct SeizeOrRepay {
    uint256 seizedAssets;
    uint256 repaidShares;
}

/// @notice What a liquidation moves.
struct IsolatedSeizure {
    uint256 repaidAssets;
    uint256 repaidShares;
    uint256 seizedAssets;
}

/// @title IsolatedMarketLib
/// @notice Health, incentive, amounts and growth of an isolated market, as Morpho Blue defines and rounds them.
/// Prices are collateral in loan tokens, scaled by 1e36 and the difference of decimals.
library IsolatedMarketLib {
    using SharesLib for uint256;
    using WadMath for uint256;

    uint256 internal constant PRICE_SCALE = 1e36;
    /// @notice Health factor of an account without debt.
    uint256 internal constant NO_DEBT = type(uint256).max;
    /// @notice Highest incentive: 15 %.
    uint256 internal constant MAX_INCENTIVE_WAD = 1.15e18;
    /// @notice How steeply the incentive grows with the distance of the LLTV from 1.
    uint256 internal constant INCENTIVE_CURSOR_WAD = 0.3e18;

    /* HEALTH */

    /// @notice Value of collateral in loan assets, rounded down.
    function collateralValueDown(uint256 collateral, uint256 price) internal pure returns (uint256) {
        return Math.mulDiv(collateral, price, PRICE_SCALE);
    }

    /// @notice Most debt that `collateral` keeps healthy, rounded down twice.
    function maxDebtDown(uint256 collateral, uint256 price, uint256 lltvWad) internal pure returns (uint256) {
        return collateralValueDown(collateral, price).wadMulDown(lltvWad);
    }

    /// @notice Most debt over debt in wad, rounded down: at least 1e18 exactly where Morpho calls it healthy.
    function healthFactorWadDown(
        uint256 collateral,
        uint256 debt,
        uint256 price,
        uint256 lltvWad
    ) internal pure returns (uint256) {
        if (debt == 0) return NO_DEBT;
        return maxDebtDown(collateral, price, lltvWad).wadDivDown(debt);
    }

    /* LIQUIDATION */

    /// @notice min(1.15, 1 / (1 - 0.3 (1 - LLTV))) in wad, rounded down.
    function incentiveFactorWadDown(uint256 lltvWad) internal pure returns (uint256) {
        uint256 distanceWad = INCENTIVE_CURSOR_WAD.wadMulDown(WadMath.WAD - lltvWad);
        return Math.min(MAX_INCENTIVE_WAD, WadMath.WAD.wadDivDown(WadMath.WAD - distanceWad));
    }

    /// @notice Amounts of a liquidation. For collateral, the repayment rounds up at every step; for shares, the
    /// collateral rounds down at every step. What is paid rounds up in both.
    /// @param incentiveWad Collateral seized per debt repaid, by value.
    function seizure(
        SeizeOrRepay memory asked,
        MarketTotals memory totals,
        uint256 price,
        uint256 incentiveWad
    ) internal pure returns (IsolatedSeizure memory result) {
        result.seizedAssets = asked.seizedAssets;
        result.repaidShares = asked.repaidShares;
        if (asked.seizedAssets != 0) {
            result.repaidShares = Math
                .mulDiv(asked.seizedAssets, price, PRICE_SCALE, Math.Rounding.Ceil)
                .wadDivUp(incentiveWad)
                .toSharesUp(totals.borrowAssets, totals.borrowShares);
        } else {
            result.seizedAssets = Math.mulDiv(
                asked.repaidShares.toAssetsDown(totals.borrowAssets, totals.borrowShares).wadMulDown(incentiveWad),
                PRICE_SCALE,
                price
            );
        }
        result.repaidAssets = result.repaidShares.toAssetsUp(totals.borrowAssets, totals.borrowShares);
    }

    /* INTEREST */

    /// @notice Interest on `assets`: assets * (x + x^2/2 + x^3/6) with x = rate * seconds, rounded up once.
    /// @dev The series of e^x - 1 to its third power, below it by less than x^4/24 * e^x. Nothing else is rounded,
    /// so that debt after many steps is never less than after one: the product of the steps' series holds every
    /// term of the whole one. (Morpho rounds every term down.)
    function interestUp(
        uint256 assets,
        uint256 ratePerSecondWad,
        uint256 elapsedS
    ) internal pure returns (uint256) {
        uint256 x = ratePerSecondWad * elapsedS;
        uint256 numerator = 6 * WadMath.WAD * WadMath.WAD * x + 3 * WadMath.WAD * x * x + x * x * x;
        return Math.mulDiv(assets, numerator, 6 * WadMath.WAD ** 3, Math.Rounding.Ceil);
    }
}
