// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILendingPool, ReserveConfig} from "../interfaces/ILendingPool.sol";
import {IRateModel, RateContext} from "../interfaces/IRateModel.sol";
import {BpsMath} from "../libraries/BpsMath.sol";
import {InterestLib} from "../libraries/InterestLib.sol";
import {RayMath} from "../libraries/RayMath.sol";

/// @title ReserveLedger
/// @notice Books of the reserves: scaled balances, indexes, rates, cash and deficit. Moves no tokens.
abstract contract ReserveLedger is ILendingPool, ReentrancyGuard, Ownable {
    using Math for uint256;
    using RayMath for uint256;
    using SafeCast for uint256;

    struct Reserve {
        ReserveConfig config;
        uint8 decimals;
        uint8 feedDecimals;
        uint40 updatedAt;
        address insuranceFund;
        uint128 liquidityIndexRay;
        uint128 borrowIndexRay;
        uint128 supplyRateRay;
        uint128 borrowRateRay;
        uint256 totalScaledSupply;
        uint256 totalScaledDebt;
        uint256 treasuryScaled;
        uint256 cash;
        uint256 deficit;
        uint256 claims;
        mapping(address user => uint256) scaledSupply;
        mapping(address user => uint256) scaledDebt;
    }

    /// @dev Books as of now, with the interest since the last update.
    struct Accrual {
        uint256 liquidityIndexRay;
        uint256 borrowIndexRay;
        uint256 totalScaledSupply;
        uint256 treasuryScaled;
        uint256 deficit;
    }

    mapping(address asset => Reserve) internal _reserves;
    address[] internal _reservesList;

    /* LOOKUP */

    function _reserve(address asset) internal view returns (Reserve storage reserve) {
        reserve = _reserves[asset];
        if (reserve.liquidityIndexRay == 0) revert UnknownReserve(asset);
    }

    function _unit(Reserve storage reserve) internal view returns (uint256) {
        return 10 ** reserve.decimals;
    }

    /* INTEREST */

    /// @dev As of now; equal to storage where the reserve was updated in this block.
    function _liquidityIndex(Reserve storage reserve) internal view returns (uint256 indexRay) {
        indexRay = reserve.liquidityIndexRay;
        uint256 elapsedS = block.timestamp - reserve.updatedAt;
        if (elapsedS != 0) {
            indexRay = indexRay.rayMulDown(InterestLib.linearFactorRayDown(reserve.supplyRateRay, elapsedS));
        }
    }

    /// @dev As of now. Without debt there is nobody to charge, and the index rests.
    function _borrowIndex(Reserve storage reserve) internal view returns (uint256 indexRay) {
        indexRay = reserve.borrowIndexRay;
        uint256 elapsedS = block.timestamp - reserve.updatedAt;
        if (elapsedS != 0 && reserve.totalScaledDebt != 0) {
            indexRay = indexRay.rayMulUp(InterestLib.compoundFactorRayUp(reserve.borrowRateRay, elapsedS));
        }
    }

    function _accrual(Reserve storage reserve) internal view returns (Accrual memory accrual) {
        uint256 liquidityIndex = accrual.liquidityIndexRay = _liquidityIndex(reserve);
        accrual.borrowIndexRay = _borrowIndex(reserve);
        uint256 interest = reserve.totalScaledDebt.rayMulDown(accrual.borrowIndexRay - reserve.borrowIndexRay);
        uint256 share = BpsMath.bpsMulDown(interest, reserve.config.reserveFactorBps).rayDivDown(liquidityIndex);
        accrual.totalScaledSupply = reserve.totalScaledSupply + share;
        accrual.treasuryScaled = reserve.treasuryScaled + share;
        accrual.deficit = reserve.deficit;
        uint256 unpaid = _excessClaims(reserve, accrual);
        if (unpaid == 0) return accrual;
        uint256 scaled = Math.min(unpaid.rayDivUp(liquidityIndex), accrual.treasuryScaled);
        accrual.totalScaledSupply -= scaled;
        accrual.treasuryScaled -= scaled;
        accrual.deficit += _excessClaims(reserve, accrual);
    }

    /// @dev Interest that suppliers are owed and nobody paid: with a supply curve of its own a reserve can owe more
    /// than its borrowers do. The treasury bears it first; what it does not hold is a deficit.
    function _excessClaims(Reserve storage reserve, Accrual memory accrual) private view returns (uint256) {
        uint256 claims = accrual.totalScaledSupply.rayMulDown(accrual.liquidityIndexRay);
        uint256 debt = reserve.totalScaledDebt.rayMulUp(accrual.borrowIndexRay);
        return claims.saturatingSub(reserve.cash + debt + accrual.deficit + reserve.claims);
    }

    /// @dev Writes the interest up to now. Every action on a reserve begins with it.
    function _accrue(address asset, Reserve storage reserve) internal {
        if (reserve.updatedAt == block.timestamp) return;
        Accrual memory accrual = _accrual(reserve);
        uint256 unpaid = accrual.deficit - reserve.deficit;
        reserve.liquidityIndexRay = accrual.liquidityIndexRay.toUint128();
        reserve.borrowIndexRay = accrual.borrowIndexRay.toUint128();
        reserve.treasuryScaled = accrual.treasuryScaled;
        reserve.totalScaledSupply = accrual.totalScaledSupply;
        reserve.updatedAt = uint40(block.timestamp);
        if (unpaid == 0) return;
        reserve.deficit = accrual.deficit;
        emit InterestUnpaid(asset, unpaid);
    }

    /// @dev Sets the rates from the books as they are. Every action on a reserve ends with it.
    function _updateRates(address asset, Reserve storage reserve) internal {
        uint256 borrowIndex = reserve.borrowIndexRay;
        uint256 liquidityIndex = reserve.liquidityIndexRay;
        (uint256 borrowRate, uint256 supplyRate) = IRateModel(reserve.config.rateModel).rates(
            RateContext({
                asset: asset,
                cash: reserve.cash,
                debtUpAssets: reserve.totalScaledDebt.rayMulUp(borrowIndex),
                debtDownAssets: reserve.totalScaledDebt.rayMulDown(borrowIndex),
                unbackedAssets: reserve.deficit + reserve.claims,
                suppliedAssets: (reserve.totalScaledSupply - reserve.treasuryScaled).rayMulUp(liquidityIndex),
                reserveFactorBps: reserve.config.reserveFactorBps
            })
        );
        reserve.borrowRateRay = borrowRate.toUint128();
        reserve.supplyRateRay = supplyRate.toUint128();
        emit ReserveUpdated(asset, liquidityIndex, borrowIndex, supplyRate, borrowRate);
    }

    /* BALANCES */

    function _supplyOf(Reserve storage reserve, address user) internal view returns (uint256) {
        uint256 scaled = reserve.scaledSupply[user];
        return scaled == 0 ? 0 : scaled.rayMulDown(_liquidityIndex(reserve));
    }

    function _debtOf(Reserve storage reserve, address user) internal view returns (uint256) {
        uint256 scaled = reserve.scaledDebt[user];
        return scaled == 0 ? 0 : scaled.rayMulUp(_borrowIndex(reserve));
    }

    function _hasDebt(address user) internal view returns (bool) {
        uint256 count = _reservesList.length;
        for (uint256 i = 0; i < count; ++i) {
            if (_reserves[_reservesList[i]].scaledDebt[user] != 0) return true;
        }
        return false;
    }

    /* BOOKING: reserves must be accrued */

    function _mintSupply(address asset, Reserve storage reserve, address user, uint256 amount) internal {
        uint256 scaled = amount.rayDivDown(reserve.liquidityIndexRay);
        if (scaled == 0) revert AmountRoundsToZero(asset, amount);
        reserve.scaledSupply[user] += scaled;
        reserve.totalScaledSupply += scaled;
    }

    /// @dev `amount` is at most the balance, so that its ceiling in scaled units is at most the scaled balance.
    function _burnSupply(address asset, Reserve storage reserve, address user, uint256 amount) internal {
        uint256 scaled = amount.rayDivUp(reserve.liquidityIndexRay);
        if (scaled == 0) revert AmountRoundsToZero(asset, amount);
        reserve.scaledSupply[user] -= scaled;
        reserve.totalScaledSupply -= scaled;
    }

    function _mintDebt(address asset, Reserve storage reserve, address user, uint256 amount) internal virtual {
        uint256 scaled = amount.rayDivUp(reserve.borrowIndexRay);
        if (scaled == 0) revert AmountRoundsToZero(asset, amount);
        reserve.scaledDebt[user] += scaled;
        reserve.totalScaledDebt += scaled;
    }

    /// @dev `debt` is the whole debt of `user`; an `amount` equal to it leaves nothing, not even dust.
    function _burnDebt(
        address asset,
        Reserve storage reserve,
        address user,
        uint256 amount,
        uint256 debt
    ) internal virtual {
        uint256 scaled = amount == debt ? reserve.scaledDebt[user] : amount.rayDivDown(reserve.borrowIndexRay);
        if (scaled == 0) revert AmountRoundsToZero(asset, amount);
        reserve.scaledDebt[user] -= scaled;
        reserve.totalScaledDebt -= scaled;
    }

    function _takeCash(Reserve storage reserve, uint256 amount) internal {
        uint256 cash = reserve.cash;
        if (amount > cash) revert InsufficientCash(amount, cash);
        reserve.cash = cash - amount;
    }

    /// @dev Claims of the treasury, paid in tokens that are in the cash already.
    function _creditTreasury(Reserve storage reserve, uint256 amount) internal {
        uint256 scaled = amount.rayDivDown(reserve.liquidityIndexRay);
        reserve.treasuryScaled += scaled;
        reserve.totalScaledSupply += scaled;
    }
}
