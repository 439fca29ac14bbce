// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {InstrumentConfig, IPerpMarket, PerpPosition} from "../interfaces/IPerpMarket.sol";
import {MarginTier} from "../libraries/MarginTierLib.sol";
import {PositionLib} from "../libraries/PositionLib.sol";

/// @title PerpLedger
/// @notice Books of a perpetual market: accounts, positions, open interest, pots. Moves no tokens, knows no prices.
abstract contract PerpLedger is IPerpMarket, ReentrancyGuard, Ownable {
    struct Account {
        address owner;
        address slot;
        address lastInstrument;
        int256 cashQuote;
        address[] open;
        mapping(address instrument => PerpPosition) positions;
    }

    struct Instrument {
        InstrumentConfig config;
        MarginTier[] tiers;
        uint256 longWad;
        uint256 shortWad;
        uint256 longCount;
        uint256 shortCount;
        int256 fundingIndex;
        int256 fundingRateWad;
        uint256 fundingPriceE8;
        uint256 fundingUpdatedAt;
        uint256 badDebtQuote;
        bytes32[] holders;
        mapping(bytes32 account => uint256) holderNumber;
    }

    /// @inheritdoc IPerpMarket
    address public immutable quoteToken;

    /// @dev 10 ** (26 - decimals of the quote token): size times price over this is quote.
    uint256 internal immutable _unit;

    mapping(bytes32 id => Account) internal _accounts;
    bytes32[] internal _accountsList;
    mapping(address instrument => Instrument) internal _instruments;
    address[] internal _instrumentsList;

    uint256 internal _heldQuote;
    uint256 internal _feesQuote;
    uint256 internal _fundDuesQuote;
    int256 internal _fundingPotQuote;
    uint256 internal _badDebtQuote;

    constructor(address quoteToken_, uint256 unit) {
        quoteToken = quoteToken_;
        _unit = unit;
    }

    /* LOOKUP */

    function _instrument(address instrument) internal view returns (Instrument storage entry) {
        entry = _instruments[instrument];
        if (address(entry.config.pricing) == address(0)) revert UnknownInstrument(instrument);
    }

    function _id(address owner, address slot) internal pure returns (bytes32) {
        return keccak256(abi.encode(owner, slot));
    }

    function _account(address owner, address slot) internal view returns (Account storage) {
        return _accounts[_id(owner, slot)];
    }

    /// @dev The account, registered when it is used for the first time.
    function _opened(address owner, address slot) internal returns (Account storage account) {
        bytes32 id = _id(owner, slot);
        account = _accounts[id];
        if (account.owner != address(0)) return account;
        if (owner == address(0)) revert WrongSlot(slot, owner);
        if (slot != address(0)) _instrument(slot);
        (account.owner, account.slot) = (owner, slot);
        _accountsList.push(id);
    }

    function _maker(Instrument storage entry) internal view returns (Account storage) {
        return _accounts[_id(address(entry.config.pricing), address(0))];
    }

    function _isMaker(Account storage account, Instrument storage entry) internal view returns (bool) {
        return account.slot == address(0) && account.owner == address(entry.config.pricing);
    }

    /* CASH */

    function _take(Account storage account, uint256 amountQuote) internal {
        account.cashQuote -= int256(amountQuote);
    }

    function _give(Account storage account, uint256 amountQuote) internal {
        account.cashQuote += int256(amountQuote);
    }

    function _release(uint256 amountQuote) internal {
        if (amountQuote > _heldQuote) revert InsufficientHeld(amountQuote, _heldQuote);
        _heldQuote -= amountQuote;
    }

    /* POSITIONS */

    /// @dev Changes a position whose funding is settled.
    function _change(
        Account storage account,
        address instrument,
        int256 sizeDeltaWad,
        int256 quoteDelta
    ) internal {
        PerpPosition storage held = account.positions[instrument];
        int256 before = held.sizeWad;
        (int256 size, int256 entry, int256 realised) = PositionLib.changed(
            before,
            held.entryQuote,
            sizeDeltaWad,
            quoteDelta
        );
        (held.sizeWad, held.entryQuote) = (size, entry);
        account.cashQuote += realised;
        _count(account, instrument, before, size);
        emit PositionChanged(
            account.owner,
            account.slot,
            instrument,
            sizeDeltaWad,
            quoteDelta,
            realised,
            size,
            entry
        );
    }

    /// @dev Open interest, counts and lists after a position went from `before` to `size`.
    function _count(Account storage account, address instrument, int256 before, int256 size) private {
        Instrument storage entry = _instruments[instrument];
        if (!_isMaker(account, entry)) {
            entry.longWad = entry.longWad - _long(before) + _long(size);
            entry.shortWad = entry.shortWad - _long(-before) + _long(-size);
        }
        if (before > 0) --entry.longCount;
        if (before < 0) --entry.shortCount;
        if (size > 0) ++entry.longCount;
        if (size < 0) ++entry.shortCount;
        if (before == 0 && size != 0) _list(account, instrument, entry);
        if (before != 0 && size == 0) _unlist(account, instrument, entry);
    }

    function _list(Account storage account, address instrument, Instrument storage entry) private {
        bytes32 id = _id(account.owner, account.slot);
        account.open.push(instrument);
        entry.holders.push(id);
        entry.holderNumber[id] = entry.holders.length;
    }

    function _unlist(Account storage account, address instrument, Instrument storage entry) private {
        bytes32 id = _id(account.owner, account.slot);
        account.lastInstrument = instrument;
        address[] storage open = account.open;
        uint256 last = open.length - 1;
        for (uint256 i = 0; i < last; ++i) {
            if (open[i] == instrument) open[i] = open[last];
        }
        open.pop();
        uint256 number = entry.holderNumber[id];
        bytes32 moved = entry.holders[entry.holders.length - 1];
        entry.holders[number - 1] = moved;
        entry.holderNumber[moved] = number;
        entry.holders.pop();
        delete entry.holderNumber[id];
    }

    function _long(int256 sizeWad) private pure returns (uint256) {
        return sizeWad > 0 ? uint256(sizeWad) : 0;
    }
}
