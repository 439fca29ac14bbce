// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILastGoodFeed} from "../interfaces/ILastGoodFeed.sol";
import {ILendingPool} from "../interfaces/ILendingPool.sol";
import {IPriceFreeze} from "../interfaces/IPriceFreeze.sol";
import {IRiskRules} from "../interfaces/IRiskRules.sol";
import {RiskRule} from "./RiskRule.sol";

/// @title PriceFreeze
/// @notice See `IPriceFreeze`.
contract PriceFreeze is RiskRule, IPriceFreeze {
    address[] private _followed;

    /// @inheritdoc IPriceFreeze
    mapping(address asset => ILastGoodFeed) public feedOf;

    constructor(address owner, ILendingPool pool_, IRiskRules inner_) RiskRule(owner, pool_, inner_) {}

    /// @inheritdoc IPriceFreeze
    function follow(address asset, ILastGoodFeed feed) external onlyOwner {
        if (address(feedOf[asset]) == address(0)) _followed.push(asset); // twice does no harm
        feedOf[asset] = feed;
        _revise();
        emit FeedFollowed(asset, address(feed));
    }

    /// @inheritdoc IPriceFreeze
    function isFrozen(address asset) public view returns (bool) {
        ILastGoodFeed feed = feedOf[asset];
        return address(feed) != address(0) && !feed.live();
    }

    function _afterBorrow(address, address asset) internal view override {
        if (isFrozen(asset)) revert PriceInvalid(asset);
    }

    function _weigh(
        address,
        address asset,
        uint256,
        uint256 ltvWeighted,
        uint256 thresholdWeighted
    ) internal view override returns (uint256, uint256) {
        return (isFrozen(asset) ? 0 : ltvWeighted, thresholdWeighted);
    }

    /// @dev A price is lost when it grows too old, without anything happening.
    function _timeKey() internal view override returns (bytes32 key) {
        for (uint256 i = 0; i < _followed.length; ++i) key = keccak256(abi.encode(key, isFrozen(_followed[i])));
    }
}
