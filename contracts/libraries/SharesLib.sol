// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title SharesLib
/// @notice Shares of a total and the assets behind them, with virtual shares and a virtual asset: a first
/// depositor cannot make a share dear, since the virtual shares own what is added to a nearly empty total.
library SharesLib {
    /// @notice Shares that nobody owns; also the shares that the first asset buys.
    uint256 internal constant VIRTUAL_SHARES = 1e6;
    /// @notice Asset that nobody paid in.
    uint256 internal constant VIRTUAL_ASSETS = 1;

    /// @notice Assets that `shares` are worth, rounded down: what an owner gets.
    function toAssetsDown(
        uint256 shares,
        uint256 totalAssets,
        uint256 totalShares
    ) internal pure returns (uint256) {
        return Math.mulDiv(shares, totalAssets + VIRTUAL_ASSETS, totalShares + VIRTUAL_SHARES);
    }

    /// @notice Assets that `shares` are worth, rounded up: what an owner pays or owes.
    function toAssetsUp(uint256 shares, uint256 totalAssets, uint256 totalShares) internal pure returns (uint256) {
        return Math.mulDiv(shares, totalAssets + VIRTUAL_ASSETS, totalShares + VIRTUAL_SHARES, Math.Rounding.Ceil);
    }

    /// @notice Shares for `assets`, rounded down: what is minted for a supplier and burned for a repayment.
    function toSharesDown(
        uint256 assets,
        uint256 totalAssets,
        uint256 totalShares
    ) internal pure returns (uint256) {
        return Math.mulDiv(assets, totalShares + VIRTUAL_SHARES, totalAssets + VIRTUAL_ASSETS);
    }

    /// @notice Shares for `assets`, rounded up: what is burned for a withdrawal and minted for a loan.
    function toSharesUp(uint256 assets, uint256 totalAssets, uint256 totalShares) internal pure returns (uint256) {
        return Math.mulDiv(assets, totalShares + VIRTUAL_SHARES, totalAssets + VIRTUAL_ASSETS, Math.Rounding.Ceil);
    }
}
