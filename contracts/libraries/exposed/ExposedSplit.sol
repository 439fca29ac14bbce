// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SplitLib, Stretch} from "../SplitLib.sol";

/// @title ExposedSplit
/// @notice The formulas of `SplitLib`, over static words, so that tests hold them against their mirrors. No protocol
/// calls it.
contract ExposedSplit {
    function reserves(Stretch calldata stretch) external pure returns (uint256 x, uint256 y) {
        return SplitLib.reserves(stretch);
    }

    function geometricMeanDown(uint256 a, uint256 b) external pure returns (uint256) {
        return SplitLib.geometricMeanDown(a, b);
    }

    function equalised(Stretch[3] calldata three, uint256 amount) external pure returns (uint256[3] memory parts) {
        Stretch[] memory stretches = new Stretch[](3);
        for (uint256 i = 0; i < 3; ++i) stretches[i] = three[i];
        uint256[] memory legs = SplitLib.equalised(stretches, amount);
        for (uint256 i = 0; i < 3; ++i) parts[i] = legs[i];
    }
}
