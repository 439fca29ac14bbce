// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDeleverageStage} from "../interfaces/IDeleverageStage.sol";
import {Deleveraging} from "../interfaces/IDeleveraging.sol";
import {IDeleverager} from "../interfaces/IDeleverager.sol";
import {Deleverager} from "../keepers/Deleverager.sol";

/// @title PartialDeleverager
/// @notice Spares those who come first in a queue, as if they had paid for it: brings the ranking from the last to
/// the first, and an honest one where that is refused.
contract PartialDeleverager is Deleverager {
    bool private transient _isHonest;

    /// @inheritdoc IDeleverager
    function liquidate(
        IDeleverageStage stage,
        address owner,
        address slot,
        address instrument
    ) external override returns (int256 closedWad, uint256 feeQuote) {
        _isHonest = false;
        try stage.liquidateAsking(owner, slot, instrument, msg.sender) returns (int256 closed, uint256 fee) {
            return (closed, fee);
        } catch {
            _isHonest = true;
            return stage.liquidateAsking(owner, slot, instrument, msg.sender);
        }
    }

    /// @inheritdoc Deleverager
    function order(Deleveraging calldata d) public view override returns (uint256[] memory numbers) {
        numbers = super.order(d);
        if (_isHonest) return numbers;
        uint256 last = numbers.length - 1;
        for (uint256 i = 0; i < numbers.length / 2; ++i) {
            (numbers[i], numbers[last - i]) = (numbers[last - i], numbers[i]);
        }
    }
}
