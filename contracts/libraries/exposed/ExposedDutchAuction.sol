// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Lot} from "../../interfaces/IDutchAuctionCore.sol";
import {DutchAuctionCore} from "../../lending/auction/DutchAuctionCore.sol";
import {Cut, DutchAuctionLib, Vault} from "../DutchAuctionLib.sol";

/// @title ExposedDutchAuction
/// @notice The auctions of `DutchAuctionCore` over positions and prices that anybody sets, in Maker's units (wad,
/// ray, rad; debt at 1 dollar), and the arithmetic of `DutchAuctionLib`. Tests hold both against Maker's recorded
/// outcomes and against the mirror. No protocol calls it.
contract ExposedDutchAuction is DutchAuctionCore {
    /// @notice The one position: what is left of it after a start.
    Position public position;
    /// @notice Price of the collateral.
    uint256 public priceRay;
    /// @notice Last reward, in full.
    uint256 public rewardRad;
    /// @notice Collateral sent to buyers and given back to the owner.
    uint256 public deliveredAssets;
    uint256 public returnedAssets;

    constructor(address owner_) Ownable(owner_) {}

    function setPosition(Position calldata position_, uint256 priceRay_) external {
        position = position_;
        priceRay = priceRay_;
    }

    /* MATH */

    function cutDown(Vault calldata vault) external pure returns (Cut memory) {
        return DutchAuctionLib.cutDown(vault);
    }

    function powRay(uint256 baseRay, uint256 exponent) external pure returns (uint256) {
        return DutchAuctionLib.powRay(baseRay, exponent);
    }

    function rewardRadDown(uint256 tabRad, uint256 tipRad, uint256 chipWad) external pure returns (uint256) {
        return DutchAuctionLib.rewardRadDown(tabRad, tipRad, chipWad);
    }

    function linearPriceDown(uint256 top, uint256 elapsedS, uint256 durationS) external pure returns (uint256) {
        return DutchAuctionLib.linearPriceDown(top, elapsedS, durationS);
    }

    function steppedPriceDown(
        uint256 top,
        uint256 elapsedS,
        uint256 cutRay,
        uint256 stepS
    ) external pure returns (uint256) {
        return DutchAuctionLib.steppedPriceDown(top, elapsedS, cutRay, stepS);
    }

    function needsReset(
        uint256 price,
        uint256 topRay,
        uint256 elapsedS,
        uint256 tailS,
        uint256 cuspRay
    ) external pure returns (bool) {
        return DutchAuctionLib.needsReset(price, topRay, elapsedS, tailS, cuspRay);
    }

    function purchaseDown(
        uint256 lotAssets,
        uint256 tabRad,
        uint256 price,
        uint256 wanted,
        uint256 minTabRad
    ) external pure returns (uint256 soldAssets, uint256 owedRad) {
        return DutchAuctionLib.purchaseDown(lotAssets, tabRad, price, wanted, minTabRad);
    }

    /* THE POSITION */

    function _position(address, address, address) internal view override returns (Position memory) {
        return position;
    }

    function _quote(address, address) internal view override returns (Quote memory) {
        return Quote({priceRay: priceRay, debtPriceBase: 1, debtUnit: 1});
    }

    function _seize(uint256, Lot memory lot, uint256 debtAssets) internal override {
        position.collateralAssets -= lot.lotAssets;
        position.debtAssets -= debtAssets;
    }

    function _reward(uint256, address, address, uint256 rewardRad_) internal override {
        rewardRad = rewardRad_;
    }

    function _deliver(address, address, uint256 soldAssets) internal override {
        deliveredAssets += soldAssets;
    }

    function _collect(uint256, Lot memory lot, uint256, uint256, bool ended) internal override {
        if (ended) returnedAssets += lot.lotAssets;
    }
}
