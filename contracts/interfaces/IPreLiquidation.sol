// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IIsolatedMarket} from "./IIsolatedMarket.sol";
import {IPairOracle} from "./IPairOracle.sol";

/// @notice Terms of a pre-liquidation, all in wad.
/// @param preLltvWad Loan-to-value above which it is open; below the market's LLTV.
/// @param firstCloseFactorWad Share of the debt that one call may repay at `preLltvWad`; at most 1.
/// @param lastCloseFactorWad The same at the LLTV; not less, and above 1 allowed.
/// @param firstIncentiveWad Collateral seized per debt repaid at `preLltvWad`; at least 1.
/// @param lastIncentiveWad The same at the LLTV; not less, and at most 1 / LLTV.
/// @param oracle Price that it works with; may differ from the market's.
struct PreLiquidationParams {
    uint256 preLltvWad;
    uint256 firstCloseFactorWad;
    uint256 lastCloseFactorWad;
    uint256 firstIncentiveWad;
    uint256 lastIncentiveWad;
    IPairOracle oracle;
}

/// @notice What may be done to an account now.
/// @param repayableShares Most shares of debt that one call may repay.
/// @param incentiveWad Collateral seized per debt repaid, by value.
/// @param price Price of the collateral in loan tokens, as `IPairOracle.price`.
struct PreLiquidationOffer {
    uint256 repayableShares;
    uint256 incentiveWad;
    uint256 price;
}

/// @title IPreLiquidation
/// @notice Gentle liquidations of an isolated market, for borrowers that opted in by authorising this contract,
/// in the manner of Morpho's. Between its own limit and the market's LLTV, close factor and incentive both grow
/// in a straight line with the loan-to-value. Once the account is liquidatable in the market, only the market
/// liquidates.
///
/// @dev An incentive of at most 1 / LLTV keeps a healthy account healthy. Several calls may follow each other in
/// one transaction, so the close factor bounds a step and not the whole. Emits `ILendingEvents.Liquidation`; the
/// market emits `Repaid` and `Withdrawn` besides.
interface IPreLiquidation {
    /// @notice A parameter lies outside of its bounds.
    error ParameterOutOfRange(bytes32 parameter, uint256 given, uint256 limit);
    /// @notice Debt does not exceed the limit of pre-liquidation.
    error NotPreLiquidatable(uint256 debt, uint256 limit);
    /// @notice Debt exceeds the limit of the market itself.
    error AlreadyLiquidatable(uint256 debt, uint256 limit);
    /// @notice More shares than one call may repay.
    error ExceedsCloseFactor(uint256 repaidShares, uint256 repayableShares);
    /// @notice Exactly one of two amounts must be other than zero.
    error ExactlyOneAmount(uint256 first, uint256 second);
    /// @notice Only the market may call back.
    error UnexpectedCallback(address caller);

    /// @notice Repays debt of an account between the two limits and takes its collateral at the incentive.
    /// @param borrower Account; it must have authorised this contract in the market.
    /// @param seizedAssets Collateral to take, or 0 to name shares.
    /// @param repaidShares Shares of debt to repay, or 0.
    /// @param data Passed to `onPreLiquidate` of the caller, which has the collateral by then; empty: none.
    /// @return seized Collateral sent to the caller.
    /// @return repaid Loan assets pulled from the caller.
    function preLiquidate(
        address borrower,
        uint256 seizedAssets,
        uint256 repaidShares,
        bytes calldata data
    ) external returns (uint256 seized, uint256 repaid);

    /// @notice What `preLiquidate` offers for an account now; reverts where it is closed.
    function offer(address borrower) external view returns (PreLiquidationOffer memory);

    /// @notice The market.
    function market() external view returns (IIsolatedMarket);

    /// @notice The terms.
    function params() external view returns (PreLiquidationParams memory);
}

/// @title IPreLiquidationCallback
/// @notice What a caller of `preLiquidate` may implement.
interface IPreLiquidationCallback {
    /// @notice `seizedAssets` of collateral have arrived; `repaidAssets` of the loan token are due by allowance.
    function onPreLiquidate(uint256 repaidAssets, uint256 seizedAssets, bytes calldata data) external;
}
