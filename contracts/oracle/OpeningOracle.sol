// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";
import {IOpeningOracle} from "../interfaces/IOpeningOracle.sol";
import {IPairOracle} from "../interfaces/IPairOracle.sol";

/// @title OpeningOracle
/// @notice See `IOpeningOracle`.
contract OpeningOracle is IOpeningOracle {
    uint256 private constant LIFT = 1_000;

    /// @inheritdoc IOpeningOracle
    IPairOracle public immutable inner;
    address private immutable _opener;

    /// @inheritdoc IOpeningOracle
    bool public opening = true;

    /// @param inner_ The oracle that is read.
    /// @param opener The account that may end the opening.
    constructor(IPairOracle inner_, address opener) {
        inner = inner_;
        _opener = opener;
    }

    /// @inheritdoc IOpeningOracle
    function endOpening() external {
        if (msg.sender != _opener) revert NotOpener(msg.sender, _opener);
        opening = false;
        emit OpeningEnded(address(inner));
    }

    /// @inheritdoc IPairOracle
    function price() external view returns (uint256) {
        return opening ? inner.price() * LIFT : inner.price();
    }

    /// @inheritdoc IPairOracle
    function basePrices() external view returns (uint256, uint256, uint256, uint256) {
        return inner.basePrices();
    }

    /// @inheritdoc IPairOracle
    function collateralFeed() external view returns (IAggregatorV3) {
        return inner.collateralFeed();
    }

    /// @inheritdoc IPairOracle
    function loanFeed() external view returns (IAggregatorV3) {
        return inner.loanFeed();
    }

    /// @inheritdoc IPairOracle
    function maxCollateralAgeS() external view returns (uint256) {
        return inner.maxCollateralAgeS();
    }

    /// @inheritdoc IPairOracle
    function maxLoanAgeS() external view returns (uint256) {
        return inner.maxLoanAgeS();
    }
}
