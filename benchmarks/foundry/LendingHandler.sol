// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILendingPool, ReserveState} from "contracts/interfaces/ILendingPool.sol";
import {Base, BaseTest, IMintable, vm} from "./Base.sol";
import {World} from "./World.sol";

/// @notice Borrowers and a keeper of a lending market; every function sends one transaction.
contract LendingHandler is Base {
    ILendingPool private constant POOL = ILendingPool(World.MARKET);
    uint256 private constant CENT = 1e4;

    constructor() {
        _fund(World.QUOTE, World.KEEPER, 100_000_000e6, World.MARKET);
        for (uint256 i = 0; i < World.actors().length; ++i) {
            _fund(World.BASE, World.actors()[i], 1_000e18, World.MARKET);
            _fund(World.QUOTE, World.actors()[i], 1_000_000e6, World.MARKET);
        }
    }

    function supply(uint256 who, uint256 amount) external {
        vm.prank(_actor(who));
        POOL.supply(World.BASE, _bound(amount, 1e15, 100e18), _actor(who));
    }

    function withdraw(uint256 who, uint256 amount) external {
        vm.prank(_actor(who));
        POOL.withdraw(World.BASE, _bound(amount, 1e15, 100e18), _actor(who));
    }

    /// @dev Debt grows by what is borrowed, at least.
    function borrow(uint256 who, uint256 amount) external {
        address user = _actor(who);
        amount = _bound(amount, CENT, 200_000e6);
        uint256 before = POOL.debtBalance(World.QUOTE, user);
        vm.prank(user);
        POOL.borrow(World.QUOTE, amount);
        if (POOL.debtBalance(World.QUOTE, user) < before + amount) _break("debt grew by less than was borrowed");
    }

    /// @dev Debt shrinks by what is repaid, at most.
    function repay(uint256 who, uint256 amount) external {
        address user = _actor(who);
        uint256 before = POOL.debtBalance(World.QUOTE, user);
        vm.prank(user);
        uint256 repaid = POOL.repay(World.QUOTE, _bound(amount, CENT, 200_000e6), user);
        if (POOL.debtBalance(World.QUOTE, user) + repaid + 1 < before)
            _break("debt shrank by more than was repaid");
    }

    function wait(uint256 blocks) external {
        _wait(_bound(blocks, 1, World.MAX_WAIT_BLOCKS));
        vm.prank(World.KEEPER);
        POOL.supply(World.QUOTE, CENT, World.KEEPER);
    }

    function liquidate(uint256 who, uint256 amount) external {
        address user = _actor(who);
        uint256 debt = POOL.debtBalance(World.QUOTE, user);
        (, uint256 debtBase, , , uint256 health) = POOL.accountData(user);
        if (debtBase == 0) return;
        amount = _bound(amount, 1e6, debt + 1e6);
        uint256 had = IMintable(World.BASE).balanceOf(World.KEEPER);
        vm.prank(World.KEEPER);
        (uint256 repaid, ) = POOL.liquidate(World.BASE, World.QUOTE, user, amount, false);
        _check(user, repaid, IMintable(World.BASE).balanceOf(World.KEEPER) - had, debt, health);
    }

    function _check(address user, uint256 repaid, uint256 got, uint256 debt, uint256 health) private {
        (, uint256 debtBase, , , uint256 after_) = POOL.accountData(user);
        if (health >= 0.95e18 && debtBase != 0 && after_ < health) _break("a liquidation lowered health");
        if (health >= 0.9e18 && repaid > (debt * World.CLOSE_FACTOR_BPS) / BPS + 2)
            _break("beyond the close factor");
        uint256 value = (got * uint256(priceE8)) / 1e20;
        if (health >= 0.95e18 && repaid > 1e6 && value * 1_000 < repaid * 999) _break("a liquidator loses");
    }
}

contract LendingTest is BaseTest {
    function setUp() external {
        _load();
        handler = new LendingHandler();
    }

    /// @notice All properties in one, so that one campaign looks for all.
    function invariant_all() external {
        _require(bytes(handler.broken()).length == 0, handler.broken());
        ReserveState memory state = ILendingPool(World.MARKET).reserveState(World.QUOTE);
        _require(IMintable(World.QUOTE).balanceOf(World.MARKET) >= state.cash, "holds less than it books as cash");
        uint256 backing = state.cash + state.totalDebt + state.deficit + state.claims;
        _require(state.totalSupplied <= backing + 2, "claims beyond what backs them");
    }
}
