// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title ExactTransfer
/// @notice Takes tokens and refuses those that bring less than they say, so that nobody's claim is backed by
/// what never came.
library ExactTransfer {
    using SafeERC20 for IERC20;

    /// @notice A transfer brought less than was asked for, in smallest units: a token with a fee, for one.
    error ReceivedLess(address token, uint256 received, uint256 asked);

    /// @notice Takes `amount` from `from`, which has approved it, into the contract that calls.
    function pull(IERC20 token, address from, uint256 amount) internal {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), amount);
        uint256 received = Math.saturatingSub(token.balanceOf(address(this)), before);
        if (received < amount) revert ReceivedLess(address(token), received, amount);
    }
}
