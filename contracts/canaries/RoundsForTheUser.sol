// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILiquidationTerms} from "../interfaces/ILiquidationTerms.sol";
import {LendingPool} from "../lending/LendingPool.sol";

/// @title RoundsForTheUser
/// @notice A planted flaw: debt is kept to the hundredth of a token, new debt rounded down and repayments rounded
/// up. Each action leaves the lenders up to a cent short, and liquidations are many.
/// @dev Stands for rounding against the protocol: Hundred Finance, April 2023, and other forks of Compound v2, whose
/// redemptions were rounded down (post-mortems; about 7 million dollars, second-hand).
contract RoundsForTheUser is LendingPool {
    uint256 private constant PARTS = 100;

    constructor(
        address owner,
        ILiquidationTerms terms_,
        uint16 flashFeeBps_
    ) LendingPool(owner, terms_, flashFeeBps_) {}

    function _mintDebt(address asset, Reserve storage reserve, address user, uint256 amount) internal override {
        super._mintDebt(asset, reserve, user, amount - (amount % (_unit(reserve) / PARTS)));
    }

    function _burnDebt(
        address asset,
        Reserve storage reserve,
        address user,
        uint256 amount,
        uint256 debt
    ) internal override {
        uint256 part = _unit(reserve) / PARTS;
        uint256 rounded = ((amount + part - 1) / part) * part;
        super._burnDebt(asset, reserve, user, rounded < debt ? rounded : debt, debt);
    }
}
