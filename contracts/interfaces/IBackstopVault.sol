// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IPerpStage} from "./IPerpStage.sol";
import {IUnstakeCooldown} from "./IUnstakeCooldown.sol";
import {Shortfall} from "./IWaterfallStage.sol";

/// @notice Terms of a vault for an instrument.
/// @param capQuote Most notional that it takes on, at the mark; 0: it takes nothing.
/// @param sliceQuote Notional that it gives back at a time.
/// @param intervalS Least time between two slices, in seconds.
/// @param slippageBps Most that a slice loses against the mark.
struct VaultTerms {
    uint128 capQuote;
    uint128 sliceQuote;
    uint32 intervalS;
    uint16 slippageBps;
}

/// @title IBackstopVault
/// @notice An ERC-4626 vault of the quote token that takes over positions which the book does not close, at the
/// bankruptcy price, and gives them back against the pricing in slices. A share is worth its part of the equity of
/// the vault's account at the mark.
///
/// It takes what its caps allow, per instrument and in total, and what its margin allows: an account of its own that
/// has to meet initial margin after it has taken a position, with profits of what it takes not counted. Like anybody's,
/// it is liquidated when it falls below maintenance margin, and the rest of the waterfall then acts on it: capital of
/// the vault is all that its depositors can lose.
///
/// A vault with a `home` is a sibling that shares collateral: it takes no positions, its depositors' money is in the
/// account of its home. Their money keeps that account above maintenance margin while losses grow, so that stages
/// after it, deleveraging among them, are never reached (Hyperliquid, JELLY, March 2025). Without a home, collateral
/// is separate, and that is the repair.
///
/// @dev Tokens are in the vault's account at the market (slot 0), none in the vault; donations to the account belong
/// to the depositors. `maxWithdraw` and `maxRedeem` are what the cooldown and the account's margin let go now, and 0
/// while withdrawals of the market wait. Deposits are closed once a share is worth less than a millionth of
/// what the first ones were: those that a deposit makes would soon be too many to be counted.
interface IBackstopVault is IUnstakeCooldown, IERC4626, IPerpStage {
    /// @notice Terms of an instrument were set.
    event TermsSet(address indexed instrument, VaultTerms terms);

    /// @notice The vault took over part of a position.
    event PositionTaken(
        address indexed instrument,
        address indexed owner,
        int256 askedWad,
        int256 takenWad,
        uint256 priceE8,
        uint256 markE8
    );

    /// @notice A slice was given back against the pricing.
    event Unwound(address indexed instrument, address indexed caller, int256 sizeDeltaWad, int256 quoteDelta);

    /// @notice A parameter lies outside of its bounds.
    error VaultParameterOutOfRange(bytes32 parameter, uint256 given, uint256 limit);

    /// @notice The next slice may be given back from `fromTimestamp` on.
    error SliceTooEarly(uint256 fromTimestamp);

    /// @notice The vault has no position in the instrument.
    error NothingToUnwind(address instrument);

    /// @notice The home settles in another market, or shares collateral itself.
    error WrongHome(address home);

    /// @notice Sets the terms of an instrument.
    function setTerms(address instrument, VaultTerms calldata terms) external;

    /// @notice Gives back the next slice of a position. Anybody may call it.
    function unwind(address instrument) external returns (int256 sizeDeltaWad, int256 quoteDelta);

    /// @notice What the vault would take over now, without sign. Reverts where a price is missing.
    function takeableWad(Shortfall calldata shortfall) external view returns (uint256);

    /// @notice Trade that `unwind` would make now; 0 while it is too early or there is nothing.
    function nextSliceWad(address instrument) external view returns (int256 sizeDeltaWad);

    /// @notice Vault in whose account the capital is; zero: this one has its own.
    function home() external view returns (IBackstopVault);

    /// @notice Most notional of all positions together, at the mark.
    function totalCapQuote() external view returns (uint256);

    /// @notice Terms of an instrument.
    function terms(address instrument) external view returns (VaultTerms memory);
}
