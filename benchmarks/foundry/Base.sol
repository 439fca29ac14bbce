// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPriceFeed} from "contracts/interfaces/IPriceFeed.sol";
import {World} from "./World.sol";

/// @notice The cheat codes of Foundry that the handlers use.
interface Vm {
    function exists(string calldata path) external view returns (bool);
    function loadAllocs(string calldata path) external;
    function prank(address sender) external;
    function roll(uint256 number) external;
    function toString(uint256 value) external pure returns (string memory);
    function unixTime() external view returns (uint256);
    function warp(uint256 timestamp) external;
    function writeFile(string calldata path, string calldata data) external;
}

Vm constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

interface IMintable {
    function mint(address account, uint256 amount) external;
    function approve(address spender, uint256 amount) external returns (bool);
    function balanceOf(address account) external view returns (uint256);
}

/// @notice What both handlers share: actors, bounds, time, and the price of the base asset within the envelope.
abstract contract Base {
    uint256 internal constant BPS = 10_000;

    int256 public priceE8 = World.PRICE_E8;
    /// @dev The first property that broke; empty while all hold.
    string public broken;

    function _bound(uint256 seed, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + (seed % (high - low + 1));
    }

    function _actor(uint256 seed) internal pure returns (address) {
        address[] memory all = World.actors();
        return all[seed % all.length];
    }

    function _fund(address token, address account, uint256 amount, address spender) internal {
        vm.prank(World.ADMIN);
        IMintable(token).mint(account, amount);
        vm.prank(account);
        IMintable(token).approve(spender, type(uint256).max);
    }

    function _break(string memory what) internal {
        if (bytes(broken).length == 0) broken = what;
    }

    /// @notice The next block, with another price: one step, and all of them, within the envelope.
    function movePrice(uint256 seed, bool down) public virtual {
        uint256 bps = _bound(seed, 1, World.MAX_STEP_BPS);
        int256 next = (priceE8 * int256(down ? BPS - bps : BPS + bps)) / int256(BPS);
        int256 lowest = (World.PRICE_E8 * int256(BPS - World.MAX_FALL_BPS)) / int256(BPS);
        int256 highest = (World.PRICE_E8 * int256(BPS + World.MAX_RISE_BPS)) / int256(BPS);
        priceE8 =
            next < lowest
                ? lowest
                : next > highest
                    ? highest
                    : next;
        _wait(1);
        vm.prank(World.REPORTER);
        IPriceFeed(World.FEED).pushRound(priceE8, uint64(block.timestamp));
    }

    function _wait(uint256 blocks) internal {
        vm.roll(block.number + blocks);
        vm.warp(block.timestamp + 12 * blocks);
    }
}

/// @notice What every test does: the world as the search finds it, and a handler that is the only target.
abstract contract BaseTest {
    Base internal handler;

    function _load() internal {
        _note("began.txt");
        vm.loadAllocs("state.json");
        vm.warp(World.START_S);
        vm.roll(World.START_BLOCK);
    }

    function targetContracts() external view returns (address[] memory found) {
        found = new address[](1);
        found[0] = address(handler);
    }

    /// @dev The time of the first failure is kept: what forge does after it, shrinking and replays, is not search.
    function _require(bool holds, string memory what) internal {
        if (holds) return;
        _note("found.txt");
        revert(what);
    }

    /// @dev In milliseconds.
    function _note(string memory path) private {
        if (!vm.exists(path)) vm.writeFile(path, vm.toString(vm.unixTime()));
    }
}
