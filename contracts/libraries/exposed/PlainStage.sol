// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IPerpMarket} from "../../interfaces/IPerpMarket.sol";
import {IWaterfallStage, Shortfall} from "../../interfaces/IWaterfallStage.sol";

/// @title PlainStage
/// @notice The plainest stage of each kind, for tests of a market: takes over at the bankruptcy price, pays what it
/// holds, closes against whoever is listed first, or charges whoever is listed first; or does what a test says.
contract PlainStage is IWaterfallStage {
    using Address for address;

    /// @dev What it does.
    enum Kind {
        Nothing,
        TakeOver,
        Pay,
        Deleverage,
        Socialise,
        Script
    }

    /// @dev A call to make.
    struct Act {
        address target;
        bytes data;
    }

    IPerpMarket public immutable market;
    Kind public kind;
    int256 public shareBps = 1e4;
    bytes public outcome;
    uint256 public asked;
    Act[] private _script;

    constructor(IPerpMarket market_, Kind kind_) {
        (market, kind) = (market_, kind_);
        IERC20(market_.quoteToken()).approve(address(market_), type(uint256).max);
    }

    /// @notice Makes calls in its name.
    function act(Act[] calldata acts) external {
        for (uint256 i = 0; i < acts.length; ++i) {
            acts[i].target.functionCall(acts[i].data);
        }
    }

    /// @notice Sets what it does, and with which share of what it is asked.
    function setKind(Kind kind_, int256 shareBps_) external {
        (kind, shareBps) = (kind_, shareBps_);
    }

    /// @notice Sets what it tries when it is asked; the error of the last that failed is `outcome`.
    function setScript(Act[] calldata acts) external {
        delete _script;
        for (uint256 i = 0; i < acts.length; ++i) _script.push(acts[i]);
        kind = Kind.Script;
    }

    /// @inheritdoc IWaterfallStage
    function absorb(Shortfall calldata s) external returns (int256, uint256) {
        ++asked;
        if (kind == Kind.TakeOver) _takeOver(s, (s.sizeWad * shareBps) / 1e4);
        if (kind == Kind.Pay) _pay(s);
        if (kind == Kind.Deleverage) _deleverage(s);
        if (kind == Kind.Socialise) _socialise(s);
        if (kind == Kind.Script) _act();
        return (0, 0);
    }

    /// @inheritdoc IWaterfallStage
    function capacity(address) external pure returns (uint256) {
        return type(uint256).max;
    }

    function _takeOver(Shortfall calldata s, int256 sizeWad) private {
        if (sizeWad == 0) return;
        try
            market.transferPosition(
                s.owner,
                s.slot,
                s.instrument,
                address(this),
                address(0),
                sizeWad,
                s.bankruptcyE8
            )
        {} catch (bytes memory error) {
            outcome = error;
        }
    }

    function _pay(Shortfall calldata s) private {
        uint256 wanted = (s.deficitQuote * uint256(shareBps)) / 1e4;
        uint256 paid = Math.min(wanted, IERC20(market.quoteToken()).balanceOf(address(this)));
        if (paid != 0) market.payDeficit(s.owner, s.slot, paid);
    }

    function _deleverage(Shortfall calldata s) private {
        (address[] memory owners, address[] memory slots) = market.holders(s.instrument);
        int256 rest = s.sizeWad;
        for (uint256 i = 0; i < owners.length && rest != 0; ++i) {
            int256 other = market.position(owners[i], slots[i], s.instrument).sizeWad;
            if (other == 0 || (other > 0) == (rest > 0)) continue;
            int256 size = SignedMath.abs(other) < SignedMath.abs(rest) ? -other : rest;
            try market.transferPosition(s.owner, s.slot, s.instrument, owners[i], slots[i], size, s.bankruptcyE8) {
                rest -= size;
            } catch (bytes memory error) {
                outcome = error;
            }
        }
    }

    function _socialise(Shortfall calldata s) private {
        (address[] memory owners, address[] memory slots) = market.holders(s.instrument);
        uint256 missing = s.deficitQuote;
        for (uint256 i = 0; i < owners.length && missing != 0; ++i) {
            int256 equity = market.accountState(owners[i], slots[i]).equityQuote;
            if (equity <= 0 || (owners[i] == s.owner && slots[i] == s.slot)) continue;
            uint256 part = Math.min(missing, uint256(equity));
            market.socialise(owners[i], slots[i], s.owner, s.slot, part);
            missing -= part;
        }
    }

    function _act() private {
        for (uint256 i = 0; i < _script.length; ++i) {
            // solhint-disable-next-line avoid-low-level-calls
            (bool ok, bytes memory answer) = _script[i].target.call(_script[i].data);
            if (!ok) outcome = answer;
        }
    }
}
