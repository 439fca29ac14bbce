// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IAverageRateModel} from "../../interfaces/IAverageRateModel.sol";
import {IRateModel, RateContext} from "../../interfaces/IRateModel.sol";
import {InterestLib} from "../../libraries/InterestLib.sol";

/// @title PointRateModel
/// @notice Lets an isolated market use a reserve's rate model that has no state, such as the kinked one: where
/// amounts do not change, neither does the rate, so that its average is the rate itself.
contract PointRateModel is IAverageRateModel {
    using Address for address;

    /// @dev A yearly rate in ray per rate per second in wad.
    uint256 private constant YEARLY_RAY = InterestLib.YEAR_S * 1e9;

    /// @notice The model; its `rates` must not write.
    IRateModel public immutable inner;

    constructor(IRateModel inner_) {
        inner = inner_;
    }

    /// @inheritdoc IAverageRateModel
    function averageRate(uint256 supplyAssets, uint256 borrowAssets, uint256) external view returns (uint256) {
        return _rate(msg.sender, supplyAssets, borrowAssets);
    }

    /// @inheritdoc IAverageRateModel
    function previewAverageRate(
        address market,
        uint256 supplyAssets,
        uint256 borrowAssets,
        uint256
    ) external view returns (uint256) {
        return _rate(market, supplyAssets, borrowAssets);
    }

    /// @inheritdoc IAverageRateModel
    function currentRate(
        address market,
        uint256 supplyAssets,
        uint256 borrowAssets
    ) external view returns (uint256) {
        return _rate(market, supplyAssets, borrowAssets);
    }

    /// @dev Rounded down to a wad per second.
    function _rate(address market, uint256 supplyAssets, uint256 borrowAssets) private view returns (uint256) {
        RateContext memory context = RateContext({
            asset: market,
            cash: supplyAssets - borrowAssets,
            debtUpAssets: borrowAssets,
            debtDownAssets: borrowAssets,
            unbackedAssets: 0,
            suppliedAssets: supplyAssets,
            reserveFactorBps: 0
        });
        bytes memory answer = address(inner).functionStaticCall(abi.encodeCall(IRateModel.rates, (context)));
        (uint256 borrowRateRay, ) = abi.decode(answer, (uint256, uint256));
        return borrowRateRay / YEARLY_RAY;
    }
}
