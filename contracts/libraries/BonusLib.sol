// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BpsMath} from "./BpsMath.sol";
import {TermsLib} from "./TermsLib.sol";

/// @title BonusLib
/// @notice Formulas of the bonus above par, in bps and rounded down unless a name says otherwise.
library BonusLib {
    uint256 private constant WAD = 1e18;

    /// @notice Bonus that falls linearly from `maxBonusBps`, at and below `maxBonusHealthWad`, to
    /// `maxBonusBps * minShareBps` at health 1 (Aave v4).
    function byHealthBpsDown(
        uint256 maxBonusBps,
        uint256 minShareBps,
        uint256 maxBonusHealthWad,
        uint256 healthFactorWad
    ) internal pure returns (uint256) {
        if (healthFactorWad <= maxBonusHealthWad) return maxBonusBps;
        uint256 minBonusBps = BpsMath.bpsMulDown(maxBonusBps, minShareBps);
        if (healthFactorWad >= WAD) return minBonusBps;
        return
            minBonusBps + Math.mulDiv(maxBonusBps - minBonusBps, WAD - healthFactorWad, WAD - maxBonusHealthWad);
    }

    /// @notice Bonus of buying collateral at the price factor max(HF, 1 - maximum discount): 1 / factor - 1
    /// (Euler v2).
    function byDiscountBpsDown(uint256 maxDiscountBps, uint256 healthFactorWad) internal pure returns (uint256) {
        uint256 factorWad = Math.max(healthFactorWad, WAD - maxDiscountBps * 1e14);
        if (factorWad >= WAD) return 0;
        return (BpsMath.BPS * WAD) / factorWad - BpsMath.BPS;
    }

    /// @notice base + slope * volatility, at most `capBps`.
    function byVolatilityBpsDown(
        uint256 baseBps,
        uint256 slopeBps,
        uint256 volatilityBps,
        uint256 capBps
    ) internal pure returns (uint256) {
        if (slopeBps == 0 || volatilityBps == 0) return Math.min(baseBps, capBps);
        if (volatilityBps > (type(uint256).max / slopeBps)) return capBps;
        uint256 surchargeBps = BpsMath.bpsMulDown(slopeBps, volatilityBps);
        return surchargeBps >= capBps ? capBps : Math.min(baseBps + surchargeBps, capBps);
    }

    /// @notice start + growth * time, at most `capBps`.
    function fermentedBpsDown(
        uint256 startBps,
        uint256 growthBpsPerHour,
        uint256 elapsedS,
        uint256 capBps
    ) internal pure returns (uint256) {
        return Math.min(startBps + (growthBpsPerHour * elapsedS) / 1 hours, capBps);
    }

    /// @notice A bonus at which repayments do not lower the health factor: `bonusBps` while HF > LT (1 + b), and
    /// otherwise HF / LT - 1 - margin, never negative.
    /// @dev Below HF = LT no bonus is low enough; there it is 0. Collateral that counts for nothing (LT = 0, by a
    /// risk rule) takes no health along, at any bonus.
    function guardedBpsDown(
        uint256 bonusBps,
        uint256 liquidationThresholdBps,
        uint256 healthFactorWad,
        uint256 marginBps
    ) internal pure returns (uint256) {
        if (liquidationThresholdBps == 0) return bonusBps;
        if (healthFactorWad > TermsLib.toxicHealthWad(liquidationThresholdBps, bonusBps)) return bonusBps;
        uint256 ratioBps = (healthFactorWad * BpsMath.BPS) / (liquidationThresholdBps * 1e14);
        return Math.saturatingSub(ratioBps, BpsMath.BPS + marginBps);
    }
}
