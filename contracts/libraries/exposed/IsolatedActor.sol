// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IIsolatedMarketCallbacks} from "../../interfaces/IIsolatedMarketCallbacks.sol";
import {IPreLiquidationCallback} from "../../interfaces/IPreLiquidation.sol";

/// @title IsolatedActor
/// @notice An account of isolated markets that does what a test says, also inside of every callback: there, `data`
/// is the list of calls. No protocol calls it but back.
contract IsolatedActor is IIsolatedMarketCallbacks, IPreLiquidationCallback {
    using Address for address;

    /// @dev A call to make.
    struct Act {
        address target;
        bytes data;
    }

    /// @notice Makes calls in order; the first that fails makes all fail, with its error.
    function act(Act[] memory acts) public {
        for (uint256 i = 0; i < acts.length; ++i) {
            acts[i].target.functionCall(acts[i].data);
        }
    }

    /// @inheritdoc IIsolatedMarketCallbacks
    function onIsolatedSupply(uint256, bytes calldata data) external {
        _actOn(data);
    }

    /// @inheritdoc IIsolatedMarketCallbacks
    function onIsolatedSupplyCollateral(uint256, bytes calldata data) external {
        _actOn(data);
    }

    /// @inheritdoc IIsolatedMarketCallbacks
    function onIsolatedRepay(uint256, bytes calldata data) external {
        _actOn(data);
    }

    /// @inheritdoc IIsolatedMarketCallbacks
    function onIsolatedLiquidate(uint256, uint256, bytes calldata data) external {
        _actOn(data);
    }

    /// @inheritdoc IIsolatedMarketCallbacks
    function onIsolatedFlashLoan(address, uint256, bytes calldata data) external {
        _actOn(data);
    }

    /// @inheritdoc IPreLiquidationCallback
    function onPreLiquidate(uint256, uint256, bytes calldata data) external {
        _actOn(data);
    }

    function _actOn(bytes calldata data) private {
        act(abi.decode(data, (Act[])));
    }
}
