// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {RayMath} from "./RayMath.sol";

/// @notice An order for collateral of a lot.
/// @param quantity Collateral wanted, in smallest units.
/// @param priceRay Most to pay: smallest units of debt per smallest unit of collateral, times 1e27.
struct Order {
    uint112 quantity;
    uint144 priceRay;
}

/// @notice What a lot sells for. `fills` and `payments` are per order, in the order in which they came.
struct Clearing {
    uint256 priceRay;
    uint256 soldAssets;
    uint256 paidAssets;
    uint256[] fills;
    uint256[] payments;
}

/// @title BatchClearingLib
/// @notice Clears a lot at one price.
///
/// At a price p, all orders with a limit of at least p want D(p) together, and the lot raises
/// min(debt, p * min(lot, D(p))). The price is the highest of those that raise most: if the debt can be repaid, the
/// highest at which it is; otherwise the one that brings most, which is the highest at which the whole lot sells
/// unless a higher one raises as much from a part of it. No more is sold than repays the debt.
///
/// Orders above the price are filled, those at the price in the order in which they came. A payment is rounded up,
/// but all payments together never exceed the debt.
library BatchClearingLib {
    /// @notice Clears `orders`; nothing is sold where there are none, or where `lotAssets` or `debtAssets` is 0.
    /// @dev At most 2 ** 112 - 1 of `lotAssets` and 2 ** 128 - 1 of `debtAssets`, so that no product overflows.
    function clear(
        Order[] memory orders,
        uint256 lotAssets,
        uint256 debtAssets
    ) internal pure returns (Clearing memory clearing) {
        clearing.fills = new uint256[](orders.length);
        clearing.payments = new uint256[](orders.length);
        uint256[] memory ranking = rank(orders);
        (clearing.priceRay, clearing.soldAssets) = _price(orders, ranking, lotAssets, debtAssets * RayMath.RAY);
        uint256 left = clearing.soldAssets;
        for (uint256 i = 0; i < ranking.length && left != 0; ++i) {
            uint256 at = ranking[i];
            uint256 fill = Math.min(left, orders[at].quantity);
            uint256 payment = Math.min(
                RayMath.rayMulUp(fill, clearing.priceRay),
                debtAssets - clearing.paidAssets
            );
            clearing.fills[at] = fill;
            clearing.payments[at] = payment;
            clearing.paidAssets += payment;
            left -= fill;
        }
    }

    /// @notice Places of `orders` from the highest limit to the lowest, equal ones as they came.
    function rank(Order[] memory orders) internal pure returns (uint256[] memory ranking) {
        ranking = new uint256[](orders.length);
        for (uint256 i = 0; i < ranking.length; ++i) {
            uint256 place = i;
            while (place != 0 && orders[ranking[place - 1]].priceRay < orders[i].priceRay) {
                ranking[place] = ranking[place - 1];
                --place;
            }
            ranking[place] = i;
        }
    }

    /// @notice Most that an order can have to pay: what it puts down.
    function escrowUp(Order memory order) internal pure returns (uint256) {
        return RayMath.rayMulUp(order.quantity, order.priceRay);
    }

    /// @dev Only limits can be the highest best price, since demand is the same down to the next one.
    function _price(
        Order[] memory orders,
        uint256[] memory ranking,
        uint256 lotAssets,
        uint256 debtRad
    ) private pure returns (uint256 priceRay, uint256 soldAssets) {
        uint256 demand = 0;
        uint256 bestRad = 0;
        for (uint256 i = 0; i < ranking.length && demand < lotAssets && bestRad < debtRad; ++i) {
            Order memory order = orders[ranking[i]];
            demand = Math.min(demand + order.quantity, lotAssets);
            uint256 raisedRad = Math.min(demand * order.priceRay, debtRad);
            if (raisedRad <= bestRad) continue;
            bestRad = raisedRad;
            priceRay = order.priceRay;
            soldAssets = raisedRad == debtRad ? Math.ceilDiv(debtRad, priceRay) : demand;
        }
    }
}
