// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {UnstakeCooldown} from "../../insurance/UnstakeCooldown.sol";
import {IBackstopVault, VaultTerms} from "../../interfaces/IBackstopVault.sol";
import {InstrumentConfig, IPerpMarket, PerpAccountState} from "../../interfaces/IPerpMarket.sol";
import {IWaterfallStage, Shortfall} from "../../interfaces/IWaterfallStage.sol";
import {BpsMath} from "../../libraries/BpsMath.sol";
import {ExactTransfer} from "../../libraries/ExactTransfer.sol";
import {PositionLib} from "../../libraries/PositionLib.sol";
import {VaultSizeLib} from "../../libraries/VaultSizeLib.sol";
import {PerpStage} from "./PerpStage.sol";

/// @title BackstopVault
/// @notice See `IBackstopVault`.
contract BackstopVault is IBackstopVault, PerpStage, UnstakeCooldown, Ownable, ReentrancyGuard {
    using ExactTransfer for IERC20;
    using SignedMath for int256;

    /// @dev Chords of a search for the most that margin allows: exact within a bracket, and seldom more than two.
    uint256 private constant SEARCH_STEPS = 4;
    /// @dev Closed once shares are worth less than this part of what the first ones were.
    uint256 private constant MOST_LOST = 1e6;
    /// @dev Quote units left free, for what rounding of the account's value takes.
    int256 private constant ROUNDING_QUOTE = 2;

    /// @dev Where a search stands: the account as it is, and the position in the instrument.
    struct Taking {
        address instrument;
        bool isLong;
        uint256 priceE8;
        uint256 markE8;
        int256 heldWad;
        int256 freeQuote;
    }

    /// @inheritdoc IBackstopVault
    IBackstopVault public immutable home;
    /// @inheritdoc IBackstopVault
    uint256 public immutable totalCapQuote;

    mapping(address instrument => VaultTerms) private _terms;
    mapping(address instrument => uint256) private _unwoundAt;

    constructor(
        IPerpMarket market_,
        string memory name_,
        string memory symbol_,
        address owner_,
        uint256 totalCapQuote_,
        uint256 cooldownS_,
        uint256 windowS_,
        IBackstopVault home_
    )
        ERC20(name_, symbol_)
        ERC4626(IERC20(market_.quoteToken()))
        PerpStage(market_)
        UnstakeCooldown(cooldownS_, windowS_)
        Ownable(owner_)
    {
        if (address(home_) != address(0)) {
            bool fits = home_.market() == market_ && address(home_.home()) == address(0);
            if (!fits) revert WrongHome(address(home_));
        }
        home = home_;
        totalCapQuote = totalCapQuote_;
    }

    /* CONFIGURATION */

    /// @inheritdoc IBackstopVault
    function setTerms(address instrument, VaultTerms calldata terms_) external onlyOwner {
        if (terms_.slippageBps > BpsMath.BPS) {
            revert VaultParameterOutOfRange("slippageBps", terms_.slippageBps, BpsMath.BPS);
        }
        if (terms_.sliceQuote == 0) revert VaultParameterOutOfRange("sliceQuote", 0, 1);
        _terms[instrument] = terms_;
        emit TermsSet(instrument, terms_);
    }

    /// @inheritdoc IBackstopVault
    function terms(address instrument) external view returns (VaultTerms memory) {
        return _terms[instrument];
    }

    /* TAKING OVER */

    /// @dev Whatever hinders the vault, the next stage is asked.
    function _absorb(Shortfall calldata s) internal override returns (int256 closedWad, uint256 paidQuote) {
        if (s.owner == address(this) || s.owner == address(0) || s.sizeWad == 0) return (0, 0);
        uint256 takenWad = 0;
        try this.takeableWad(s) returns (uint256 found) {
            takenWad = found;
        } catch {
            return (0, 0);
        }
        if (takenWad == 0) return (0, 0);
        int256 size = _signed(s.sizeWad > 0, takenWad);
        try
            market.transferPosition(s.owner, s.slot, s.instrument, address(this), address(0), size, s.bankruptcyE8)
        {
            closedWad = size;
            emit PositionTaken(s.instrument, s.owner, s.sizeWad, size, s.bankruptcyE8, s.markE8);
        } catch {
            return (0, 0);
        }
    }

    /// @inheritdoc IBackstopVault
    function takeableWad(Shortfall calldata s) external view returns (uint256) {
        return _takeableWad(s.instrument, s.sizeWad > 0, s.sizeWad.abs(), s.bankruptcyE8, s.markE8);
    }

    /// @inheritdoc IWaterfallStage
    /// @dev Of longs, at the mark.
    function capacity(address instrument) external view returns (uint256 notionalQuote) {
        uint256 markE8 = _markE8(instrument);
        uint256 takenWad = _takeableWad(instrument, true, type(uint128).max, markE8, markE8);
        (notionalQuote, , ) = market.requirement(instrument, takenWad);
    }

    function _takeableWad(
        address instrument,
        bool isLong,
        uint256 askedWad,
        uint256 priceE8,
        uint256 markE8
    ) private view returns (uint256) {
        if (address(home) != address(0)) return 0;
        Taking memory taking;
        (taking.instrument, taking.isLong, taking.priceE8, taking.markE8) = (instrument, isLong, priceE8, markE8);
        taking.heldWad = _heldWad(instrument);
        uint256 highWad = Math.min(askedWad, _cappedWad(taking));
        if (highWad == 0) return 0;
        PerpAccountState memory state = market.accountState(address(this), address(0));
        taking.freeQuote =
            state.openingQuote -
            int256(state.initialQuote) +
            int256(_initialQuote(instrument, taking.heldWad)) -
            ROUNDING_QUOTE;
        return _mostWad(taking, highWad);
    }

    /// @dev What caps allow; what the vault holds of the other sign is not in their way.
    function _cappedWad(Taking memory taking) private view returns (uint256) {
        address[] memory open = market.openInstruments(address(this), address(0));
        uint256 usedQuote = 0;
        for (uint256 i = 0; i < open.length; ++i) {
            if (open[i] != taking.instrument) usedQuote += _notionalQuote(open[i], _heldWad(open[i]));
        }
        bool nets = taking.heldWad != 0 && (taking.heldWad > 0) != taking.isLong;
        uint256 ownQuote = nets ? 0 : _notionalQuote(taking.instrument, taking.heldWad);
        uint256 room = Math.min(
            Math.saturatingSub(_terms[taking.instrument].capQuote, ownQuote),
            Math.saturatingSub(totalCapQuote, usedQuote + ownQuote)
        );
        return VaultSizeLib.sizeWadDown(room, taking.markE8, _unit) + (nets ? taking.heldWad.abs() : 0);
    }

    /// @dev The most up to `highWad` after which initial margin is met.
    function _mostWad(Taking memory taking, uint256 highWad) private view returns (uint256 lowWad) {
        int256 high = _spareQuote(taking, highWad);
        if (high >= 0) return highWad;
        int256 low = _spareQuote(taking, 0);
        if (low < 0) return 0;
        for (uint256 i = 0; i < SEARCH_STEPS; ++i) {
            uint256 middleWad = VaultSizeLib.chordWadDown(lowWad, uint256(low), highWad, uint256(-high));
            int256 middle = _spareQuote(taking, middleWad);
            if (middle >= 0) (lowWad, low) = (middleWad, middle);
            else (highWad, high) = (middleWad, middle);
        }
    }

    /// @dev What is free above initial margin after `takenWad`; a gain by it is not counted, a loss is.
    function _spareQuote(Taking memory taking, uint256 takenWad) private view returns (int256) {
        int256 size = _signed(taking.isLong, takenWad);
        int256 gain =
            PositionLib.valueFloor(size, taking.markE8, _unit) +
                PositionLib.valueFloor(-size, taking.priceE8, _unit);
        uint256 initial = _initialQuote(taking.instrument, taking.heldWad + size);
        return taking.freeQuote + SignedMath.min(gain, 0) - int256(initial);
    }

    function _signed(bool isLong, uint256 sizeWad) private pure returns (int256) {
        return isLong ? int256(sizeWad) : -int256(sizeWad);
    }

    function _heldWad(address instrument) private view returns (int256) {
        return market.position(address(this), address(0), instrument).sizeWad;
    }

    function _notionalQuote(address instrument, int256 sizeWad) private view returns (uint256 notional) {
        if (sizeWad != 0) (notional, , ) = market.requirement(instrument, sizeWad.abs());
    }

    function _initialQuote(address instrument, int256 sizeWad) private view returns (uint256 initial) {
        if (sizeWad != 0) (, initial, ) = market.requirement(instrument, sizeWad.abs());
    }

    /* GIVING BACK */

    /// @inheritdoc IBackstopVault
    function unwind(address instrument) external nonReentrant returns (int256 sizeDeltaWad, int256 quoteDelta) {
        uint256 from = _sliceFrom(instrument);
        if (block.timestamp < from) revert SliceTooEarly(from);
        uint256 markE8 = _markE8(instrument);
        sizeDeltaWad = _sliceWad(instrument, markE8);
        if (sizeDeltaWad == 0) revert NothingToUnwind(instrument);
        _unwoundAt[instrument] = block.timestamp;
        int256 limit = VaultSizeLib.limitQuoteDown(
            PositionLib.valueFloor(-sizeDeltaWad, markE8, _unit),
            _terms[instrument].slippageBps
        );
        quoteDelta = market.trade(address(0), instrument, sizeDeltaWad, limit);
        emit Unwound(instrument, msg.sender, sizeDeltaWad, quoteDelta);
    }

    /// @inheritdoc IBackstopVault
    function nextSliceWad(address instrument) external view returns (int256) {
        return block.timestamp < _sliceFrom(instrument) ? int256(0) : _sliceWad(instrument, _markE8(instrument));
    }

    function _sliceFrom(address instrument) private view returns (uint256) {
        uint256 last = _unwoundAt[instrument];
        return last == 0 ? 0 : last + _terms[instrument].intervalS;
    }

    /// @dev Against the position; what would be left is no less than the market allows.
    function _sliceWad(address instrument, uint256 markE8) private view returns (int256) {
        int256 held = _heldWad(instrument);
        (InstrumentConfig memory config, ) = market.instrumentConfig(instrument);
        uint256 slice = VaultSizeLib.sliceWad(
            held.abs(),
            VaultSizeLib.sizeWadDown(_terms[instrument].sliceQuote, markE8, _unit),
            VaultSizeLib.sizeWadDown(config.minNotionalQuote, markE8, _unit) + 1
        );
        return -_signed(held > 0, slice);
    }

    /* VAULT */

    /// @inheritdoc IERC4626
    function totalAssets() public view override(ERC4626, IERC4626) returns (uint256) {
        if (address(home) != address(0)) return home.convertToAssets(home.balanceOf(address(this)));
        int256 equity = market.accountState(address(this), address(0)).equityQuote;
        return equity > 0 ? uint256(equity) : 0;
    }

    /// @inheritdoc IERC4626
    /// @dev Nobody fills a hole: closed while what shares are worth is unknown, or next to nothing.
    function maxDeposit(address receiver) public view override(ERC4626, IERC4626) returns (uint256) {
        if (address(home) != address(0)) return home.maxDeposit(address(this));
        try market.accountState(address(this), address(0)) returns (PerpAccountState memory state) {
            return _isOpen(state.equityQuote) ? super.maxDeposit(receiver) : 0;
        } catch {
            return 0;
        }
    }

    /// @dev Dust that rounding leaves is no price: shares for it would be too many to be counted after a few times.
    function _isOpen(int256 equityQuote) private view returns (bool) {
        uint256 supply = totalSupply();
        if (equityQuote <= 0) return equityQuote == 0 && supply == 0;
        return supply <= uint256(equityQuote) * 10 ** _decimalsOffset() * MOST_LOST;
    }

    /// @inheritdoc IERC4626
    function maxMint(address receiver) public view override(ERC4626, IERC4626) returns (uint256) {
        return maxDeposit(receiver) == 0 ? 0 : super.maxMint(receiver);
    }

    /// @inheritdoc IERC4626
    function maxRedeem(address owner_) public view override(IERC4626, UnstakeCooldown) returns (uint256) {
        uint256 free = _freeQuote();
        return free == 0 ? 0 : Math.min(super.maxRedeem(owner_), convertToShares(free));
    }

    /// @inheritdoc IERC4626
    function maxWithdraw(address owner_) public view override(ERC4626, IERC4626) returns (uint256) {
        uint256 shares = maxRedeem(owner_);
        return shares == 0 ? 0 : previewRedeem(shares);
    }

    /// @dev What the account, or the home, lets go now. Collateral that somebody gave the account stays there.
    function _freeQuote() private view returns (uint256) {
        if (address(home) != address(0)) return home.maxWithdraw(address(this));
        try market.requireWithdrawable(address(this), address(0)) {} catch {
            return 0;
        }
        PerpAccountState memory state = market.accountState(address(this), address(0));
        int256 kept = int256(Math.max(state.initialQuote, state.collateralQuote));
        int256 free = SignedMath.min(state.openingQuote - kept, state.equityQuote);
        return free > 0 ? Math.min(uint256(free), market.totals().heldQuote) : 0;
    }

    /// @inheritdoc ERC4626
    function _transferIn(address from, uint256 assets) internal override {
        IERC20 token = IERC20(asset());
        token.pull(from, assets);
        if (assets == 0) return;
        token.approve(address(home) == address(0) ? address(market) : address(home), assets);
        if (address(home) == address(0)) market.deposit(assets, address(this), address(0));
        else home.deposit(assets, address(this));
    }

    /// @inheritdoc ERC4626
    function _transferOut(address to, uint256 assets) internal override {
        if (assets == 0) return;
        if (address(home) == address(0)) market.withdraw(assets, address(0), to);
        else home.withdraw(assets, to, address(this));
    }

    /// @inheritdoc ERC4626
    function _deposit(
        address caller,
        address receiver,
        uint256 assets,
        uint256 shares
    ) internal override nonReentrant {
        super._deposit(caller, receiver, assets, shares);
    }

    /// @inheritdoc ERC4626
    function _withdraw(
        address caller,
        address receiver,
        address owner_,
        uint256 assets,
        uint256 shares
    ) internal override nonReentrant {
        super._withdraw(caller, receiver, owner_, assets, shares);
    }

    /// @dev A thousandth of a unit is the least share: moving the price of a first share costs a thousandfold.
    function _decimalsOffset() internal pure override returns (uint8) {
        return 3;
    }
}
