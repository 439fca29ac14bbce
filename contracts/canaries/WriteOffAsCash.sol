// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILiquidationTerms} from "../interfaces/ILiquidationTerms.sol";
import {LendingPool} from "../lending/LendingPool.sol";

/// @title WriteOffAsCash
/// @notice A planted flaw: debt with nothing left behind it is written off as if somebody had repaid it. No deficit
/// is booked, and cash is counted that nobody paid in: whoever withdraws last finds it missing.
/// @dev Before version 3.3 Aave booked no deficit at all: bad debt stayed with emptied accounts until somebody
/// repaid it (Aave's proposal for v3.3; documented). The planted form is the plain mistake of taking the path of a
/// repayment to clear the account; no incident of exactly this kind is known to us.
contract WriteOffAsCash is LendingPool {
    constructor(
        address owner,
        ILiquidationTerms terms_,
        uint16 flashFeeBps_
    ) LendingPool(owner, terms_, flashFeeBps_) {}

    function _writeOffDebt(address user) internal override returns (uint256[] memory deficits) {
        deficits = super._writeOffDebt(user);
        for (uint256 i = 0; i < deficits.length; ++i) {
            Reserve storage reserve = _reserves[_reservesList[i]];
            reserve.deficit -= deficits[i];
            reserve.cash += deficits[i];
            deficits[i] = 0;
        }
    }
}
