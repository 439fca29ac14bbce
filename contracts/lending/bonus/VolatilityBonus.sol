// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBonusRule} from "../../interfaces/IBonusRule.sol";
import {LiquidationContext} from "../../interfaces/ILiquidationTerms.sol";
import {IVolatilityEstimator} from "../../interfaces/IVolatilityEstimator.sol";
import {BonusLib} from "../../libraries/BonusLib.sol";
import {BpsMath} from "../../libraries/BpsMath.sol";

/// @title VolatilityBonus
/// @notice The reserve's bonus and a surcharge proportional to the collateral's measured volatility, capped:
/// min(b + slope * sigma, cap), with sigma the standard deviation over a year.
contract VolatilityBonus is IBonusRule {
    /// @notice Where the volatility is read.
    IVolatilityEstimator public immutable estimator;
    /// @notice Bonus per unit of yearly volatility, in bps: 500 adds 5 % at a volatility of 100 %.
    uint256 public immutable slopeBps;
    /// @notice Most that is paid in all, in bps.
    uint256 public immutable capBps;

    constructor(IVolatilityEstimator estimator_, uint256 slopeBps_, uint256 capBps_) {
        if (capBps_ > BpsMath.BPS) revert BonusOutOfRange("capBps", capBps_, BpsMath.BPS);
        estimator = estimator_;
        slopeBps = slopeBps_;
        capBps = capBps_;
    }

    /// @inheritdoc IBonusRule
    function bonusBps(LiquidationContext calldata context) external view returns (uint256) {
        uint256 volatilityBps = estimator.volatilityBps(context.collateralAsset);
        return BonusLib.byVolatilityBpsDown(context.configuredBonusBps, slopeBps, volatilityBps, capBps);
    }

    /// @inheritdoc IBonusRule
    function boundBps(uint256 configuredBonusBps) external view returns (uint256) {
        return BonusLib.byVolatilityBpsDown(configuredBonusBps, slopeBps, type(uint256).max, capBps);
    }
}
