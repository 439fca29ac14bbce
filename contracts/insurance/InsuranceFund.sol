// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {ExactTransfer} from "../libraries/ExactTransfer.sol";

/// @title InsuranceFund
/// @notice See `IInsuranceFund`.
contract InsuranceFund is IInsuranceFund, ERC4626, Ownable, ReentrancyGuard {
    using ExactTransfer for IERC20;
    using SafeERC20 for IERC20;

    struct Protocol {
        bool registered;
        uint256 capAssets;
        uint256 drawnAssets;
    }

    mapping(address protocol => Protocol) private _protocols;
    uint256 private _totalAssets;

    constructor(
        IERC20 asset_,
        string memory name_,
        string memory symbol_,
        address owner_
    ) ERC20(name_, symbol_) ERC4626(asset_) Ownable(owner_) {}

    /* PROTOCOLS */

    /// @inheritdoc IInsuranceFund
    function setProtocol(address protocol, uint256 capAssets) external onlyOwner {
        _protocols[protocol].registered = true;
        _protocols[protocol].capAssets = capAssets;
        emit ProtocolSet(protocol, capAssets);
    }

    /// @inheritdoc IInsuranceFund
    function coverDeficit(address asset_, uint256 amount) external nonReentrant returns (uint256 drawn) {
        Protocol storage protocol = _protocols[msg.sender];
        if (!protocol.registered) revert NotProtocol(msg.sender);
        if (asset_ != asset()) revert AssetMismatch(asset_, asset());
        uint256 assetsBefore = _totalAssets;
        uint256 capLeft = Math.saturatingSub(protocol.capAssets, protocol.drawnAssets);
        drawn = Math.min(amount, Math.min(capLeft, assetsBefore));
        protocol.drawnAssets += drawn;
        _totalAssets = assetsBefore - drawn;
        emit DeficitDrawn(msg.sender, amount, drawn, capLeft - drawn, assetsBefore);
        if (drawn != 0) IERC20(asset_).safeTransfer(msg.sender, drawn);
    }

    /// @inheritdoc IInsuranceFund
    function protocolDraws(
        address protocol
    ) external view returns (bool registered, uint256 capAssets, uint256 drawnAssets) {
        Protocol storage entry = _protocols[protocol];
        return (entry.registered, entry.capAssets, entry.drawnAssets);
    }

    /// @inheritdoc IInsuranceFund
    function contribute(uint256 assets) external nonReentrant {
        if (totalSupply() == 0) revert NoStakers();
        IERC20(asset()).pull(msg.sender, assets);
        _totalAssets += assets;
        emit Contributed(msg.sender, assets);
    }

    /* VAULT */

    /// @inheritdoc IERC4626
    function totalAssets() public view virtual override(ERC4626, IERC4626) returns (uint256) {
        return _totalAssets;
    }

    /// @inheritdoc ERC4626
    function _transferIn(address from, uint256 assets) internal virtual override {
        IERC20(asset()).pull(from, assets);
    }

    /// @inheritdoc ERC4626
    function _deposit(
        address caller,
        address receiver,
        uint256 assets,
        uint256 shares
    ) internal virtual override nonReentrant {
        super._deposit(caller, receiver, assets, shares);
        _totalAssets += assets;
    }

    /// @inheritdoc ERC4626
    function _withdraw(
        address caller,
        address receiver,
        address owner,
        uint256 assets,
        uint256 shares
    ) internal virtual override nonReentrant {
        _totalAssets -= assets;
        super._withdraw(caller, receiver, owner, assets, shares);
    }
}
