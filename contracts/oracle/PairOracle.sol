// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";
import {IPairOracle} from "../interfaces/IPairOracle.sol";

/// @title PairOracle
/// @notice See `IPairOracle`: the quotient of two feeds.
contract PairOracle is IPairOracle {
    uint256 private constant PRICE_DECIMALS = 36;
    uint8 private constant BASE_DECIMALS = 8;
    /// @dev 10 to a higher power does not fit in 256 bits.
    int256 private constant MAX_EXPONENT = 77;

    /// @inheritdoc IPairOracle
    IAggregatorV3 public immutable collateralFeed;
    /// @inheritdoc IPairOracle
    IAggregatorV3 public immutable loanFeed;
    /// @inheritdoc IPairOracle
    uint256 public immutable maxCollateralAgeS;
    /// @inheritdoc IPairOracle
    uint256 public immutable maxLoanAgeS;

    uint8 private immutable _collateralFeedDecimals;
    uint8 private immutable _loanFeedDecimals;
    uint256 private immutable _scale;

    /// @param collateralFeed_ Collateral in US dollars.
    /// @param collateralDecimals Decimals of the collateral token.
    /// @param loanFeed_ Loan asset in US dollars.
    /// @param loanDecimals Decimals of the loan token.
    /// @param maxCollateralAgeS_ Oldest collateral price that is accepted; 0: unchecked.
    /// @param maxLoanAgeS_ Oldest loan price that is accepted; 0: unchecked.
    constructor(
        IAggregatorV3 collateralFeed_,
        uint8 collateralDecimals,
        IAggregatorV3 loanFeed_,
        uint8 loanDecimals,
        uint256 maxCollateralAgeS_,
        uint256 maxLoanAgeS_
    ) {
        collateralFeed = collateralFeed_;
        loanFeed = loanFeed_;
        maxCollateralAgeS = maxCollateralAgeS_;
        maxLoanAgeS = maxLoanAgeS_;
        _collateralFeedDecimals = collateralFeed_.decimals();
        _loanFeedDecimals = loanFeed_.decimals();
        uint256 plus = PRICE_DECIMALS + loanDecimals + _loanFeedDecimals;
        int256 exponent = int256(plus) - int256(uint256(collateralDecimals) + _collateralFeedDecimals);
        if (exponent < 0 || exponent > MAX_EXPONENT) revert ScaleOutOfRange(exponent);
        _scale = 10 ** uint256(exponent);
    }

    /// @inheritdoc IPairOracle
    function price() external view returns (uint256 priceDown) {
        uint256 collateral = _answer(collateralFeed, maxCollateralAgeS);
        uint256 loan = _answer(loanFeed, maxLoanAgeS);
        priceDown = Math.mulDiv(collateral, _scale, loan);
        if (priceDown == 0) revert InvalidPrice(address(collateralFeed), int256(collateral));
    }

    /// @inheritdoc IPairOracle
    function basePrices()
        external
        view
        returns (uint256 collateralBase, uint256 collateralUpdatedAt, uint256 loanBase, uint256 loanUpdatedAt)
    {
        (collateralBase, collateralUpdatedAt) = _lastBase(collateralFeed, _collateralFeedDecimals);
        (loanBase, loanUpdatedAt) = _lastBase(loanFeed, _loanFeedDecimals);
    }

    function _answer(IAggregatorV3 feed, uint256 maxAgeS) private view returns (uint256) {
        (, int256 answer, , uint256 updatedAt, ) = feed.latestRoundData();
        if (maxAgeS != 0 && block.timestamp > updatedAt + maxAgeS) {
            revert StalePrice(block.timestamp - updatedAt, maxAgeS);
        }
        if (answer <= 0) revert InvalidPrice(address(feed), answer);
        return uint256(answer);
    }

    function _lastBase(IAggregatorV3 feed, uint8 decimals) private view returns (uint256, uint256) {
        try feed.latestRoundData() returns (uint80, int256 answer, uint256, uint256 updatedAt, uint80) {
            if (answer <= 0) return (0, updatedAt);
            return
                decimals <= BASE_DECIMALS
                    ? (uint256(answer) * 10 ** (BASE_DECIMALS - decimals), updatedAt)
                    : (uint256(answer) / 10 ** (decimals - BASE_DECIMALS), updatedAt);
        } catch {
            return (0, 0);
        }
    }
}
