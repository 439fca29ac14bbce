// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {InstrumentConfig, IPerpMarket, PerpAccountState} from "../interfaces/IPerpMarket.sol";
import {IPerpPricing} from "../interfaces/IPerpPricing.sol";
import {BpsMath} from "../libraries/BpsMath.sol";
import {PositionLib} from "../libraries/PositionLib.sol";
import {PerpCash} from "./PerpCash.sol";

/// @title PerpTrading
/// @notice Trades against the pricing, whose account takes the other side, and what they have to leave behind.
abstract contract PerpTrading is PerpCash {
    using SignedMath for int256;

    /* TRADE */

    /// @inheritdoc IPerpMarket
    function trade(
        address slot,
        address instrument,
        int256 sizeDeltaWad,
        int256 limitQuote
    ) external nonReentrant returns (int256 quoteDelta) {
        Instrument storage entry = _instrument(instrument);
        if (slot != address(0) && slot != instrument) revert WrongSlot(slot, instrument);
        if (sizeDeltaWad == 0) revert ZeroAmount();
        if (msg.sender == address(entry.config.pricing)) revert MakerMayNotTrade(msg.sender);
        Account storage account = _opened(msg.sender, slot);
        _settleAll(account);
        PerpAccountState memory before = _state(account);
        int256 sizeBefore = account.positions[instrument].sizeWad;
        uint256 markE8 = _markE8(instrument);
        uint256 feeQuote;
        (quoteDelta, feeQuote) = _tradeWithMaker(account, instrument, sizeDeltaWad);
        if (quoteDelta < limitQuote) revert LimitExceeded(quoteDelta, limitQuote);
        emit Traded(msg.sender, slot, instrument, sizeDeltaWad, quoteDelta, feeQuote, markE8);
        _requireAfterTrade(account, instrument, sizeBefore, before);
    }

    function _tradeWithMaker(
        Account storage account,
        address instrument,
        int256 sizeDeltaWad
    ) private returns (int256 quoteDelta, uint256 feeQuote) {
        InstrumentConfig storage config = _instruments[instrument].config;
        quoteDelta = _exchange(account, instrument, sizeDeltaWad, false);
        _requireMaker(instrument, -sizeDeltaWad);
        feeQuote = BpsMath.bpsMulUp(quoteDelta.abs(), config.tradingFeeBps);
        uint256 makerQuote = BpsMath.bpsMulDown(feeQuote, config.makerFeeShareBps);
        _take(account, feeQuote);
        _give(_maker(_instruments[instrument]), makerQuote);
        _feesQuote += feeQuote - makerQuote;
    }

    /// @dev Both sides of a trade in the book, without fees. The mark records what was before it.
    function _exchange(
        Account storage account,
        address instrument,
        int256 sizeDeltaWad,
        bool forced
    ) internal returns (int256 quoteDelta) {
        Instrument storage entry = _instruments[instrument];
        Account storage maker = _opened(address(entry.config.pricing), address(0));
        _settle(account, instrument);
        _settle(maker, instrument);
        IMarkPrice mark = entry.config.mark;
        if (mark.due(instrument)) mark.poke(instrument);
        IPerpPricing pricing = entry.config.pricing;
        quoteDelta =
            forced ? pricing.tradeLiquidation(instrument, sizeDeltaWad) : pricing.trade(instrument, sizeDeltaWad);
        _change(account, instrument, sizeDeltaWad, quoteDelta);
        _change(maker, instrument, -sizeDeltaWad, -quoteDelta);
    }

    /* RULES */

    function _requireAfterTrade(
        Account storage account,
        address instrument,
        int256 sizeBefore,
        PerpAccountState memory before
    ) private view {
        int256 size = account.positions[instrument].sizeWad;
        PerpAccountState memory state = _state(account);
        _requireSize(instrument, sizeBefore, size);
        if (size != 0 && (size.abs() >= sizeBefore.abs() || (size > 0) != (sizeBefore > 0))) {
            _requireInitial(state);
        } else {
            _requireNotWorse(before, state);
        }
    }

    /// @dev A smaller position is fine where the account meets initial margin, or lacks no more of it than before
    /// and is solvent: an account without equity leaves through liquidation only.
    function _requireNotWorse(PerpAccountState memory before, PerpAccountState memory state) private pure {
        int256 marginAfter = state.openingQuote - int256(state.initialQuote);
        if (marginAfter >= 0) return;
        int256 marginBefore = before.openingQuote - int256(before.initialQuote);
        if (marginAfter < marginBefore) revert ReductionWorsens(marginBefore, marginAfter);
        if (state.equityQuote < 0) revert ReductionWorsens(before.equityQuote, state.equityQuote);
    }

    /// @dev Least size of what is left, and most of either side where it grew.
    function _requireSize(address instrument, int256 sizeBefore, int256 size) private view {
        Instrument storage entry = _instruments[instrument];
        if (size != 0) {
            uint256 notional = PositionLib.notionalUp(size, _markE8(instrument), _unit);
            uint256 least = entry.config.minNotionalQuote;
            if (notional < least) revert PositionTooSmall(notional, least);
        }
        uint256 cap = entry.config.openInterestCapWad;
        if (cap == 0) return;
        uint256 side = size > sizeBefore ? entry.longWad : entry.shortWad;
        bool grew = size > sizeBefore ? size > 0 : size < 0;
        if (grew && side > cap) revert OpenInterestCapExceeded(instrument, side, cap);
    }

    /// @dev After the maker's position changed by `deltaWad`: where that made it larger, its liquidity has to carry
    /// it.
    function _requireMaker(address instrument, int256 deltaWad) private view {
        Account storage maker = _maker(_instruments[instrument]);
        if (!_grew(maker.positions[instrument].sizeWad, deltaWad)) return;
        PerpAccountState memory state = _state(maker);
        if (state.openingQuote < int256(state.initialQuote)) {
            revert MakerMarginExceeded(maker.owner, state.openingQuote, state.initialQuote);
        }
    }

    /// @dev Whether a position that is `sizeWad` after a change by `deltaWad` is larger than before.
    function _grew(int256 sizeWad, int256 deltaWad) internal pure returns (bool) {
        return sizeWad.abs() > (sizeWad - deltaWad).abs();
    }
}
