// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BpsMath} from "./BpsMath.sol";

/// @notice What a seizure is computed from. Units are 10 ** decimals, prices have 8 decimals.
struct SeizureInput {
    uint256 debtAssets;
    uint256 collateralBalance;
    uint256 debtPriceBase;
    uint256 debtUnit;
    uint256 collateralPriceBase;
    uint256 collateralUnit;
    uint256 bonusBps;
    uint256 protocolFeeBps;
    bool feeOnSeized;
}

/// @notice A seizure: what is repaid, what leaves the account, and the treasury's part of the latter.
struct Seizure {
    uint256 repaidAssets;
    uint256 seizedAssets;
    uint256 protocolFeeAssets;
}

/// @title LiquidationLib
/// @notice The arithmetic of a liquidation, as Aave v3.6 rounds it.
library LiquidationLib {
    using BpsMath for uint256;

    /// @notice Collateral for `input.debtAssets` at a bonus, bounded by the balance; where the balance binds,
    /// the repayment is what that balance is worth at the bonus, rounded up. The fee is a share of the bonus,
    /// to the nearest unit (Aave), or with `input.feeOnSeized` of everything seized, rounded down (Compound v2).
    function seize(SeizureInput memory input) internal pure returns (Seizure memory result) {
        uint256 factorBps = BpsMath.BPS + input.bonusBps;
        result.repaidAssets = input.debtAssets;
        result.seizedAssets = _convertDown(
            input.debtAssets,
            input.debtPriceBase,
            input.debtUnit,
            input.collateralPriceBase,
            input.collateralUnit
        ).bpsMulHalfUp(factorBps);
        if (result.seizedAssets > input.collateralBalance) {
            result.seizedAssets = input.collateralBalance;
            result.repaidAssets = _convertDown(
                input.collateralBalance,
                input.collateralPriceBase,
                input.collateralUnit,
                input.debtPriceBase,
                input.debtUnit
            ).bpsDivUp(factorBps);
        }
        if (input.feeOnSeized) {
            result.protocolFeeAssets = result.seizedAssets.bpsMulDown(input.protocolFeeBps);
            return result;
        }
        uint256 bonusAssets = result.seizedAssets - result.seizedAssets.bpsDivHalfUp(factorBps);
        result.protocolFeeAssets = bonusAssets.bpsMulHalfUp(input.protocolFeeBps);
    }

    /// @notice Assets that `base` (US dollars with 8 decimals) buys at a price, rounded down.
    function assetsDown(uint256 base, uint256 priceBase, uint256 unit) internal pure returns (uint256) {
        return Math.mulDiv(base, unit, priceBase);
    }

    /// @dev Same value in another asset.
    function _convertDown(
        uint256 assets,
        uint256 fromPriceBase,
        uint256 fromUnit,
        uint256 toPriceBase,
        uint256 toUnit
    ) private pure returns (uint256) {
        return Math.mulDiv(assets * fromPriceBase, toUnit, toPriceBase * fromUnit);
    }
}
