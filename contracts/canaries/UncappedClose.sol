// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBonusRule} from "../interfaces/IBonusRule.sol";
import {LiquidationContext} from "../interfaces/ILiquidationTerms.sol";
import {ReserveCloseFactor} from "../lending/terms/ReserveCloseFactor.sol";

/// @title UncappedClose
/// @notice A planted flaw: the close factor is stored and never applied, so that one call may repay all of a debt
/// and take the bonus on all of it, however little health is missing.
/// @dev Stands for what the close factor is there to prevent: Compound v2 bounds it to 5 to 90 % "so that a single
/// liquidation does not close a position" (its whitepaper and Comptroller; documented). No incident is known to us
/// in which it was left out; forks are audited for it.
contract UncappedClose is ReserveCloseFactor {
    constructor(
        IBonusRule bonusRule_,
        bool feeOnSeized_,
        Params memory params
    ) ReserveCloseFactor(bonusRule_, feeOnSeized_, params) {}

    /// @inheritdoc ReserveCloseFactor
    function _maxDebtAssets(
        LiquidationContext calldata context,
        uint256
    ) internal pure override returns (uint256) {
        return context.reserveDebtAssets;
    }
}
