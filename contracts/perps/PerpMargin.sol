// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {IPerpCollateral} from "../interfaces/IPerpCollateral.sol";
import {IPerpMarket, PerpAccountState, PerpPosition} from "../interfaces/IPerpMarket.sol";
import {BpsMath} from "../libraries/BpsMath.sol";
import {PositionLib} from "../libraries/PositionLib.sol";
import {PerpFunding} from "./PerpFunding.sol";

/// @title PerpMargin
/// @notice What accounts of a perpetual market are worth and need at present marks.
abstract contract PerpMargin is PerpFunding {
    /// @inheritdoc IPerpMarket
    IPerpCollateral public collateral;

    uint16 internal _profitWeightBps;

    /* PRICES */

    function _markE8(address instrument) internal view returns (uint256 markE8) {
        markE8 = _instruments[instrument].config.mark.markE8(instrument);
        if (markE8 == 0) revert IMarkPrice.InvalidIndex(instrument, 0);
    }

    /* ACCOUNTS */

    function _state(Account storage account) internal view returns (PerpAccountState memory state) {
        state.cashQuote = account.cashQuote;
        uint256 count = account.open.length;
        for (uint256 i = 0; i < count; ++i) {
            _addPosition(state, account, account.open[i]);
        }
        if (account.slot == address(0) && address(collateral) != address(0)) {
            state.collateralQuote = collateral.valueQuote(account.owner);
        }
        state.equityQuote += state.cashQuote + int256(state.collateralQuote);
        state.openingQuote += state.cashQuote + int256(state.collateralQuote);
    }

    function _addPosition(
        PerpAccountState memory state,
        Account storage account,
        address instrument
    ) private view {
        PerpPosition storage held = account.positions[instrument];
        uint256 markE8 = _markE8(instrument);
        int256 profit = PositionLib.valueFloor(held.sizeWad, markE8, _unit) + held.entryQuote;
        state.cashQuote -= _fundingDue(held, _instruments[instrument]);
        state.equityQuote += profit;
        state.openingQuote += profit > 0 ? int256(BpsMath.bpsMulDown(uint256(profit), _profitWeightBps)) : profit;
        (, uint256 initial, uint256 maintenance) = _requirement(instrument, held.sizeWad, markE8);
        state.initialQuote += initial;
        state.maintenanceQuote += maintenance;
    }

    function _requirement(
        address instrument,
        int256 sizeWad,
        uint256 markE8
    ) internal view returns (uint256 notional, uint256 initial, uint256 maintenance) {
        Instrument storage entry = _instruments[instrument];
        return PositionLib.requirementUp(sizeWad, markE8, _unit, entry.tiers, entry.config.maintenanceShareBps);
    }

    /// @dev Opening and withdrawing leave at least this.
    function _requireInitial(PerpAccountState memory state) internal pure {
        if (state.openingQuote < int256(state.initialQuote)) {
            revert InsufficientMargin(state.openingQuote, state.initialQuote);
        }
    }
}
