// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {ISplitRouter} from "../interfaces/ISplitRouter.sol";
import {IVenueRouter} from "../interfaces/IVenueRouter.sol";
import {ExactTransfer} from "../libraries/ExactTransfer.sol";
import {SplitLib, Stretch} from "../libraries/SplitLib.sol";

/// @title SplitRouter
/// @notice See `ISplitRouter`.
contract SplitRouter is ISplitRouter, ReentrancyGuard {
    using ExactTransfer for IERC20;
    using SafeERC20 for IERC20;

    uint256 public constant PARTS = 8;
    uint256 public constant MAX_VENUES = 8;
    uint256 public constant QUOTE_GAS = 2_000_000;
    uint256 private constant MAX_AMOUNT = type(uint128).max;

    address public immutable token0;
    address public immutable token1;
    /// @inheritdoc ISplitRouter
    mapping(address venue => IVenueRouter) public routerOf;
    address[] private _venues;

    /// @dev A sale, and the venues that may take part in it.
    struct Sale {
        address[] venues;
        address tokenIn;
        uint256 amountIn;
    }

    /// @dev A division of a sale: what goes to each venue, what each pays, and all of it.
    struct Division {
        uint256[] amountsIn;
        uint256[] amountsOut;
        uint256 totalOut;
    }

    /// @dev A venue with `parts` of the sale: what it would pay for one part less, for these, and for one more.
    struct Place {
        uint256 parts;
        uint256 outBefore;
        uint256 out;
        uint256 outNext;
    }

    constructor(address token0_, address token1_, Listing[] memory listings) {
        if (token0_ == token1_ || token0_ == address(0) || token1_ == address(0))
            revert InvalidPair(token0_, token1_);
        if (listings.length == 0 || listings.length > MAX_VENUES)
            revert InvalidVenueCount(listings.length, MAX_VENUES);
        (token0, token1) = (token0_, token1_);
        for (uint256 i = 0; i < listings.length; ++i) {
            (address venue, IVenueRouter router) = (listings[i].venue, listings[i].router);
            if (address(router) == address(0)) revert VenueNotRegistered(venue);
            if (address(routerOf[venue]) != address(0)) revert DuplicateVenue(venue);
            routerOf[venue] = router;
            _venues.push(venue);
        }
    }

    /* TRADING */

    /// @inheritdoc ISplitRouter
    function swapExactIn(
        address[] calldata pools,
        address tokenIn,
        uint256 amountIn,
        uint256 minAmountOut,
        address to,
        uint256 deadline
    ) external nonReentrant returns (uint256 amountOut) {
        _check(to, deadline);
        Sale memory sale = Sale(pools, tokenIn, amountIn);
        _check(sale);
        Division memory planned = _divide(sale);
        if (planned.totalOut < minAmountOut) revert InsufficientOutput(planned.totalOut, minAmountOut);
        return _carryOut(sale, planned, minAmountOut, to);
    }

    /// @inheritdoc ISplitRouter
    function swapSplit(
        Leg[] calldata legs,
        address tokenIn,
        uint256 amountIn,
        uint256 minAmountOut,
        address to,
        uint256 deadline
    ) external nonReentrant returns (uint256[] memory amountsOut) {
        _check(to, deadline);
        Sale memory sale = Sale(new address[](legs.length), tokenIn, amountIn);
        Division memory given = _empty(legs.length);
        uint256 sumIn = 0;
        for (uint256 i = 0; i < legs.length; ++i) {
            if (legs[i].amountIn == 0) revert EmptyLeg(legs[i].venue);
            (sale.venues[i], given.amountsIn[i]) = (legs[i].venue, legs[i].amountIn);
            sumIn = Math.saturatingAdd(sumIn, legs[i].amountIn);
        }
        _check(sale);
        if (sumIn != amountIn) revert LegsDoNotAddUp(sumIn, amountIn);
        _carryOut(sale, given, minAmountOut, to);
        return given.amountsOut;
    }

    /// @dev Sells leg by leg and puts what came into `division`. What it holds back in `amountsOut` before is what
    /// each leg has to bring.
    function _carryOut(
        Sale memory sale,
        Division memory division,
        uint256 minAmountOut,
        address to
    ) private returns (uint256 totalOut) {
        IERC20(sale.tokenIn).pull(msg.sender, sale.amountIn);
        for (uint256 i = 0; i < sale.venues.length; ++i) {
            if (division.amountsIn[i] == 0) continue;
            uint256 quotedOut = division.amountsOut[i];
            uint256 receivedOut = _sell(sale, i, division.amountsIn[i], to);
            if (receivedOut < quotedOut) revert QuoteNotKept(sale.venues[i], receivedOut, quotedOut);
            division.amountsOut[i] = receivedOut;
            totalOut += receivedOut;
        }
        if (totalOut < minAmountOut) revert InsufficientOutput(totalOut, minAmountOut);
        emit SaleSplit(msg.sender, sale.tokenIn, to, sale.venues, division.amountsIn, division.amountsOut);
    }

    function _sell(
        Sale memory sale,
        uint256 i,
        uint256 amountIn,
        address to
    ) private returns (uint256 receivedOut) {
        IERC20 tokenIn = IERC20(sale.tokenIn);
        IERC20 tokenOut = IERC20(sale.tokenIn == token0 ? token1 : token0);
        IVenueRouter router = routerOf[sale.venues[i]];
        uint256 heldIn = tokenIn.balanceOf(address(this));
        uint256 heldOut = tokenOut.balanceOf(to);

        tokenIn.forceApprove(address(router), amountIn);
        router.swapExactIn(_route(sale.venues[i]), sale.tokenIn, amountIn, 0, to, block.timestamp);
        tokenIn.forceApprove(address(router), 0);

        uint256 takenIn = Math.saturatingSub(heldIn, tokenIn.balanceOf(address(this)));
        if (takenIn != amountIn) revert InputNotTaken(sale.venues[i], takenIn, amountIn);
        return Math.saturatingSub(tokenOut.balanceOf(to), heldOut);
    }

    /* QUOTES */

    /// @inheritdoc IVenueRouter
    function quoteExactIn(
        address[] calldata pools,
        address tokenIn,
        uint256 amountIn
    ) external returns (uint256 amountOut) {
        Sale memory sale = Sale(pools, tokenIn, amountIn);
        _check(sale);
        return _divide(sale).totalOut;
    }

    /// @inheritdoc ISplitRouter
    function quoteSplit(
        address[] calldata pools,
        address tokenIn,
        uint256 amountIn
    ) external returns (uint256[] memory amountsIn, uint256[] memory amountsOut) {
        Sale memory sale = Sale(pools, tokenIn, amountIn);
        _check(sale);
        Division memory division = _divide(sale);
        return (division.amountsIn, division.amountsOut);
    }

    /* DIVISION */

    /// @dev The best of one venue alone, of parts, and of parts shifted to equal marginal prices.
    function _divide(Sale memory sale) private returns (Division memory best) {
        uint256 count = sale.venues.length;
        best = _empty(count);
        uint256 chosen = 0;
        for (uint256 i = 0; i < count; ++i) {
            uint256 out = _quote(sale, i, sale.amountIn);
            if (out > best.totalOut) (chosen, best.totalOut) = (i, out);
        }
        (best.amountsIn[chosen], best.amountsOut[chosen]) = (sale.amountIn, best.totalOut);

        uint256 half = sale.amountIn / (2 * PARTS);
        if (count > 1 && half != 0) {
            Place[] memory places = _placed(sale, 2 * half);
            Division memory divided = _equalised(sale, places, half);
            if (divided.totalOut > best.totalOut) best = divided;
            divided = _inParts(sale, places, 2 * half, best.totalOut);
            if (divided.totalOut > best.totalOut) best = divided;
        }
        if (best.totalOut == 0) revert NoVenuePays(sale.tokenIn, sale.amountIn);
    }

    /// @dev Gives part by part to the venue that pays most for one more; fewer where none pays for more.
    function _placed(Sale memory sale, uint256 part) private returns (Place[] memory places) {
        uint256 count = sale.venues.length;
        places = new Place[](count);
        for (uint256 i = 0; i < count; ++i) {
            places[i].outNext = _quote(sale, i, part);
        }
        for (uint256 given = 0; given < PARTS; ++given) {
            uint256 chosen = 0;
            uint256 most = 0;
            for (uint256 i = 0; i < count; ++i) {
                uint256 gain = places[i].outNext - places[i].out;
                if (gain > most) (chosen, most) = (i, gain);
            }
            if (most == 0) break;
            Place memory place = places[chosen];
            (place.outBefore, place.out) = (place.out, place.outNext);
            ++place.parts;
            place.outNext = Math.max(_quote(sale, chosen, (place.parts + 1) * part), place.out);
        }
    }

    /// @dev Takes back each venue's last part and divides all of it anew at equal marginal prices, by what the venue
    /// paid for its last part and would pay for the next; one without a part by what it pays for half and for one.
    function _equalised(
        Sale memory sale,
        Place[] memory places,
        uint256 half
    ) private returns (Division memory division) {
        uint256 count = places.length;
        division = _empty(count);
        Stretch[] memory stretches = new Stretch[](count);
        uint256 left = sale.amountIn;
        for (uint256 i = 0; i < count; ++i) {
            Place memory place = places[i];
            if (place.parts == 0) {
                if (place.outNext != 0) stretches[i] = Stretch(half, _quote(sale, i, half), place.outNext);
                continue;
            }
            uint256 kept = place.parts * 2 * half;
            if (place.outNext != place.out) {
                kept -= 2 * half;
                stretches[i] = Stretch(2 * half, place.out - place.outBefore, place.outNext - place.outBefore);
            }
            division.amountsIn[i] = kept;
            left -= kept;
        }
        uint256[] memory legs = SplitLib.equalised(stretches, left);
        for (uint256 i = 0; i < count; ++i) {
            division.amountsIn[i] += legs[i];
            left -= legs[i];
        }
        if (left == 0) _price(sale, division);
    }

    /// @dev The parts as they were given, with the remainder of the sale at the largest; empty where parts are left
    /// over, or where what it would pay without the remainder does not exceed `least`.
    function _inParts(
        Sale memory sale,
        Place[] memory places,
        uint256 part,
        uint256 least
    ) private returns (Division memory division) {
        uint256 count = places.length;
        division = _empty(count);
        uint256 largest = 0;
        uint256 given = 0;
        for (uint256 i = 0; i < count; ++i) {
            division.amountsIn[i] = places[i].parts * part;
            division.amountsOut[i] = places[i].out;
            division.totalOut += places[i].out;
            given += places[i].parts;
            if (places[i].parts > places[largest].parts) largest = i;
        }
        if (given != PARTS || division.totalOut <= least) return _empty(count);
        uint256 remainder = sale.amountIn - PARTS * part;
        if (remainder == 0) return division;
        division.amountsIn[largest] += remainder;
        division.totalOut -= division.amountsOut[largest];
        division.amountsOut[largest] = _quote(sale, largest, division.amountsIn[largest]);
        division.totalOut += division.amountsOut[largest];
    }

    /// @dev Asks every venue what it pays for its leg; nothing counts where one of them fails.
    function _price(Sale memory sale, Division memory division) private {
        uint256 totalOut = 0;
        for (uint256 i = 0; i < sale.venues.length; ++i) {
            if (division.amountsIn[i] == 0) continue;
            uint256 out = _quote(sale, i, division.amountsIn[i]);
            if (out == 0) return;
            division.amountsOut[i] = out;
            totalOut += out;
        }
        division.totalOut = totalOut;
    }

    /// @dev What a venue pays; 0 where it fails, has no code, or answers with more than 128 bits.
    function _quote(Sale memory sale, uint256 i, uint256 amountIn) private returns (uint256 amountOut) {
        address router = address(routerOf[sale.venues[i]]);
        bytes memory question = abi.encodeCall(
            IVenueRouter.quoteExactIn,
            (_route(sale.venues[i]), sale.tokenIn, amountIn)
        );
        assembly ("memory-safe") {
            let ok := call(QUOTE_GAS, router, 0, add(question, 32), mload(question), 0, 32)
            if and(ok, gt(returndatasize(), 31)) {
                amountOut := mload(0)
            }
        }
        if (amountOut > MAX_AMOUNT) return 0;
    }

    /* CHECKS */

    function _check(address to, uint256 deadline) private view {
        if (block.timestamp > deadline) revert Expired(deadline, block.timestamp);
        if (to == address(0) || to == address(this)) revert InvalidRecipient(to);
    }

    function _check(Sale memory sale) private view {
        if (sale.venues.length == 0) revert EmptyRoute();
        if (sale.tokenIn != token0 && sale.tokenIn != token1) revert TokenNotInPool(sale.venues[0], sale.tokenIn);
        for (uint256 i = 0; i < sale.venues.length; ++i) {
            address venue = sale.venues[i];
            if (address(routerOf[venue]) == address(0)) revert VenueNotRegistered(venue);
            for (uint256 j = 0; j < i; ++j) {
                if (sale.venues[j] == venue) revert DuplicateVenue(venue);
            }
        }
        uint256 amountIn = sale.amountIn;
        if (amountIn == 0 || amountIn > MAX_AMOUNT) revert AmountOutOfRange(amountIn, MAX_AMOUNT);
    }

    function _empty(uint256 count) private pure returns (Division memory) {
        return Division(new uint256[](count), new uint256[](count), 0);
    }

    function _route(address venue) private pure returns (address[] memory route) {
        route = new address[](1);
        route[0] = venue;
    }

    /* VIEWS */

    /// @inheritdoc ISplitRouter
    function venues() external view returns (address[] memory) {
        return _venues;
    }
}
