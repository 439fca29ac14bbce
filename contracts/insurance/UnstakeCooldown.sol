// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IUnstakeCooldown, UnstakeRequest} from "../interfaces/IUnstakeCooldown.sol";

/// @title UnstakeCooldown
/// @notice See `IUnstakeCooldown`.
abstract contract UnstakeCooldown is IUnstakeCooldown, ERC4626 {
    /// @notice Longest wait and longest window.
    uint256 public constant MAX_WAIT_S = 365 days;

    /// @inheritdoc IUnstakeCooldown
    uint256 public immutable cooldownS;
    /// @inheritdoc IUnstakeCooldown
    uint256 public immutable windowS;

    mapping(address owner => UnstakeRequest) private _requests;

    constructor(uint256 cooldownS_, uint256 windowS_) {
        bool fits = (cooldownS_ == 0) == (windowS_ == 0) && Math.max(cooldownS_, windowS_) <= MAX_WAIT_S;
        if (!fits) revert CooldownOutOfRange(cooldownS_, windowS_, MAX_WAIT_S);
        cooldownS = cooldownS_;
        windowS = windowS_;
    }

    /// @inheritdoc IUnstakeCooldown
    function requestUnstake(uint256 shares) external {
        if (cooldownS == 0) revert NoCooldown();
        uint256 balance = balanceOf(msg.sender);
        if (shares > balance) revert UnstakeExceedsBalance(shares, balance);
        uint256 from = block.timestamp + cooldownS;
        _requests[msg.sender] = UnstakeRequest(shares, from, from + windowS);
        emit UnstakeRequested(msg.sender, shares, from, from + windowS);
    }

    /// @inheritdoc IUnstakeCooldown
    function unstakeRequest(address owner) external view returns (UnstakeRequest memory) {
        return _requests[owner];
    }

    /// @inheritdoc IERC4626
    function maxRedeem(address owner) public view virtual override returns (uint256) {
        if (cooldownS == 0) return super.maxRedeem(owner);
        UnstakeRequest memory request = _requests[owner];
        bool open = request.fromTimestamp <= block.timestamp && block.timestamp < request.untilTimestamp;
        return open ? request.shares : 0;
    }

    /// @inheritdoc ERC4626
    function _withdraw(
        address caller,
        address receiver,
        address owner,
        uint256 assets,
        uint256 shares
    ) internal virtual override {
        if (cooldownS != 0) _requests[owner].shares -= shares;
        super._withdraw(caller, receiver, owner, assets, shares);
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 value) internal virtual override {
        super._update(from, to, value);
        if (from == address(0)) return;
        uint256 left = balanceOf(from);
        if (_requests[from].shares > left) _requests[from].shares = left;
    }
}
