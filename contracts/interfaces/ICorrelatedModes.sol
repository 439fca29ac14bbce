// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IRiskRules} from "./IRiskRules.sol";

/// @notice Figures for assets whose prices move together.
/// @param ltvBps Share of the collateral's value that may be borrowed.
/// @param liquidationThresholdBps Share up to which debt is healthy.
/// @param liquidationBonusBps Collateral seized above par.
struct Category {
    uint16 ltvBps;
    uint16 liquidationThresholdBps;
    uint16 liquidationBonusBps;
}

/// @title ICorrelatedModes
/// @notice Modes for correlated assets (Aave's eMode): who has chosen a category borrows only its assets, and its
/// collateral in these weighs by the category's figures instead of the reserve's. Other collateral weighs as ever.
/// @dev A reserve with a liquidation threshold of 0 is no collateral in any mode. The owner may change a category
/// under the feet of those who chose it; a lower threshold is then an instant cut.
interface ICorrelatedModes is IRiskRules {
    /// @notice A category was set.
    event CategorySet(uint256 indexed id, Category category, address[] assets, bool allowToxic);

    /// @notice `user` is in the mode `id` from now on; 0: in none.
    event ModeChosen(address indexed user, uint256 indexed id);

    /// @notice No such category.
    error UnknownCategory(uint256 id);
    /// @notice LT * (1 + bonus), for the most that the pool's terms can pay, exceeds 1 and `allowToxic` was not
    /// given; both in units of 1e-8.
    error ToxicCategory(uint256 given, uint256 limit);
    /// @notice The account owes, or wants to borrow, an asset that is not in its mode.
    error DebtOutsideMode(address asset, uint256 id);
    /// @notice The account is in that mode already.
    error ModeUnchanged(uint256 id);

    /// @notice Sets the category `id`, not 0, and its assets, in place of what it was. Owner only.
    function setCategory(
        uint256 id,
        Category calldata category,
        address[] calldata assets,
        bool allowToxic
    ) external;

    /// @notice Puts the caller into the mode `id`, or with 0 into none. Its debts must all be in the category's
    /// assets, and its health factor at least 1 afterwards.
    function choose(uint256 id) external;

    /// @notice The mode that an account has chosen; 0: none.
    function modeOf(address user) external view returns (uint256);

    /// @notice Figures of a category.
    function category(uint256 id) external view returns (Category memory);

    /// @notice Whether an asset belongs to a category.
    function isInCategory(uint256 id, address asset) external view returns (bool);
}
