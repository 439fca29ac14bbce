// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MeanPriceLib} from "../MeanPriceLib.sol";

/// @title ExposedMeanPrice
/// @notice The functions of `MeanPriceLib`, callable. Tests hold them against their mirrors. No protocol calls it.
contract ExposedMeanPrice {
    function sumAfter(uint256 sum, uint224 priceUq, uint256 elapsedS) external pure returns (uint256) {
        return MeanPriceLib.sumAfter(sum, priceUq, elapsedS);
    }

    function added(uint256 sumBefore, uint256 sumAfter_) external pure returns (uint256) {
        return MeanPriceLib.added(sumBefore, sumAfter_);
    }

    function sumWithinDown(
        uint256 a,
        uint256 b,
        uint256 partS,
        uint256 intervalS
    ) external pure returns (uint256) {
        return MeanPriceLib.sumWithinDown(a, b, partS, intervalS);
    }

    function logSumWithin(int256 a, int256 b, uint256 partS, uint256 intervalS) external pure returns (int256) {
        return MeanPriceLib.logSumWithin(a, b, partS, intervalS);
    }

    function arithmeticNearest(uint256 a, uint256 s, uint256 base, uint256 quote) external pure returns (uint256) {
        return MeanPriceLib.arithmeticNearest(a, s, base, quote);
    }

    function logAdded(uint256 sum, uint256 elapsedS) external pure returns (int256) {
        return MeanPriceLib.logAdded(sum, elapsedS);
    }

    function geometricNearest(int256 a, uint256 s, uint256 base, uint256 quote) external pure returns (uint256) {
        return MeanPriceLib.geometricNearest(a, s, base, quote);
    }
}
