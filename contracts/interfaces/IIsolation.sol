// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IRiskRules} from "./IRiskRules.sol";

/// @title IIsolation
/// @notice Isolated collateral (Aave V3): it counts only for an account that has entered it, nothing else counts
/// for that account, it may borrow only assets that are allowed in isolation, and all debt against the asset
/// together stays below a ceiling.
/// @dev Entering is a choice and not a consequence of holding, so nobody can push an account into isolation by
/// supplying for it. What counts for nothing can still be seized.
///
/// Debt is booked in scaled units, as the pool keeps it, so the books need no touch as interest accrues:
/// `isolatedDebtBase` is debt with all interest, at current prices. (Aave counts principal alone, at a dollar per
/// token, and takes interest off with repayments.) Interest and prices may carry debt above a ceiling; only new
/// borrowing is refused then.
interface IIsolation is IRiskRules {
    /// @notice An asset is isolated with a ceiling from now on; 0: not isolated.
    event IsolatedSet(address indexed asset, uint256 ceilingBase);

    /// @notice Whether debt of `asset` is allowed against isolated collateral.
    event BorrowableInIsolationSet(address indexed asset, bool allowed);

    /// @notice `user` borrows against this isolated collateral alone from now on; the zero address: no longer.
    event IsolationEntered(address indexed user, address indexed collateral);

    /// @notice The asset is not isolated.
    error NotIsolated(address asset);
    /// @notice The account borrows against this collateral alone already.
    error IsolationUnchanged(address collateral);
    /// @notice Debt of this asset is not allowed against isolated collateral.
    error NotBorrowableInIsolation(address asset);
    /// @notice All debt against the collateral would exceed its ceiling.
    error DebtCeilingExceeded(address collateral, uint256 debtBase, uint256 ceilingBase);

    /// @notice Isolates an asset with a ceiling of debt, in base units; 0: no longer isolated. Owner only.
    function setIsolated(address asset, uint256 ceilingBase) external;

    /// @notice Allows or refuses new debt of `asset` against isolated collateral. Owner only.
    function setBorrowableInIsolation(address asset, bool allowed) external;

    /// @notice Makes `collateral` the only one of the caller, or with the zero address leaves isolation. Debts must
    /// be allowed, the ceiling kept, and the health factor at least 1 afterwards.
    function enter(address collateral) external;

    /// @notice Books the debt of `user` as the pool has it. Callable by anybody; it changes nothing unless the
    /// pool changed while this rule was not listening.
    function sync(address user) external;

    /// @notice Most debt against an asset, in base units; 0: not isolated.
    function ceilingBase(address asset) external view returns (uint256);

    /// @notice Whether an asset may be borrowed against isolated collateral.
    function borrowableInIsolation(address asset) external view returns (bool);

    /// @notice The isolated collateral of an account; the zero address: none.
    function collateralOf(address user) external view returns (address);

    /// @notice Scaled debt of `asset` that is booked against `collateral`.
    function scaledDebtAgainst(address collateral, address asset) external view returns (uint256);

    /// @notice All debt against an isolated collateral with interest, at the last prices, in base units rounded up.
    function isolatedDebtBase(address collateral) external view returns (uint256);
}
