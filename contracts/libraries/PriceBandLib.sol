// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title PriceBandLib
/// @notice What a band of prices goes by: the mean of a window, and the gap that a halt leaves.
library PriceBandLib {
    uint256 private constant BPS = 10_000;

    /// @notice Mean over the window that ends now of a price that is `prices[i]` from `sinceS[i]` on, each weighted
    /// by the time for which it held, rounded down; the last price where none has held for any time.
    /// @dev Oldest first; reverts without prices. Prices lie below 2^128 and times below 2^64.
    function windowMeanDown(
        uint256[] memory prices,
        uint256[] memory sinceS,
        uint256 nowS,
        uint256 windowS
    ) internal pure returns (uint256) {
        uint256 startS = Math.saturatingSub(nowS, windowS);
        uint256 last = prices.length - 1;
        uint256 sum;
        uint256 weight;
        for (uint256 i = 0; i <= last; ++i) {
            uint256 endS = i == last ? nowS : sinceS[i + 1];
            uint256 heldS = Math.saturatingSub(endS, Math.max(sinceS[i], startS));
            sum += prices[i] * heldS;
            weight += heldS;
        }
        return weight == 0 ? prices[last] : sum / weight;
    }

    /// @notice Distance of two prices in bps of the first, rounded down.
    function gapBpsDown(uint256 before, uint256 price) internal pure returns (uint256) {
        return Math.mulDiv(before > price ? before - price : price - before, BPS, before);
    }
}
