// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {InsuranceFund} from "./InsuranceFund.sol";
import {UnstakeCooldown} from "./UnstakeCooldown.sol";

/// @title CooldownFund
/// @notice An insurance fund whose stakers wait before they leave: see `IInsuranceFund` and `IUnstakeCooldown`.
contract CooldownFund is InsuranceFund, UnstakeCooldown {
    constructor(
        IERC20 asset_,
        string memory name_,
        string memory symbol_,
        address owner_,
        uint256 cooldownS_,
        uint256 windowS_
    ) InsuranceFund(asset_, name_, symbol_, owner_) UnstakeCooldown(cooldownS_, windowS_) {}

    /// @inheritdoc IERC4626
    function totalAssets() public view override(InsuranceFund, ERC4626) returns (uint256) {
        return super.totalAssets();
    }

    /// @inheritdoc IERC4626
    function maxRedeem(address owner) public view override(IERC4626, ERC4626, UnstakeCooldown) returns (uint256) {
        return super.maxRedeem(owner);
    }

    /// @inheritdoc ERC4626
    function _transferIn(address from, uint256 assets) internal override(InsuranceFund, ERC4626) {
        super._transferIn(from, assets);
    }

    /// @inheritdoc ERC4626
    function _deposit(
        address caller,
        address receiver,
        uint256 assets,
        uint256 shares
    ) internal override(InsuranceFund, ERC4626) {
        super._deposit(caller, receiver, assets, shares);
    }

    /// @inheritdoc ERC4626
    function _withdraw(
        address caller,
        address receiver,
        address owner,
        uint256 assets,
        uint256 shares
    ) internal override(InsuranceFund, UnstakeCooldown) {
        super._withdraw(caller, receiver, owner, assets, shares);
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 value) internal override(ERC20, UnstakeCooldown) {
        super._update(from, to, value);
    }
}
