// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IConstantProductPool} from "./IConstantProductPool.sol";
import {IPairFeed} from "./IPairFeed.sol";

/// @title IPoolFeed
/// @notice A feed that reads a constant-product pool.
interface IPoolFeed is IPairFeed {
    /// @notice The pool holds nothing of one of its tokens, so it has no price.
    error EmptyPool(address pool);

    /// @notice The pool that is read.
    function pool() external view returns (IConstantProductPool);
}
