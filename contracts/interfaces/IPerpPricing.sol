// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IPerpPricing
/// @notice Gives the price of every trade on a perpetual market, and is the other side of it: the account
/// (this contract, slot 0) of the market holds the capital of its liquidity providers and takes what traders sell.
/// @dev Sizes are base with 18 decimals, prices quote per base with 8, quote amounts smallest units of the
/// market's quote token. Everything rounds against the trader. Stages of the market's waterfall may move the
/// maker's position without a trade, so that whoever needs the position reads it from the market. Where
/// `quoteLiquidation` reverts, the book has nothing to offer and the waterfall goes on.
interface IPerpPricing {
    /// @notice Only the market trades.
    error NotMarket(address caller);

    /// @notice Price of an infinitely small trade. Reverts where there is none.
    function midE8(address instrument) external view returns (uint256);

    /// @notice What `trade` would return now; reverts alike.
    function quoteTrade(address instrument, int256 sizeDeltaWad) external view returns (int256 quoteDelta);

    /// @notice Books a trade of `sizeDeltaWad`; above 0, the trader buys.
    /// @return quoteDelta What the trader gets for it: below 0 for a buy, and not below 0 for a sale.
    function trade(address instrument, int256 sizeDeltaWad) external returns (int256 quoteDelta);

    /// @notice What `tradeLiquidation` would return now; reverts alike.
    function quoteLiquidation(address instrument, int256 sizeDeltaWad) external view returns (int256 quoteDelta);

    /// @notice As `trade`, where a position is closed by force: a pricing may spare it impact.
    function tradeLiquidation(address instrument, int256 sizeDeltaWad) external returns (int256 quoteDelta);
}
