// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IConcentratedFactory} from "../interfaces/IConcentratedFactory.sol";

/// @title ConcentratedFactoryDeployment
/// @notice Brings the published Uniswap V3 factory to the state it has in use: with the fee of 1 bp, which its
/// governance enabled in November 2021, beside those of 5, 30 and 100 bps.
/// @dev The factory is owned by whoever makes it, and our deployer only deploys; hence this contract in between.
contract ConcentratedFactoryDeployment {
    uint24 private constant LOWEST_FEE = 100;
    int24 private constant LOWEST_FEE_TICK_SPACING = 1;

    /// @notice The creation code made no contract.
    error FactoryNotCreated();

    /// @notice The factory.
    IConcentratedFactory public immutable factory;

    /// @param creationCode The published creation code of the factory.
    /// @param owner Who owns the factory in the end.
    constructor(bytes memory creationCode, address owner) {
        address created;
        assembly ("memory-safe") {
            created := create(0, add(creationCode, 32), mload(creationCode))
        }
        if (created == address(0)) revert FactoryNotCreated();
        factory = IConcentratedFactory(created);
        factory.enableFeeAmount(LOWEST_FEE, LOWEST_FEE_TICK_SPACING);
        factory.setOwner(owner);
    }
}
