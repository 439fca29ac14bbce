// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ITestbedLens
/// @notice Read-only batches for observers, as flat arrays of words. No protocol calls it.
/// @dev Prices are the last reported ones whatever their age, as in `ReserveState.priceBase`: an observer sees
/// health where an action would revert for a stale price.
interface ITestbedLens {
    /// @notice Per user: health factor (wad), collateral and debt (base units), then supply per reserve, then
    /// debt per reserve, in the order of `reservesList` and in smallest units.
    /// @return words `users.length * (3 + 2 * reserves)` words.
    function accountWords(address pool, address[] calldata users) external view returns (uint256[] memory words);

    /// @notice Per reserve, in the order of `reservesList`: the eleven fields of `ReserveState`.
    function reserveWords(address pool) external view returns (uint256[] memory words);

    /// @notice Balance of every holder in every token: word `t * holders.length + h`.
    function balanceWords(
        address[] calldata tokens,
        address[] calldata holders
    ) external view returns (uint256[] memory words);

    /// @notice Sum of the holders' balances.
    function sumBalances(address token, address[] calldata holders) external view returns (uint256 sum);

    /// @notice Per constant-product pool: reserve of token 0, reserve of token 1, LP shares.
    function poolWords(address[] calldata pools) external view returns (uint256[] memory words);

    /// @notice Per feed: round, answer (as its two's complement), startedAt, updatedAt; zeros where it reverts.
    function feedWords(address[] calldata feeds) external view returns (uint256[] memory words);
}
