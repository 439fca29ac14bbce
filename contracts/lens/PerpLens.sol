// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPerpLens} from "../interfaces/IPerpLens.sol";
import {
    InstrumentConfig,
    InstrumentState,
    IPerpMarket,
    PerpAccountState,
    PerpPosition
} from "../interfaces/IPerpMarket.sol";

/// @title PerpLens
/// @notice See `IPerpLens`.
contract PerpLens is IPerpLens {
    uint256 private constant BOOK_WORDS = 3;
    uint256 private constant STATE_WORDS = 7;
    uint256 private constant INSTRUMENT_WORDS = 13;

    /// @inheritdoc IPerpLens
    function bookWords(IPerpMarket market) external view returns (int256[] memory words) {
        (address[] memory owners, address[] memory slots) = market.accounts();
        address[] memory instruments = market.instruments();
        uint256 width = BOOK_WORDS + 2 * instruments.length;
        words = new int256[](owners.length * width);
        for (uint256 i = 0; i < owners.length; ++i) {
            uint256 at = i * width;
            words[at] = _word(owners[i]);
            words[at + 1] = _word(slots[i]);
            words[at + 2] = market.cashOf(owners[i], slots[i]);
            for (uint256 k = 0; k < instruments.length; ++k) {
                PerpPosition memory held = market.position(owners[i], slots[i], instruments[k]);
                words[at + BOOK_WORDS + 2 * k] = held.sizeWad;
                words[at + BOOK_WORDS + 2 * k + 1] = held.entryQuote;
            }
        }
    }

    /// @inheritdoc IPerpLens
    function accountWords(
        IPerpMarket market,
        address[] calldata owners,
        address[] calldata slots
    ) external view returns (int256[] memory words) {
        address[] memory instruments = market.instruments();
        uint256 width = STATE_WORDS + instruments.length;
        words = new int256[](owners.length * width);
        for (uint256 i = 0; i < owners.length; ++i) {
            uint256 at = i * width;
            try market.accountState(owners[i], slots[i]) returns (PerpAccountState memory state) {
                _writeState(words, at, state);
            } catch {}
            for (uint256 k = 0; k < instruments.length; ++k) {
                words[at + STATE_WORDS + k] = market.position(owners[i], slots[i], instruments[k]).sizeWad;
            }
        }
    }

    function _writeState(int256[] memory words, uint256 at, PerpAccountState memory state) private pure {
        words[at] = state.cashQuote;
        words[at + 1] = int256(state.collateralQuote);
        words[at + 2] = state.equityQuote;
        words[at + 3] = state.openingQuote;
        words[at + 4] = int256(state.initialQuote);
        words[at + 5] = int256(state.maintenanceQuote);
        words[at + 6] = 1;
    }

    /// @inheritdoc IPerpLens
    function instrumentWords(IPerpMarket market) external view returns (int256[] memory words) {
        address[] memory instruments = market.instruments();
        words = new int256[](instruments.length * INSTRUMENT_WORDS);
        for (uint256 i = 0; i < instruments.length; ++i) {
            uint256 at = i * INSTRUMENT_WORDS;
            _writePrices(words, at, market, instruments[i]);
            InstrumentState memory state = market.instrumentState(instruments[i]);
            words[at + 3] = int256(state.longWad);
            words[at + 4] = int256(state.shortWad);
            words[at + 5] = state.makerWad;
            words[at + 6] = int256(state.longCount);
            words[at + 7] = int256(state.shortCount);
            words[at + 8] = state.fundingIndex;
            words[at + 9] = state.fundingRateWad;
            words[at + 10] = int256(state.fundingPriceE8);
            words[at + 11] = int256(state.fundingUpdatedAt);
            words[at + 12] = int256(state.badDebtQuote);
        }
    }

    function _writePrices(int256[] memory words, uint256 at, IPerpMarket market, address instrument) private view {
        (InstrumentConfig memory config, ) = market.instrumentConfig(instrument);
        try config.mark.markE8(instrument) returns (uint256 price) {
            words[at] = int256(price);
        } catch {}
        try config.mark.indexE8(instrument) returns (uint256 price) {
            words[at + 1] = int256(price);
        } catch {}
        try config.pricing.midE8(instrument) returns (uint256 price) {
            words[at + 2] = int256(price);
        } catch {}
    }

    function _word(address account) private pure returns (int256) {
        return int256(uint256(uint160(account)));
    }
}
