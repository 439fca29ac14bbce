// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";
import {ILendingPool} from "../interfaces/ILendingPool.sol";
import {IRiskRules} from "../interfaces/IRiskRules.sol";
import {AccountSums, HealthLib} from "../libraries/HealthLib.sol";
import {ReserveLedger} from "./ReserveLedger.sol";

/// @title AccountHealth
/// @notice Prices, and the value and health of accounts at those prices.
abstract contract AccountHealth is ReserveLedger {
    using HealthLib for AccountSums;

    uint8 internal constant BASE_DECIMALS = 8;
    uint256 internal constant HEALTH_LIMIT_WAD = 1e18;

    /// @inheritdoc ILendingPool
    IRiskRules public riskRules;

    /// @dev Price that an action may rely on.
    function _priceBase(address asset, Reserve storage reserve) internal view returns (uint256 price) {
        (, int256 answer, , uint256 updatedAt, ) = IAggregatorV3(reserve.config.feed).latestRoundData();
        uint256 maxAge = reserve.config.maxPriceAgeS;
        if (maxAge != 0 && block.timestamp > updatedAt + maxAge) {
            revert StalePrice(block.timestamp - updatedAt, maxAge);
        }
        price = _toBase(answer, reserve.feedDecimals);
        if (price == 0) revert InvalidPrice(asset, answer);
    }

    /// @dev Price for observers: of any age, and 0 where the feed gives none.
    function _lastPriceBase(Reserve storage reserve) internal view returns (uint256, uint256) {
        try IAggregatorV3(reserve.config.feed).latestRoundData() returns (
            uint80,
            int256 answer,
            uint256,
            uint256 updatedAt,
            uint80
        ) {
            return (_toBase(answer, reserve.feedDecimals), updatedAt);
        } catch {
            return (0, 0);
        }
    }

    /// @dev 0 for an answer that is not above 0, or too small for 8 decimals.
    function _toBase(int256 answer, uint8 feedDecimals) private pure returns (uint256) {
        if (answer <= 0) return 0;
        return
            feedDecimals <= BASE_DECIMALS
                ? uint256(answer) * 10 ** (BASE_DECIMALS - feedDecimals)
                : uint256(answer) / 10 ** (feedDecimals - BASE_DECIMALS);
    }

    /// @dev Reads prices only of reserves that the account uses.
    function _accountSums(address user) internal view returns (AccountSums memory sums) {
        uint256 count = _reservesList.length;
        for (uint256 i = 0; i < count; ++i) {
            address asset = _reservesList[i];
            Reserve storage reserve = _reserves[asset];
            uint256 supplied = reserve.config.liquidationThresholdBps == 0 ? 0 : _supplyOf(reserve, user);
            uint256 debt = _debtOf(reserve, user);
            if (supplied == 0 && debt == 0) continue;
            uint256 price = _priceBase(asset, reserve);
            uint256 unit = _unit(reserve);
            if (supplied != 0) {
                _addCollateral(sums, user, asset, HealthLib.valueDown(supplied, price, unit));
            }
            if (debt != 0) sums.debtBase += HealthLib.valueUp(debt, price, unit);
        }
    }

    function _addCollateral(AccountSums memory sums, address user, address asset, uint256 base) private view {
        (uint256 ltvWeighted, uint256 thresholdWeighted) = _weights(user, asset, base);
        sums.addWeighted(base, ltvWeighted, thresholdWeighted);
    }

    /// @dev What collateral of value `base` counts for: times LTV, and times liquidation threshold.
    function _weights(
        address user,
        address asset,
        uint256 base
    ) internal view returns (uint256 ltvWeighted, uint256 thresholdWeighted) {
        Reserve storage reserve = _reserves[asset];
        uint256 ltvBps = reserve.config.ltvBps;
        uint256 thresholdBps = reserve.config.liquidationThresholdBps;
        if (address(riskRules) == address(0)) return (base * ltvBps, base * thresholdBps);
        return riskRules.weights(user, asset, base, ltvBps, thresholdBps);
    }

    /// @dev Debt of `user` in `asset` fell.
    function _afterRepay(address user, address asset) internal {
        if (address(riskRules) != address(0)) riskRules.afterRepay(user, asset);
    }

    function _requireHealthy(address user) internal view {
        if (!_hasDebt(user)) return;
        uint256 healthWad = _accountSums(user).healthFactorWadDown();
        if (healthWad < HEALTH_LIMIT_WAD) revert HealthFactorTooLow(healthWad, HEALTH_LIMIT_WAD);
    }

    function _requireWithinLtv(address user) internal view {
        AccountSums memory sums = _accountSums(user);
        uint256 maxDebtBase = sums.maxDebtBaseDown();
        if (sums.debtBase > maxDebtBase) revert BorrowExceedsLtv(sums.debtBase, maxDebtBase);
    }
}
