// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBonusRule} from "../../interfaces/IBonusRule.sol";
import {ILiquidationTerms, LiquidationContext, LiquidationRemainder} from "../../interfaces/ILiquidationTerms.sol";
import {BpsMath} from "../../libraries/BpsMath.sol";
import {BonusTerms} from "./BonusTerms.sol";

/// @title ReserveCloseFactor
/// @notice One call may repay a fixed share of the chosen reserve's debt, to the nearest unit; all of it at and
/// below a health factor. Anything may be left over.
/// @dev Aave v3.0: closeFactorBps 5000, fullCloseHealthWad 0.95e18. Compound v2: 5000 (bounds 500 to 9000) and 0,
/// which never applies.
contract ReserveCloseFactor is BonusTerms {
    /// @param closeFactorBps Share of the reserve's debt that one call may repay, in bps; 0 < it <= 10000.
    /// @param fullCloseHealthWad Health factor at and below which the whole reserve debt may be repaid; 0: never.
    struct Params {
        uint16 closeFactorBps;
        uint256 fullCloseHealthWad;
    }

    uint256 public immutable closeFactorBps;
    uint256 public immutable fullCloseHealthWad;

    constructor(
        IBonusRule bonusRule_,
        bool feeOnSeized_,
        Params memory params
    ) BonusTerms(bonusRule_, feeOnSeized_) {
        if (params.closeFactorBps == 0 || params.closeFactorBps > BpsMath.BPS) {
            revert TermsOutOfRange("closeFactorBps", params.closeFactorBps, BpsMath.BPS);
        }
        closeFactorBps = params.closeFactorBps;
        fullCloseHealthWad = params.fullCloseHealthWad;
    }

    /// @inheritdoc ILiquidationTerms
    function checkRemainder(LiquidationContext calldata, LiquidationRemainder calldata) external pure {}

    /// @inheritdoc BonusTerms
    function _maxDebtAssets(
        LiquidationContext calldata context,
        uint256
    ) internal view virtual override returns (uint256) {
        if (fullCloseHealthWad != 0 && context.healthFactorWad <= fullCloseHealthWad) {
            return context.reserveDebtAssets;
        }
        return BpsMath.bpsMulHalfUp(context.reserveDebtAssets, closeFactorBps);
    }
}
