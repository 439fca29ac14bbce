// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Shares that an owner has asked to redeem.
/// @param shares How many are left of them; never more than the owner has.
/// @param fromTimestamp First second in which they may be redeemed.
/// @param untilTimestamp First second in which they may not be any more.
struct UnstakeRequest {
    uint256 shares;
    uint256 fromTimestamp;
    uint256 untilTimestamp;
}

/// @title IUnstakeCooldown
/// @notice An ERC-4626 vault that is left after a wait (Aave's Umbrella: 20 days, then 2 days to redeem): the owner
/// requests, waits `cooldownS`, and has `windowS` to redeem up to the requested shares. Until they are redeemed they
/// bear every loss.
/// @dev One request per owner; a new one replaces it. Requested shares that are sent away are struck from the request
/// and what is received is not in it, so that no set of accounts can pass shares to whichever of them may redeem.
/// `maxRedeem` and `maxWithdraw` are what may be redeemed now. A cooldown of 0: everything, at any time.
interface IUnstakeCooldown {
    /// @notice `owner` may redeem `shares` in the window. It falls by what is redeemed or sent away meanwhile.
    event UnstakeRequested(address indexed owner, uint256 shares, uint256 fromTimestamp, uint256 untilTimestamp);

    /// @notice More shares than the caller has.
    error UnstakeExceedsBalance(uint256 shares, uint256 balance);

    /// @notice The wait is longer than a year, or the window does not fit it: one without the other, or too long.
    error CooldownOutOfRange(uint256 cooldownS, uint256 windowS, uint256 limitS);

    /// @notice There is no wait, and so nothing to request.
    error NoCooldown();

    /// @notice Requests `shares` of the caller's; 0 takes back a request.
    function requestUnstake(uint256 shares) external;

    /// @notice Request of `owner`.
    function unstakeRequest(address owner) external view returns (UnstakeRequest memory);

    /// @notice Wait after a request, in seconds.
    function cooldownS() external view returns (uint256);

    /// @notice Time to redeem after the wait, in seconds.
    function windowS() external view returns (uint256);
}
