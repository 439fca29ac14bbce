// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {ClosePlan, IPerpCloseTerms} from "../interfaces/IPerpCloseTerms.sol";
import {InstrumentConfig, IPerpMarket, PerpAccountState} from "../interfaces/IPerpMarket.sol";
import {Shortfall} from "../interfaces/IWaterfallStage.sol";
import {BankruptcyLib, PositionAtMark} from "../libraries/BankruptcyLib.sol";
import {BpsMath} from "../libraries/BpsMath.sol";
import {MarginTier} from "../libraries/MarginTierLib.sol";
import {PositionLib} from "../libraries/PositionLib.sol";

/// @title PerpCloseTerms
/// @notice See `IPerpCloseTerms`. Closes just enough to be back at initial margin, at least a share of the position,
/// and all of it where equity is below half of maintenance margin (perp-curie) or the rest would be dust.
contract PerpCloseTerms is IPerpCloseTerms {
    using SignedMath for int256;

    /// @dev A position that is being closed, with what the book's offers depend on.
    /// @param state Its account.
    /// @param otherInitialQuote Initial margin of the account's other positions.
    /// @param isMaker Whether the account is the maker's, for which there is no book.
    /// @param makerWad Position of the maker.
    /// @param makerOpeningQuote What counts for the maker.
    /// @param makerOtherQuote Initial margin of the maker's other positions.
    struct Closing {
        address instrument;
        uint256 unit;
        InstrumentConfig config;
        MarginTier[] tiers;
        PerpAccountState state;
        int256 sizeWad;
        uint256 markE8;
        uint256 bankruptcyE8;
        uint256 otherInitialQuote;
        bool isMaker;
        int256 makerWad;
        int256 makerOpeningQuote;
        uint256 makerOtherQuote;
    }

    /// @dev Steps of a search for a size: 1/4096.
    uint256 private constant SEARCH_STEPS = 12;

    /* QUESTIONS */

    /// @inheritdoc IPerpCloseTerms
    function plan(
        IPerpMarket market,
        address owner,
        address slot,
        address instrument
    ) external view returns (ClosePlan memory planned) {
        Closing memory closing = _closing(market, owner, slot, instrument);
        planned.equityQuote = closing.state.equityQuote;
        planned.maintenanceQuote = closing.state.maintenanceQuote;
        planned.markE8 = closing.markE8;
        planned.bankruptcyE8 = closing.bankruptcyE8;
        (planned.targetWad, planned.force) = _target(closing);
        planned.bookWad = _mostAboveBankruptcy(closing, planned.targetWad);
    }

    /// @inheritdoc IPerpCloseTerms
    function shortfall(
        IPerpMarket market,
        address owner,
        address slot,
        address instrument,
        uint256 restWad
    ) external view returns (Shortfall memory asked) {
        (asked.owner, asked.slot, asked.instrument) = (owner, slot, instrument);
        if (restWad == 0) {
            int256 equity = market.accountState(owner, slot).equityQuote;
            if (equity >= 0 || market.openInstruments(owner, slot).length != 0) return asked;
            asked.deficitQuote = uint256(-equity);
            return asked;
        }
        Closing memory closing = _closing(market, owner, slot, instrument);
        asked.sizeWad = _signed(closing, restWad);
        asked.bankruptcyE8 = closing.bankruptcyE8;
        asked.markE8 = closing.markE8;
        (bool offered, int256 quote) = _bookQuote(closing, restWad);
        if (!offered) quote = _value(closing, asked.sizeWad);
        asked.deficitQuote = uint256(SignedMath.max(_atBankruptcy(closing, restWad) - quote, 0));
    }

    /// @inheritdoc IPerpCloseTerms
    function bookQuote(
        IPerpMarket market,
        address owner,
        address slot,
        address instrument,
        uint256 closeWad
    ) external view returns (bool, int256) {
        return _bookQuote(_closing(market, owner, slot, instrument), closeWad);
    }

    /// @inheritdoc IPerpCloseTerms
    function bankruptcyE8(
        IPerpMarket market,
        address owner,
        address slot,
        address instrument
    ) external view returns (uint256) {
        return _closing(market, owner, slot, instrument).bankruptcyE8;
    }

    /* READING */

    function _closing(
        IPerpMarket market,
        address owner,
        address slot,
        address instrument
    ) private view returns (Closing memory closing) {
        closing.instrument = instrument;
        closing.unit = 10 ** (26 - uint256(IERC20Metadata(market.quoteToken()).decimals()));
        (closing.config, closing.tiers) = market.instrumentConfig(instrument);
        closing.state = market.accountState(owner, slot);
        closing.sizeWad = market.position(owner, slot, instrument).sizeWad;
        if (closing.sizeWad == 0) revert IPerpMarket.NoPosition(owner, slot, instrument);
        closing.markE8 = closing.config.mark.markE8(instrument);
        closing.otherInitialQuote = closing.state.initialQuote - _initial(closing, closing.sizeWad);
        closing.bankruptcyE8 = _bankruptcyE8(closing);
        address maker = address(closing.config.pricing);
        closing.isMaker = slot == address(0) && owner == maker;
        closing.makerWad = market.position(maker, address(0), instrument).sizeWad;
        PerpAccountState memory makerState = market.accountState(maker, address(0));
        closing.makerOpeningQuote = makerState.openingQuote;
        closing.makerOtherQuote = makerState.initialQuote - _initial(closing, closing.makerWad);
    }

    function _bankruptcyE8(Closing memory closing) private pure returns (uint256) {
        (, , uint256 own) = _requirement(closing, closing.sizeWad);
        return
            BankruptcyLib.bankruptcyE8(
                PositionAtMark({
                    sizeWad: closing.sizeWad,
                    equityQuote: BankruptcyLib.equityShareDown(
                        closing.state.equityQuote,
                        own,
                        closing.state.maintenanceQuote
                    ),
                    markE8: closing.markE8,
                    unit: closing.unit
                })
            );
    }

    function _requirement(
        Closing memory closing,
        int256 sizeWad
    ) private pure returns (uint256, uint256, uint256) {
        return
            PositionLib.requirementUp(
                sizeWad,
                closing.markE8,
                closing.unit,
                closing.tiers,
                closing.config.maintenanceShareBps
            );
    }

    function _initial(Closing memory closing, int256 sizeWad) private pure returns (uint256 initial) {
        (, initial, ) = _requirement(closing, sizeWad);
    }

    function _value(Closing memory closing, int256 sizeWad) private pure returns (int256) {
        return PositionLib.valueFloor(sizeWad, closing.markE8, closing.unit);
    }

    function _signed(Closing memory closing, uint256 closeWad) private pure returns (int256) {
        return closing.sizeWad > 0 ? int256(closeWad) : -int256(closeWad);
    }

    /// @dev What closing `closeWad` at the bankruptcy price brings, rounded up.
    function _atBankruptcy(Closing memory closing, uint256 closeWad) private pure returns (int256) {
        return -PositionLib.valueFloor(-_signed(closing, closeWad), closing.bankruptcyE8, closing.unit);
    }

    /* BOOK */

    function _bookQuote(
        Closing memory closing,
        uint256 closeWad
    ) private view returns (bool offered, int256 quote) {
        if (closing.isMaker || closeWad == 0) return (false, 0);
        int256 closed = _signed(closing, closeWad);
        try closing.config.pricing.quoteLiquidation(closing.instrument, -closed) returns (int256 quoted) {
            quote = quoted;
        } catch {
            return (false, 0);
        }
        int256 makerWad = closing.makerWad + closed;
        if (makerWad.abs() <= closing.makerWad.abs()) return (true, quote);
        int256 opening =
            closing.makerOpeningQuote - quote + _value(closing, makerWad) - _value(closing, closing.makerWad);
        return (opening >= int256(closing.makerOtherQuote + _initial(closing, makerWad)), quote);
    }

    /// @dev To 1/4096 of the target, rounded down; all of it where that is possible.
    function _mostAboveBankruptcy(Closing memory closing, uint256 target) private view returns (uint256 most) {
        if (_aboveBankruptcy(closing, target)) return target;
        uint256 tooMuch = target;
        for (uint256 i = 0; i < SEARCH_STEPS; ++i) {
            uint256 middle = (most + tooMuch) / 2;
            if (_aboveBankruptcy(closing, middle)) most = middle;
            else tooMuch = middle;
        }
    }

    function _aboveBankruptcy(Closing memory closing, uint256 closeWad) private view returns (bool) {
        (bool offered, int256 quote) = _bookQuote(closing, closeWad);
        return offered && quote >= _atBankruptcy(closing, closeWad);
    }

    /* SIZE */

    /// @dev What is to be closed, and whether that is the whole position.
    function _target(Closing memory closing) private view returns (uint256 target, bool whole) {
        uint256 all = closing.sizeWad.abs();
        if (closing.state.equityQuote * 2 < int256(closing.state.maintenanceQuote)) return (all, true);
        uint256 least = Math.mulDiv(all, closing.config.closeMinBps, BpsMath.BPS, Math.Rounding.Ceil);
        target = Math.max(_leastBackAtInitial(closing, all), least);
        uint256 rest = PositionLib.notionalUp(int256(all - target), closing.markE8, closing.unit);
        if (target == all || rest < closing.config.minNotionalQuote) return (all, true);
    }

    /// @dev To 1/4096 of the position, rounded up.
    function _leastBackAtInitial(Closing memory closing, uint256 all) private view returns (uint256 enough) {
        enough = all;
        uint256 tooLittle = 0;
        for (uint256 i = 0; i < SEARCH_STEPS; ++i) {
            uint256 middle = (tooLittle + enough) / 2;
            if (_backAtInitial(closing, middle)) enough = middle;
            else tooLittle = middle;
        }
    }

    /// @dev Whether the account meets initial margin once `closeWad` is closed in the book, or at the mark where the
    /// book has no offer, and the fee is paid.
    function _backAtInitial(Closing memory closing, uint256 closeWad) private view returns (bool) {
        (bool offered, int256 quote) = _bookQuote(closing, closeWad);
        int256 closed = _signed(closing, closeWad);
        if (!offered) quote = _value(closing, closed);
        int256 equity =
            closing.state.equityQuote +
                quote -
                int256(BpsMath.bpsMulUp(quote.abs(), closing.config.liquidationFeeBps)) +
                _value(closing, closing.sizeWad - closed) -
                _value(closing, closing.sizeWad);
        return equity >= int256(closing.otherInitialQuote + _initial(closing, closing.sizeWad - closed));
    }
}
