// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice What is known of a venue near a size: beyond that size, `step` more brings `first`, twice as much
/// `second`. A venue with a step of 0 takes no more.
struct Stretch {
    uint256 step;
    uint256 first;
    uint256 second;
}

/// @title SplitLib
/// @notice Divides a sale over venues at equal marginal prices.
///
/// Each venue is taken for the constant-product pool that would pay the same for both steps. With reserves x (its
/// fee put into it) and y such a pool pays q·y / (x + q); q / out is linear in q, so that two outputs tell
///
///     x = 2·step·(second - first) / (2·first - second)      y = first·second / (2·first - second)
///
/// The marginal price xy / (x + q)² is the same in all pools where q = w·(amount + Σx) / Σw - x with w = √(xy), over
/// those pools for which this is positive. Exact for constant-product pools, and for positions of constant liquidity
/// as long as no tick is crossed; elsewhere right to second order near the size where the steps begin.
/// @dev Amounts are below 2 ** 128.
library SplitLib {
    /// @dev An almost straight stretch is taken for a pool of at most 2 ** 41 steps, so that products fit.
    uint256 private constant STRAIGHT_SHIFT = 40;
    uint256 private constant FACTOR_BITS = 127;

    /// @notice What each venue gets of `amount`; all of it together, unless no venue takes more.
    function equalised(Stretch[] memory stretches, uint256 amount) internal pure returns (uint256[] memory legs) {
        uint256 count = stretches.length;
        legs = new uint256[](count);
        uint256[] memory x = new uint256[](count);
        uint256[] memory weight = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 y;
            (x[i], y) = reserves(stretches[i]);
            weight[i] = geometricMeanDown(x[i], y);
        }
        _shareOut(legs, x, weight, amount);
    }

    /// @dev Leaves out, until there is none, the pools that would get less than nothing: leaving out one of them
    /// makes the others' parts smaller, so that none comes back.
    function _shareOut(
        uint256[] memory legs,
        uint256[] memory x,
        uint256[] memory weight,
        uint256 amount
    ) private pure {
        uint256 total;
        uint256 totalWeight;
        bool settled;
        while (!settled) {
            settled = true;
            (total, totalWeight) = (amount, 0);
            for (uint256 i = 0; i < x.length; ++i) {
                if (weight[i] != 0) (total, totalWeight) = (total + x[i], totalWeight + weight[i]);
            }
            for (uint256 i = 0; i < x.length; ++i) {
                if (weight[i] == 0 || Math.mulDiv(total, weight[i], totalWeight) >= x[i]) continue;
                weight[i] = 0;
                settled = false;
            }
        }
        uint256 left = amount;
        uint256 last = 0;
        for (uint256 i = 0; i < x.length; ++i) {
            if (weight[i] == 0) continue;
            last = i;
            legs[i] = Math.min(Math.mulDiv(total, weight[i], totalWeight) - x[i], left);
            left -= legs[i];
        }
        if (totalWeight != 0) legs[last] += left;
    }

    /// @notice Reserves of the constant-product pool without fee that pays as the venue does, rounded down.
    function reserves(Stretch memory stretch) internal pure returns (uint256 x, uint256 y) {
        uint256 gained = Math.saturatingSub(stretch.second, stretch.first);
        uint256 bend = Math.max(
            Math.saturatingSub(2 * stretch.first, stretch.second),
            (stretch.second >> STRAIGHT_SHIFT) + 1
        );
        x = Math.mulDiv(2 * stretch.step, gained, bend);
        y = Math.mulDiv(stretch.first, stretch.second, bend);
    }

    /// @notice √(ab), each factor cut to its leading 127 bits or so.
    function geometricMeanDown(uint256 a, uint256 b) internal pure returns (uint256) {
        uint256 shiftA = _halfExcessUp(a);
        uint256 shiftB = _halfExcessUp(b);
        return Math.sqrt((a >> (2 * shiftA)) * (b >> (2 * shiftB))) << (shiftA + shiftB);
    }

    function _halfExcessUp(uint256 a) private pure returns (uint256) {
        return (Math.saturatingSub(Math.log2(a), FACTOR_BITS) + 1) / 2;
    }
}
