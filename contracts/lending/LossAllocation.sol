// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {ILendingPool} from "../interfaces/ILendingPool.sol";
import {ILossPolicy, LossBearer} from "../interfaces/ILossPolicy.sol";
import {RayMath} from "../libraries/RayMath.sol";
import {AccountHealth} from "./AccountHealth.sol";

/// @title LossAllocation
/// @notice What becomes of debt with nothing left behind it: written off and booked as deficit unless the policy
/// leaves it, then drawn from insurance, then left as deficit or taken off the suppliers.
abstract contract LossAllocation is AccountHealth {
    using RayMath for uint256;
    using SafeCast for uint256;

    /// @inheritdoc ILendingPool
    ILossPolicy public lossPolicy;

    /// @dev Every debt of `user`. Returns the deficit booked per reserve, in the order of `_reservesList`.
    function _writeOffDebt(address user) internal virtual returns (uint256[] memory deficits) {
        uint256 count = _reservesList.length;
        deficits = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            address asset = _reservesList[i];
            Reserve storage reserve = _reserves[asset];
            if (reserve.scaledDebt[user] == 0) continue;
            uint256 debt = _debtOf(reserve, user);
            if (_bearer(asset, reserve, debt) == LossBearer.Account) continue;
            _accrue(asset, reserve);
            _burnDebt(asset, reserve, user, debt, debt);
            reserve.deficit += debt;
            deficits[i] = debt;
            _updateRates(asset, reserve);
            emit DeficitCreated(user, asset, debt);
            _afterRepay(user, asset);
        }
    }

    /// @dev After all other tokens have moved.
    function _resolveLosses(uint256[] memory deficits) internal {
        for (uint256 i = 0; i < deficits.length; ++i) {
            if (deficits[i] != 0) _resolveLoss(_reservesList[i], deficits[i]);
        }
    }

    /// @dev `loss` is booked as deficit. The fund may give less than asked, down to nothing; what arrived counts.
    function _resolveLoss(address asset, uint256 loss) internal {
        Reserve storage reserve = _reserves[asset];
        address fund = reserve.insuranceFund;
        if (fund != address(0)) {
            uint256 before = IERC20(asset).balanceOf(address(this));
            IInsuranceFund(fund).coverDeficit(asset, loss);
            uint256 received = Math.min(IERC20(asset).balanceOf(address(this)) - before, loss);
            _payDeficit(asset, reserve, fund, received);
            loss -= received;
        }
        if (loss == 0 || _bearer(asset, reserve, loss) != LossBearer.Suppliers) return;
        _socialise(asset, reserve, loss);
    }

    function _payDeficit(address asset, Reserve storage reserve, address payer, uint256 amount) internal {
        if (amount == 0) return;
        reserve.deficit -= amount;
        reserve.cash += amount;
        _updateRates(asset, reserve);
        emit DeficitCovered(asset, payer, amount);
    }

    /// @dev Claims fall by at least `loss`, all in proportion. What exceeds all claims stays a deficit, and the
    /// index stays above 0, so that the reserve lives on.
    function _socialise(address asset, Reserve storage reserve, uint256 loss) private {
        uint256 index = reserve.liquidityIndexRay;
        uint256 supplied = reserve.totalScaledSupply.rayMulDown(index);
        uint256 amount = Math.min(loss, supplied);
        if (amount == 0) return;
        uint256 lowered = Math.max(Math.mulDiv(index, supplied - amount, supplied), 1);
        reserve.liquidityIndexRay = lowered.toUint128();
        reserve.deficit -= amount;
        _updateRates(asset, reserve);
        emit LossSocialised(asset, amount, lowered);
    }

    function _bearer(address asset, Reserve storage reserve, uint256 loss) private view returns (LossBearer) {
        if (address(lossPolicy) == address(0)) return LossBearer.Deficit;
        return lossPolicy.bearer(asset, loss, reserve.totalScaledSupply.rayMulDown(_liquidityIndex(reserve)));
    }
}
