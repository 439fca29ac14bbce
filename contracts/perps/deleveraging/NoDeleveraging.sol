// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Deleveraging, IDeleveraging} from "../../interfaces/IDeleveraging.sol";

/// @title NoDeleveraging
/// @notice Nobody is closed against a bankrupt position; whoever comes next in the waterfall bears it. Rankings are
/// not looked at and may be empty.
contract NoDeleveraging is IDeleveraging {
    /// @inheritdoc IDeleveraging
    function allocate(Deleveraging calldata d) external pure returns (uint256[] memory) {
        return new uint256[](d.ranking.length);
    }

    /// @inheritdoc IDeleveraging
    function scores(Deleveraging calldata d) external pure returns (int256[] memory) {
        return new int256[](d.ranking.length);
    }
}
