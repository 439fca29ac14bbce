// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BatchClearingLib, Clearing, Order} from "../BatchClearingLib.sol";

/// @title ExposedBatchClearing
/// @notice The arithmetic of `BatchClearingLib`, many lots per call. Tests hold it against its mirror. No protocol
/// calls it.
contract ExposedBatchClearing {
    struct Lot {
        Order[] orders;
        uint256 lotAssets;
        uint256 debtAssets;
    }

    function clear(Lot[] calldata lots) external pure returns (Clearing[] memory clearings) {
        clearings = new Clearing[](lots.length);
        for (uint256 i = 0; i < lots.length; ++i) {
            clearings[i] = BatchClearingLib.clear(lots[i].orders, lots[i].lotAssets, lots[i].debtAssets);
        }
    }

    function rank(Order[] calldata orders) external pure returns (uint256[] memory) {
        return BatchClearingLib.rank(orders);
    }
}
