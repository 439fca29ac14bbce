// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {ClosePlan} from "../interfaces/IPerpCloseTerms.sol";
import {InstrumentConfig, IPerpMarket} from "../interfaces/IPerpMarket.sol";
import {BpsMath} from "../libraries/BpsMath.sol";
import {PerpWaterfall} from "./PerpWaterfall.sol";

/// @title PerpLiquidation
/// @notice Liquidation as its terms plan it: in the book, then by the stages; and what it costs.
abstract contract PerpLiquidation is PerpWaterfall {
    using SignedMath for int256;

    /// @dev What was done.
    struct Done {
        address owner;
        address slot;
        address instrument;
        int256 sizeBeforeWad;
        int256 bookWad;
        int256 closedWad;
        uint256 feeQuote;
        uint256 keeperQuote;
    }

    /// @inheritdoc IPerpMarket
    function liquidate(
        address owner,
        address slot,
        address instrument
    ) external nonReentrant returns (int256 closedWad, uint256 feeQuote) {
        Account storage account = _account(owner, slot);
        Done memory done = Done(owner, slot, instrument, account.positions[instrument].sizeWad, 0, 0, 0, 0);
        if (done.sizeBeforeWad == 0) revert NoPosition(owner, slot, instrument);
        _settleAll(account);
        ClosePlan memory planned = terms.plan(this, owner, slot, instrument);
        if (planned.equityQuote >= int256(planned.maintenanceQuote)) {
            revert NotLiquidatable(planned.equityQuote, planned.maintenanceQuote);
        }
        _closeInBook(account, planned, done);
        _absorb(account, instrument, planned.targetWad - planned.bookWad, planned.force);
        _bookDeficit(account, instrument);
        done.closedWad = done.sizeBeforeWad - account.positions[instrument].sizeWad;
        if (done.closedWad == 0) revert NothingLiquidated();
        _report(planned, done);
        return (done.closedWad, done.keeperQuote);
    }

    /// @dev A fee is due where the book takes all there is to close, as far as equity is left.
    function _closeInBook(Account storage account, ClosePlan memory planned, Done memory done) private {
        if (planned.bookWad == 0) return;
        done.bookWad = done.sizeBeforeWad > 0 ? int256(planned.bookWad) : -int256(planned.bookWad);
        int256 quote = _exchange(account, done.instrument, -done.bookWad, true);
        if (planned.bookWad != planned.targetWad) return;
        int256 equity = _state(account).equityQuote;
        if (equity <= 0) return;
        InstrumentConfig storage config = _instruments[done.instrument].config;
        uint256 feeQuote = Math.min(BpsMath.bpsMulUp(quote.abs(), config.liquidationFeeBps), uint256(equity));
        uint256 fundQuote = BpsMath.bpsMulDown(feeQuote, config.fundShareBps);
        _take(account, feeQuote);
        _fundDuesQuote += fundQuote;
        (done.feeQuote, done.keeperQuote) = (feeQuote, feeQuote - fundQuote);
        _give(_opened(msg.sender, address(0)), done.keeperQuote);
    }

    function _report(ClosePlan memory planned, Done memory done) private {
        emit Liquidated(
            done.owner,
            done.slot,
            done.instrument,
            msg.sender,
            done.sizeBeforeWad,
            done.bookWad,
            done.closedWad - done.bookWad,
            done.feeQuote,
            planned.equityQuote,
            planned.maintenanceQuote,
            planned.bankruptcyE8,
            planned.markE8
        );
    }

    /// @inheritdoc IPerpMarket
    function resolveDeficit(address owner, address slot) external nonReentrant {
        Account storage account = _account(owner, slot);
        int256 equityQuote = _state(account).equityQuote;
        if (account.open.length != 0 || equityQuote >= 0) revert NothingToResolve(equityQuote);
        _absorb(account, account.lastInstrument, 0, false);
        _bookDeficit(account, account.lastInstrument);
    }

    /// @inheritdoc IPerpMarket
    function gateWithdrawals(address owner, address slot) external nonReentrant {
        int256 equityQuote = _state(_account(owner, slot)).equityQuote;
        if (equityQuote >= 0) revert NothingToResolve(equityQuote);
        if (_gated) _gatedUntil = block.timestamp + _gateS;
        emit WithdrawalsGated(owner, slot, equityQuote, _gatedUntil);
    }
}
