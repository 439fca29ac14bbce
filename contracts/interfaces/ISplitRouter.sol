// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IVenueRouter} from "./IVenueRouter.sol";

/// @title ISplitRouter
/// @notice Sells over several venues of one pair at once.
///
/// `pools` is a list of venues side by side, not one behind the other: each trades both tokens, and each is sold on
/// through the router it was registered with. How much goes where is found on chain from the venues' own quotes, so
/// that a contract that learns only inside a transaction how much it has to sell can sell over all of them. Whoever
/// knows the amount before uses `swapSplit` and saves the quotes.
///
/// The division. Let h be an eighth of the sale (`PARTS`), even and rounded down.
/// 1. Each venue is asked what it would pay for the whole sale.
/// 2. Part by part goes to the venue that pays most for one more. Where what a venue pays is concave in the amount,
///    which is every venue whose price worsens with size, no other division into such parts pays more.
/// 3. The parts are shifted to equal marginal prices (`SplitLib`) and the venues asked again.
/// The best of the divisions of 1, 2 and 3 is carried out, so that a sale over several venues pays at least what any
/// one of them would: each leg must bring what was quoted.
///
/// Where payments are concave, steps 1 and 2 miss the best division of all by at most n·h/4, n/32 of the sale, times
/// the range of marginal prices that the n venues have within h of that division. Step 3 is exact for
/// constant-product pools: what is left are the smallest units that roundings of the quotes cost.
///
/// At most 4n + 8 quotes are asked of n venues.
/// @dev It holds nothing between calls. A venue whose quote fails, or takes more than `QUOTE_GAS` (2,000,000), counts
/// as paying nothing for that amount; of a longer answer than a word no more is copied. A venue that pays less than it
/// quoted makes the sale revert. Tokens that charge for transfers are refused.
interface ISplitRouter is IVenueRouter {
    /// @param venue Pool, as its router knows it.
    /// @param router How to sell on it.
    struct Listing {
        address venue;
        IVenueRouter router;
    }

    /// @param venue One of the registered ones.
    /// @param amountIn What is sold there, in smallest units.
    struct Leg {
        address venue;
        uint256 amountIn;
    }

    /// @notice A sale was carried out; the lists are by venue, and a venue that was asked but not sold on has zeros.
    event SaleSplit(
        address indexed sender,
        address indexed tokenIn,
        address to,
        address[] venues,
        uint256[] amountsIn,
        uint256[] amountsOut
    );

    /// @notice The constructor needs two tokens that are not the same.
    error InvalidPair(address token0, address token1);

    /// @notice The constructor takes between one and `limit` venues.
    error InvalidVenueCount(uint256 count, uint256 limit);

    /// @notice The venue stands twice in a list.
    error DuplicateVenue(address venue);

    /// @notice The venue is not one of those this router sells on.
    error VenueNotRegistered(address venue);

    /// @notice The sale is of nothing, or beyond 128 bits.
    error AmountOutOfRange(uint256 amountIn, uint256 limit);

    /// @notice A leg given by the caller sells nothing.
    error EmptyLeg(address venue);

    /// @notice The legs given by the caller do not sum to the sale.
    error LegsDoNotAddUp(uint256 sumIn, uint256 amountIn);

    /// @notice The output cannot go to the zero address or stay here.
    error InvalidRecipient(address to);

    /// @notice No venue quotes anything for the sale, and no division of it could be placed.
    error NoVenuePays(address tokenIn, uint256 amountIn);

    /// @notice The venue took more or less than its leg.
    error InputNotTaken(address venue, uint256 takenIn, uint256 amountIn);

    /// @notice The venue paid less than it had quoted in the same transaction.
    error QuoteNotKept(address venue, uint256 receivedOut, uint256 quotedOut);

    /* TRADING */

    /// @notice Sells exactly `amountIn` over those of `pools` among which it is best divided.
    /// @dev Reverts with `Expired`, `EmptyRoute`, `TokenNotInPool` (for a token of another pair), `DuplicateVenue`,
    /// `VenueNotRegistered`, `AmountOutOfRange`, `InvalidRecipient`, `NoVenuePays`, `InsufficientOutput`,
    /// `InputNotTaken` or `QuoteNotKept`.
    /// @inheritdoc IVenueRouter
    function swapExactIn(
        address[] calldata pools,
        address tokenIn,
        uint256 amountIn,
        uint256 minAmountOut,
        address to,
        uint256 deadline
    ) external returns (uint256 amountOut);

    /// @notice Sells exactly `amountIn` in the legs given.
    /// @dev Reverts as `swapExactIn` does, but for `NoVenuePays` and `QuoteNotKept`, and with `EmptyLeg` or
    /// `LegsDoNotAddUp`.
    /// @param legs What to sell where; each venue once.
    /// @param tokenIn The token sold; the caller has approved this router for it.
    /// @param amountIn Amount sold, the sum of the legs.
    /// @param minAmountOut Least amount to be received over all legs.
    /// @param to Who receives the output.
    /// @param deadline Last timestamp at which this may execute, in seconds since the epoch.
    /// @return amountsOut Amounts received by `to`, by leg.
    function swapSplit(
        Leg[] calldata legs,
        address tokenIn,
        uint256 amountIn,
        uint256 minAmountOut,
        address to,
        uint256 deadline
    ) external returns (uint256[] memory amountsOut);

    /* QUOTES */

    /// @notice How `swapExactIn` would divide the sale now, and what each venue would pay. Leaves everything as it was.
    /// @dev Reverts with `EmptyRoute`, `TokenNotInPool`, `DuplicateVenue`, `VenueNotRegistered`, `AmountOutOfRange`
    /// or `NoVenuePays`.
    /// @return amountsIn By venue, in the order of `pools`; 0 where nothing would be sold.
    /// @return amountsOut By venue.
    function quoteSplit(
        address[] calldata pools,
        address tokenIn,
        uint256 amountIn
    ) external returns (uint256[] memory amountsIn, uint256[] memory amountsOut);

    /* VIEWS */

    function token0() external view returns (address);

    function token1() external view returns (address);

    /// @notice The registered venues, in the order given to the constructor.
    function venues() external view returns (address[] memory);

    /// @notice The router of a registered venue, or the zero address.
    function routerOf(address venue) external view returns (IVenueRouter);
}
