// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IExchangeRate} from "../../interfaces/IExchangeRate.sol";
import {IStakingRate} from "../../interfaces/IStakingRate.sol";
import {GrowthLib} from "../../libraries/GrowthLib.sol";

/// @title StakingRate
/// @notice See `IStakingRate`.
contract StakingRate is IStakingRate, Ownable {
    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_RATE_WAD = 1e27;
    uint256 private constant MAX_GROWTH_BPS = 1e6;

    uint128 private _baseWad;
    uint64 private _sinceS;
    uint32 private _growthBps;

    /// @param owner_ Who sets the line and slashes.
    /// @param rateWad_ Rate at deployment.
    /// @param growthBpsPerYear Its growth.
    constructor(address owner_, uint256 rateWad_, uint256 growthBpsPerYear) Ownable(owner_) {
        _setLine(rateWad_, growthBpsPerYear);
    }

    /// @inheritdoc IStakingRate
    function setLine(uint256 rateWad_, uint256 growthBpsPerYear) external onlyOwner {
        _setLine(rateWad_, growthBpsPerYear);
    }

    /// @inheritdoc IStakingRate
    function slash(uint256 lossBps) external onlyOwner {
        if (lossBps >= BPS) revert RateOutOfRange("lossBps", lossBps, BPS - 1);
        uint256 beforeWad = rateWad();
        uint256 afterWad = (beforeWad * (BPS - lossBps)) / BPS;
        _setLine(afterWad, _growthBps);
        emit Slashed(lossBps, beforeWad, afterWad);
    }

    /// @inheritdoc IExchangeRate
    function rateWad() public view returns (uint256) {
        return GrowthLib.grownDown(_baseWad, _growthBps, block.timestamp - _sinceS);
    }

    /// @inheritdoc IStakingRate
    function line() external view returns (uint256, uint256, uint256) {
        return (_baseWad, _sinceS, _growthBps);
    }

    function _setLine(uint256 rateWad_, uint256 growthBpsPerYear) private {
        if (rateWad_ == 0) revert RateOutOfRange("rateWad", 0, 1);
        if (rateWad_ > MAX_RATE_WAD) revert RateOutOfRange("rateWad", rateWad_, MAX_RATE_WAD);
        if (growthBpsPerYear > MAX_GROWTH_BPS) {
            revert RateOutOfRange("growthBpsPerYear", growthBpsPerYear, MAX_GROWTH_BPS);
        }
        (_baseWad, _sinceS, _growthBps) = (uint128(rateWad_), uint64(block.timestamp), uint32(growthBpsPerYear));
        emit LineSet(rateWad_, growthBpsPerYear);
    }
}
