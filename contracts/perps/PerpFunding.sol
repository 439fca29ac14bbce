// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {InstrumentConfig, IPerpMarket, PerpPosition} from "../interfaces/IPerpMarket.sol";
import {FundingLib} from "../libraries/FundingLib.sol";
import {PerpLedger} from "./PerpLedger.sol";

/// @title PerpFunding
/// @notice Funding of a perpetual market: its index grows at a rate that was set before the time it is charged for,
/// so that nobody sets the price of the past.
abstract contract PerpFunding is PerpLedger {
    /// @dev As of now.
    function _fundingIndex(Instrument storage entry) internal view returns (int256) {
        uint256 elapsedS = block.timestamp - entry.fundingUpdatedAt;
        if (elapsedS == 0 || entry.fundingRateWad == 0) return entry.fundingIndex;
        InstrumentConfig storage config = entry.config;
        if (config.fundingGapS != 0) elapsedS = Math.min(elapsedS, config.fundingGapS);
        return
            entry.fundingIndex +
            FundingLib.growthTruncated(
                entry.fundingRateWad,
                entry.fundingPriceE8,
                elapsedS,
                config.fundingIntervalS
            );
    }

    /// @dev Charges what has passed, then sets rate and price for what comes. Never fails for want of a price:
    /// without one the rate is 0.
    function _accrue(address instrument, Instrument storage entry) internal {
        if (entry.fundingUpdatedAt == block.timestamp) return;
        entry.fundingIndex = _fundingIndex(entry);
        entry.fundingUpdatedAt = block.timestamp;
        (entry.fundingRateWad, entry.fundingPriceE8) = _rate(instrument, entry.config);
        emit FundingAccrued(instrument, entry.fundingIndex, entry.fundingRateWad, entry.fundingPriceE8);
    }

    /// @dev From the premium of the mark, which averages make slow to move, over the index.
    function _rate(address instrument, InstrumentConfig storage config) private view returns (int256, uint256) {
        if (config.fundingIntervalS == 0) return (0, 0);
        IMarkPrice mark = config.mark;
        try mark.indexE8(instrument) returns (uint256 indexE8) {
            try mark.markE8(instrument) returns (uint256 markE8) {
                if (indexE8 == 0 || markE8 == 0) return (0, 0);
                int256 rate = FundingLib.clampedRateWad(
                    FundingLib.premiumWad(markE8, indexE8),
                    config.fundingInterestWad,
                    config.fundingBoundWad,
                    config.fundingCapWad
                );
                return (rate, indexE8);
            } catch {
                return (0, 0);
            }
        } catch {
            return (0, 0);
        }
    }

    /// @dev What the position owes, above 0, as of now.
    function _fundingDue(PerpPosition storage held, Instrument storage entry) internal view returns (int256) {
        int256 growth = _fundingIndex(entry) - held.fundingIndex;
        if (held.sizeWad == 0 || growth == 0) return 0;
        return FundingLib.paymentQuoteUp(held.sizeWad, growth, _unit);
    }

    /// @dev Before every change of a position, on both sides.
    function _settle(Account storage account, address instrument) internal {
        Instrument storage entry = _instruments[instrument];
        _accrue(instrument, entry);
        PerpPosition storage held = account.positions[instrument];
        int256 due = _fundingDue(held, entry);
        held.fundingIndex = entry.fundingIndex;
        if (due == 0) return;
        _bookFunding(account, due);
        emit FundingSettled(account.owner, account.slot, instrument, due);
    }

    /// @dev What a position owes goes from its account to the pot; below 0, from the pot to the account.
    function _bookFunding(Account storage account, int256 due) internal virtual {
        account.cashQuote -= due;
        _fundingPotQuote += due;
    }

    function _settleAll(Account storage account) internal {
        uint256 count = account.open.length;
        for (uint256 i = 0; i < count; ++i) {
            _settle(account, account.open[i]);
        }
    }

    /* UPKEEP */

    /// @inheritdoc IPerpMarket
    function accrueFunding(address instrument) external nonReentrant {
        _accrue(instrument, _instrument(instrument));
    }

    /// @inheritdoc IPerpMarket
    function settle(address owner, address slot) external nonReentrant {
        _settleAll(_account(owner, slot));
    }
}
