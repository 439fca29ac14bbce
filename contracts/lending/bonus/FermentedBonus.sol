// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBonusRule} from "../../interfaces/IBonusRule.sol";
import {IFermentedBonus} from "../../interfaces/IFermentedBonus.sol";
import {ILendingPool} from "../../interfaces/ILendingPool.sol";
import {LiquidationContext} from "../../interfaces/ILiquidationTerms.sol";
import {BonusLib} from "../../libraries/BonusLib.sol";
import {BpsMath} from "../../libraries/BpsMath.sol";

/// @title FermentedBonus
/// @notice Bonus that grows per second since the account was marked as unhealthy, up to the reserve's bonus:
/// min(start + growth * t, b). A liquidator who waits earns more, unless another one does not wait.
/// @dev Marks are kept by pool and account, and read for the pool that asks, so a false pool can mark nobody but
/// its own accounts. A mark that nobody cleared would let a later liquidation start at a grown bonus; expiry
/// bounds how long.
contract FermentedBonus is IFermentedBonus {
    /// @dev 100 % per second.
    uint256 private constant MAX_GROWTH_BPS_PER_HOUR = 1e4 * 1 hours;

    uint256 public immutable startBps;
    uint256 public immutable growthBpsPerHour;
    uint256 public immutable expiryS;

    mapping(address pool => mapping(address user => uint256 atS)) private _markedAtS;

    constructor(Params memory params) {
        if (params.startBps > BpsMath.BPS) revert BonusOutOfRange("startBps", params.startBps, BpsMath.BPS);
        if (params.growthBpsPerHour > MAX_GROWTH_BPS_PER_HOUR) {
            revert BonusOutOfRange("growthBpsPerHour", params.growthBpsPerHour, MAX_GROWTH_BPS_PER_HOUR);
        }
        if (params.expiryS == 0) revert BonusOutOfRange("expiryS", 0, 1);
        startBps = params.startBps;
        growthBpsPerHour = params.growthBpsPerHour;
        expiryS = params.expiryS;
    }

    /* MARKS */

    /// @inheritdoc IFermentedBonus
    function mark(address pool, address user) external {
        uint256 healthWad = _healthWad(pool, user);
        if (healthWad >= 1e18) revert AccountHealthy(healthWad);
        uint256 atS = markedAtS(pool, user);
        if (atS != 0) revert AlreadyMarked(atS);
        _markedAtS[pool][user] = block.timestamp;
        emit Marked(pool, user);
    }

    /// @inheritdoc IFermentedBonus
    function clear(address pool, address user) external {
        if (_markedAtS[pool][user] == 0) revert NotMarked();
        uint256 healthWad = _healthWad(pool, user);
        if (healthWad < 1e18) revert AccountUnhealthy(healthWad);
        delete _markedAtS[pool][user];
        emit Cleared(pool, user);
    }

    /// @inheritdoc IFermentedBonus
    function markedAtS(address pool, address user) public view returns (uint256) {
        uint256 atS = _markedAtS[pool][user];
        return atS == 0 || block.timestamp - atS >= expiryS ? 0 : atS;
    }

    /* BONUS */

    /// @inheritdoc IBonusRule
    function bonusBps(LiquidationContext calldata context) external view returns (uint256) {
        uint256 atS = markedAtS(context.pool, context.user);
        uint256 elapsedS = atS == 0 ? 0 : block.timestamp - atS;
        return BonusLib.fermentedBpsDown(startBps, growthBpsPerHour, elapsedS, context.configuredBonusBps);
    }

    /// @inheritdoc IBonusRule
    function boundBps(uint256 configuredBonusBps) external pure returns (uint256) {
        return configuredBonusBps;
    }

    function _healthWad(address pool, address user) private view returns (uint256 healthWad) {
        (, , , , healthWad) = ILendingPool(pool).accountData(user);
    }
}
