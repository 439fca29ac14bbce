// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BackstopLib, Pair} from "../BackstopLib.sol";

/// @title ExposedBackstop
/// @notice The arithmetic of `BackstopLib`, many inputs per call. Tests hold it against its mirror. No protocol calls
/// it.
contract ExposedBackstop {
    struct Input {
        uint256 assets;
        Pair pair;
        uint256 storefrontFactorBps;
        uint256 factorBps;
    }

    function creditDown(Input[] calldata inputs) external pure returns (uint256[] memory outputs) {
        outputs = new uint256[](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            outputs[i] = BackstopLib.creditDown(inputs[i].assets, inputs[i].pair, inputs[i].factorBps);
        }
    }

    function soldDown(Input[] calldata inputs) external pure returns (uint256[] memory outputs) {
        outputs = new uint256[](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            outputs[i] = BackstopLib.soldDown(inputs[i].assets, inputs[i].pair, _factor(inputs[i]));
        }
    }

    function costUp(Input[] calldata inputs) external pure returns (uint256[] memory outputs) {
        outputs = new uint256[](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            outputs[i] = BackstopLib.costUp(inputs[i].assets, inputs[i].pair, _factor(inputs[i]));
        }
    }

    function _factor(Input calldata input) private pure returns (uint256) {
        return BackstopLib.priceFactor(input.storefrontFactorBps, input.factorBps);
    }
}
