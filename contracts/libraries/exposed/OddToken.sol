// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {AssetToken} from "../../tokens/AssetToken.sol";
import {BpsMath} from "../BpsMath.sol";

/// @title OddToken
/// @notice A token that takes a fee from transfers, answers false instead of moving anything, refuses accounts, or
/// calls someone before it moves, as its owner wishes. For tests of markets that assume none of it.
contract OddToken is AssetToken {
    using Address for address;

    uint256 public feeBps;
    bool public answersFalse;
    address public hookTarget;
    bytes public hookData;
    mapping(address account => bool) public blocked;

    error Blocked(address account);

    constructor(
        string memory name_,
        string memory symbol_,
        uint8 decimals_,
        address owner_
    ) AssetToken(name_, symbol_, decimals_, owner_) {}

    /// @notice Share of every transfer, in bps, that is burned.
    function setFee(uint256 feeBps_) external onlyOwner {
        feeBps = feeBps_;
    }

    /// @notice Whether transfers move nothing and answer false.
    function setAnswersFalse(bool answersFalse_) external onlyOwner {
        answersFalse = answersFalse_;
    }

    /// @notice Whether transfers from and to `account` revert.
    function setBlocked(address account, bool blocked_) external onlyOwner {
        blocked[account] = blocked_;
    }

    /// @notice Call made before the next transfer; the zero address: none.
    function setHook(address target, bytes calldata data) external onlyOwner {
        (hookTarget, hookData) = (target, data);
    }

    /// @inheritdoc ERC20
    function transfer(address to, uint256 amount) public override returns (bool) {
        return !answersFalse && super.transfer(to, amount);
    }

    /// @inheritdoc ERC20
    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        return !answersFalse && super.transferFrom(from, to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (blocked[from]) revert Blocked(from);
        if (blocked[to]) revert Blocked(to);
        address target = hookTarget;
        if (target != address(0)) {
            hookTarget = address(0);
            target.functionCall(hookData);
        }
        super._update(from, to, amount);
        if (from == address(0) || to == address(0)) return;
        uint256 fee = BpsMath.bpsMulDown(amount, feeBps);
        if (fee != 0) super._update(to, address(0), fee);
    }
}
