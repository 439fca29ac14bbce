// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IPerpBooks} from "../interfaces/IPerpBooks.sol";
import {IPerpCloseTerms} from "../interfaces/IPerpCloseTerms.sol";
import {IPerpMarket, PerpAccountState} from "../interfaces/IPerpMarket.sol";
import {IWaterfallStage, Shortfall} from "../interfaces/IWaterfallStage.sol";
import {PositionLib} from "../libraries/PositionLib.sol";
import {PerpTrading} from "./PerpTrading.sol";

/// @title PerpWaterfall
/// @notice What becomes of a position that the book does not close within its equity: the stages are asked in
/// order, and a loss that none of them bears is booked.
abstract contract PerpWaterfall is PerpTrading {
    using SignedMath for int256;

    /// @dev The shortfall that a stage is being asked about. Empty outside of that.
    struct Asked {
        address stage;
        address owner;
        address slot;
        address instrument;
        int256 restWad;
        uint256 markE8;
        uint256 deficitQuote;
        uint256 paidQuote;
    }

    /// @inheritdoc IPerpMarket
    IPerpCloseTerms public immutable terms;

    address[] internal _stages;
    Asked private _asked;

    constructor(IPerpCloseTerms terms_) {
        terms = terms_;
    }

    /* STAGES */

    /// @dev Asks the stages to close `restWad` (without sign) of the position and to bring what is missing; `force`:
    /// what none of them takes is closed in the book at any price.
    function _absorb(Account storage account, address instrument, uint256 restWad, bool force) internal {
        uint256 count = _stages.length;
        for (uint256 i = 0; i < count; ++i) {
            Shortfall memory asked = terms.shortfall(this, account.owner, account.slot, instrument, restWad);
            if (asked.sizeWad == 0 && asked.deficitQuote == 0) return;
            uint256 held = account.positions[instrument].sizeWad.abs();
            uint256 paid = _ask(_stages[i], asked);
            restWad -= held - account.positions[instrument].sizeWad.abs();
            if (paid == 0) continue;
            restWad -= _closeIfOffered(account, instrument, Math.mulDiv(restWad, paid, asked.deficitQuote));
        }
        if (force) _closeIfOffered(account, instrument, restWad);
    }

    /// @dev Closes `closeWad` in the book where it is offered; returns what was closed.
    function _closeIfOffered(
        Account storage account,
        address instrument,
        uint256 closeWad
    ) private returns (uint256) {
        if (closeWad == 0) return 0;
        (bool offered, ) = terms.bookQuote(this, account.owner, account.slot, instrument, closeWad);
        if (!offered) return 0;
        bool long = account.positions[instrument].sizeWad > 0;
        _exchange(account, instrument, long ? -int256(closeWad) : int256(closeWad), true);
        return closeWad;
    }

    function _ask(address stage, Shortfall memory shortfall) private returns (uint256 paidQuote) {
        _asked = Asked({
            stage: stage,
            owner: shortfall.owner,
            slot: shortfall.slot,
            instrument: shortfall.instrument,
            restWad: shortfall.sizeWad,
            markE8: shortfall.markE8,
            deficitQuote: shortfall.deficitQuote,
            paidQuote: 0
        });
        IWaterfallStage(stage).absorb(shortfall);
        paidQuote = _asked.paidQuote;
        emit StageAsked(
            stage,
            shortfall.owner,
            shortfall.instrument,
            shortfall.sizeWad,
            shortfall.deficitQuote,
            shortfall.sizeWad - _asked.restWad,
            paidQuote
        );
        delete _asked;
    }

    /* LOSSES */

    /// @dev Once nothing is open, what is missing beyond the collateral is a loss that nobody has borne yet.
    function _bookDeficit(Account storage account, address instrument) internal {
        if (account.open.length != 0) return;
        int256 equityQuote = _state(account).equityQuote;
        if (equityQuote >= 0) return;
        uint256 deficit = uint256(-equityQuote);
        _give(account, deficit);
        _instruments[instrument].badDebtQuote += deficit;
        _badDebtQuote += deficit;
        emit BadDebtBooked(account.owner, account.slot, instrument, deficit);
    }

    /// @inheritdoc IPerpMarket
    function resolveBadDebt(address instrument) external nonReentrant {
        Instrument storage entry = _instrument(instrument);
        uint256 count = _stages.length;
        for (uint256 i = 0; i < count && entry.badDebtQuote != 0; ++i) {
            _ask(_stages[i], Shortfall(address(0), instrument, instrument, 0, 0, 0, entry.badDebtQuote));
        }
    }

    /// @inheritdoc IPerpMarket
    function coverBadDebt(address instrument, uint256 amountQuote) external nonReentrant {
        if (amountQuote == 0) revert ZeroAmount();
        uint256 owed = _instrument(instrument).badDebtQuote;
        if (amountQuote > owed) revert ExceedsShortfall(amountQuote, owed);
        _coverBadDebt(instrument, amountQuote);
        _pullQuote(msg.sender, amountQuote);
    }

    function _coverBadDebt(address instrument, uint256 amountQuote) private {
        _instruments[instrument].badDebtQuote -= amountQuote;
        _badDebtQuote -= amountQuote;
        emit BadDebtCovered(instrument, msg.sender, amountQuote);
    }

    /* WHAT STAGES DO */

    function _requireAsked(address owner, address slot) private view {
        if (msg.sender != _asked.stage) revert NotActiveStage(msg.sender);
        if (owner != _asked.owner || slot != _asked.slot) revert NotInShortfall(owner, slot, address(0));
    }

    /// @inheritdoc IPerpBooks
    function transferPosition(
        address owner,
        address slot,
        address instrument,
        address toOwner,
        address toSlot,
        int256 sizeWad,
        uint256 priceE8
    ) external {
        _requireAsked(owner, slot);
        if (instrument != _asked.instrument) revert NotInShortfall(owner, slot, instrument);
        int256 rest = _asked.restWad;
        if (sizeWad == 0 || (sizeWad > 0) != (rest > 0) || sizeWad.abs() > rest.abs()) {
            revert InvalidTransfer(sizeWad, rest);
        }
        if (toSlot != address(0) && toSlot != instrument) revert WrongSlot(toSlot, instrument);
        if (toOwner == owner && toSlot == slot) revert InvalidTransfer(sizeWad, 0);
        _asked.restWad = rest - sizeWad;
        // What rounding leaves, the other side pays, so that a position closed in parts leaves no dust of a deficit.
        int256 quote = -PositionLib.valueFloor(-sizeWad, priceE8, _unit);
        _change(_account(owner, slot), instrument, -sizeWad, quote);
        _receive(_opened(toOwner, toSlot), instrument, sizeWad, -quote);
        emit PositionTransferred(owner, instrument, toOwner, slot, toSlot, sizeWad, priceE8, _asked.markE8);
    }

    function _receive(Account storage account, address instrument, int256 sizeWad, int256 quoteDelta) private {
        _settleAll(account);
        _settle(account, instrument);
        int256 before = account.positions[instrument].sizeWad;
        bool shrinks = PositionLib.reduces(before, sizeWad) && sizeWad.abs() <= before.abs();
        if (!shrinks && account.owner != msg.sender) revert MustReduce(account.owner, account.slot, before);
        _change(account, instrument, sizeWad, quoteDelta);
        PerpAccountState memory state = _state(account);
        if (!shrinks) _requireInitial(state);
        else _requireSolvent(account, state);
    }

    function _requireSolvent(Account storage account, PerpAccountState memory state) private view {
        if (state.equityQuote < 0) {
            revert CounterpartyInsolvent(account.owner, account.slot, state.equityQuote);
        }
    }

    /// @inheritdoc IPerpBooks
    function payDeficit(address owner, address slot, uint256 quoteAmount) external {
        _requireAsked(owner, slot);
        _credit(owner, slot, quoteAmount);
        emit DeficitPaid(msg.sender, owner, slot, quoteAmount);
        _pullQuote(msg.sender, quoteAmount);
    }

    /// @inheritdoc IPerpBooks
    function socialise(
        address fromOwner,
        address fromSlot,
        address owner,
        address slot,
        uint256 quoteAmount
    ) external {
        _requireAsked(owner, slot);
        Account storage account = _account(fromOwner, fromSlot);
        bool exposed = account.positions[_asked.instrument].sizeWad != 0;
        if (!exposed || (fromOwner == owner && fromSlot == slot)) revert NotExposed(fromOwner, fromSlot);
        _settleAll(account);
        _take(account, quoteAmount);
        _requireSolvent(account, _state(account));
        _credit(owner, slot, quoteAmount);
        emit LossSocialised(fromOwner, fromSlot, owner, slot, quoteAmount);
    }

    function _credit(address owner, address slot, uint256 quoteAmount) private {
        uint256 missing = _asked.deficitQuote - _asked.paidQuote;
        if (quoteAmount == 0) revert ZeroAmount();
        if (quoteAmount > missing) revert ExceedsShortfall(quoteAmount, missing);
        _asked.paidQuote += quoteAmount;
        if (owner == address(0)) _coverBadDebt(slot, quoteAmount);
        else _give(_account(owner, slot), quoteAmount);
    }
}
