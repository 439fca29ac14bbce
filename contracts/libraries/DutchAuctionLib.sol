// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {RayMath} from "./RayMath.sol";

/// @notice What a lot is cut from.
/// @param collateralAssets Collateral behind the debt, in smallest units.
/// @param debtAssets Debt before multiplication by the rate, in smallest units.
/// @param rateRay Debt per unit of `debtAssets`.
/// @param roomRad Most that the lot may have to raise, in rad of the debt (its smallest units times 1e27).
/// @param dustRad Least debt of a lot and of what is left behind, in rad of the debt.
/// @param penaltyWad What a lot has to raise per unit of its debt: 1.13e18 is a penalty of 13 %.
struct Vault {
    uint256 collateralAssets;
    uint256 debtAssets;
    uint256 rateRay;
    uint256 roomRad;
    uint256 dustRad;
    uint256 penaltyWad;
}

/// @notice A lot as cut: collateral and debt that leave the vault, that debt in rad, and what is to be raised.
struct Cut {
    uint256 lotAssets;
    uint256 debtAssets;
    uint256 dueRad;
    uint256 tabRad;
}

/// @title DutchAuctionLib
/// @notice The arithmetic of Maker's Dutch auctions (Dog, Clipper and their price calculators).
///
/// @dev Maker counts tokens in wad and debt in rad. Here a lot is in smallest units of its collateral, a tab in
/// rad of its debt (smallest units times 1e27), and a price in smallest units of debt per smallest unit of
/// collateral, in ray: the same numbers as Maker's where both have 18 decimals. Every division rounds down but
/// those of `powRay`, which round to nearest.
library DutchAuctionLib {
    uint256 internal constant WAD = 1e18;
    uint256 internal constant HALF_RAY = 5e26;

    /// @notice There is no collateral, or no debt, to cut a lot from.
    error EmptyLot(uint256 lotAssets, uint256 tabRad);
    /// @notice The throttle leaves room only for a lot whose debt is dust.
    error DustyLot(uint256 dueRad, uint256 dustRad);
    /// @notice What a lot still has to raise is too little to be split; only the whole may be bought.
    error NoPartialPurchase(uint256 tabRad, uint256 minTabRad);

    /* START */

    /// @notice Cuts a lot: as much debt as there is room for, and collateral in proportion. A rest that would be
    /// dust is taken along, beyond the room by at most its tab: `dustRad * penalty`.
    function cutDown(Vault memory vault) internal pure returns (Cut memory cut) {
        uint256 all = vault.debtAssets;
        uint256 fits = Math.mulDiv(vault.roomRad, WAD, vault.rateRay) / vault.penaltyWad;
        cut.debtAssets = Math.min(all, fits);
        if (cut.debtAssets < all) {
            if ((all - cut.debtAssets) * vault.rateRay < vault.dustRad) {
                cut.debtAssets = all;
            } else if (cut.debtAssets * vault.rateRay < vault.dustRad) {
                revert DustyLot(cut.debtAssets * vault.rateRay, vault.dustRad);
            }
        }
        cut.dueRad = cut.debtAssets * vault.rateRay;
        cut.tabRad = Math.mulDiv(cut.dueRad, vault.penaltyWad, WAD);
        if (all != 0) cut.lotAssets = Math.mulDiv(vault.collateralAssets, cut.debtAssets, all);
        if (cut.lotAssets == 0 || cut.tabRad == 0) revert EmptyLot(cut.lotAssets, cut.tabRad);
    }

    /// @notice A keeper's reward: a flat part and a share of the tab.
    function rewardRadDown(uint256 tabRad, uint256 tipRad, uint256 chipWad) internal pure returns (uint256) {
        return tipRad + Math.mulDiv(tabRad, chipWad, WAD);
    }

    /* PRICE */

    /// @notice top * (duration - elapsed) / duration, and 0 from then on; the fraction is rounded to a ray first.
    function linearPriceDown(uint256 top, uint256 elapsedS, uint256 durationS) internal pure returns (uint256) {
        if (elapsedS >= durationS) return 0;
        return RayMath.rayMulDown(top, Math.mulDiv(durationS - elapsedS, RayMath.RAY, durationS));
    }

    /// @notice top * cut ** floor(elapsed / step).
    function steppedPriceDown(
        uint256 top,
        uint256 elapsedS,
        uint256 cutRay,
        uint256 stepS
    ) internal pure returns (uint256) {
        return RayMath.rayMulDown(top, powRay(cutRay, elapsedS / stepS));
    }

    /// @notice base ** exponent in ray, by squaring from the lowest bit; each product is rounded to nearest.
    /// @dev Reverts on overflow, which a base of at most 1 never meets.
    function powRay(uint256 baseRay, uint256 exponent) internal pure returns (uint256 result) {
        result = exponent & 1 == 0 ? RayMath.RAY : baseRay;
        for (exponent >>= 1; exponent != 0; exponent >>= 1) {
            baseRay = _mulNearest(baseRay, baseRay);
            if (exponent & 1 == 1) result = _mulNearest(result, baseRay);
        }
    }

    /// @notice Whether an auction must be reset before anybody can buy: it is older than its tail, or its price
    /// has fallen below the cusp's share of its top.
    function needsReset(
        uint256 priceRay,
        uint256 topRay,
        uint256 elapsedS,
        uint256 tailS,
        uint256 cuspRay
    ) internal pure returns (bool) {
        return elapsedS > tailS || RayMath.rayDivDown(priceRay, topRay) < cuspRay;
    }

    /* TAKE */

    /// @notice What a buyer of up to `wanted` gets and owes. Nobody pays more than the tab; who buys a part
    /// leaves at least `minTabRad` of it.
    function purchaseDown(
        uint256 lotAssets,
        uint256 tabRad,
        uint256 priceRay,
        uint256 wanted,
        uint256 minTabRad
    ) internal pure returns (uint256 soldAssets, uint256 owedRad) {
        soldAssets = Math.min(lotAssets, wanted);
        owedRad = soldAssets * priceRay;
        if (owedRad > tabRad) {
            owedRad = tabRad;
            soldAssets = owedRad / priceRay;
        } else if (owedRad < tabRad && soldAssets < lotAssets && tabRad - owedRad < minTabRad) {
            if (tabRad <= minTabRad) revert NoPartialPurchase(tabRad, minTabRad);
            owedRad = tabRad - minTabRad;
            soldAssets = owedRad / priceRay;
        }
    }

    /// @dev round(x * y / 1e27), halves up.
    function _mulNearest(uint256 x, uint256 y) private pure returns (uint256) {
        return (x * y + HALF_RAY) / RayMath.RAY;
    }
}
