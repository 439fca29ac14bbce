// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IPerpMarket, PerpAccountState} from "../interfaces/IPerpMarket.sol";
import {ExactTransfer} from "../libraries/ExactTransfer.sol";
import {PerpMargin} from "./PerpMargin.sol";

/// @title PerpCash
/// @notice Cash of accounts: what comes in, and what may leave and when.
abstract contract PerpCash is PerpMargin {
    using ExactTransfer for IERC20;
    using SafeERC20 for IERC20;

    bool internal _gated;
    uint32 internal _gateS;
    uint256 internal _gatedUntil;

    /* TOKENS */

    function _pullQuote(address from, uint256 amountQuote) internal {
        _heldQuote += amountQuote;
        IERC20(quoteToken).pull(from, amountQuote);
    }

    function _pushQuote(address to, uint256 amountQuote) internal {
        _release(amountQuote);
        IERC20(quoteToken).safeTransfer(to, amountQuote);
    }

    /* IN AND OUT */

    /// @inheritdoc IPerpMarket
    function deposit(uint256 amountQuote, address owner, address slot) external nonReentrant {
        if (amountQuote == 0) revert ZeroAmount();
        _give(_opened(owner, slot), amountQuote);
        emit Deposited(owner, slot, msg.sender, amountQuote);
        _pullQuote(msg.sender, amountQuote);
    }

    /// @inheritdoc IPerpMarket
    function register(address owner) external {
        _opened(owner, address(0));
    }

    /// @inheritdoc IPerpMarket
    function withdraw(
        uint256 amountQuote,
        address slot,
        address to
    ) external nonReentrant returns (uint256 withdrawn) {
        Account storage account = _account(msg.sender, slot);
        _requireUngated();
        _settleAll(account);
        withdrawn = _takeOut(account, amountQuote);
        _requireOwnMargin(account);
        emit Withdrawn(msg.sender, slot, to, withdrawn);
        _pushQuote(to, withdrawn);
    }

    /// @inheritdoc IPerpMarket
    function moveCash(address fromSlot, address toSlot, uint256 amountQuote) external nonReentrant {
        Account storage account = _account(msg.sender, fromSlot);
        _requireUngated();
        _settleAll(account);
        uint256 moved = _takeOut(account, amountQuote);
        _give(_opened(msg.sender, toSlot), moved);
        _requireOwnMargin(account);
        emit CashMoved(msg.sender, fromSlot, toSlot, moved);
    }

    function _takeOut(Account storage account, uint256 amount) private returns (uint256 taken) {
        int256 cash = account.cashQuote;
        taken = amount == type(uint256).max ? (cash > 0 ? uint256(cash) : 0) : amount;
        if (taken == 0) revert ZeroAmount();
        if (taken > uint256(type(int256).max)) revert InsufficientHeld(taken, _heldQuote);
        _take(account, taken);
    }

    /// @dev Prices are read only where the account has positions or collateral.
    function _requireOwnMargin(Account storage account) private view {
        PerpAccountState memory state = _state(account);
        _requireInitial(state);
        int256 ownQuote = state.openingQuote - int256(state.collateralQuote);
        if (ownQuote < 0) revert CashBelowZero(ownQuote);
    }

    function _requireUngated() internal view {
        if (!_gated) return;
        if (_badDebtQuote != 0 || block.timestamp < _gatedUntil) {
            revert WithdrawalsWait(_badDebtQuote, _gatedUntil);
        }
    }

    /// @inheritdoc IPerpMarket
    function requireWithdrawable(address owner, address slot) external view {
        _requireUngated();
        _requireInitial(_state(_account(owner, slot)));
    }
}
