// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPerpCloseTerms} from "../interfaces/IPerpCloseTerms.sol";
import {PerpMarket} from "../perps/PerpMarket.sol";

/// @title OneSidedFunding
/// @notice Planted flaw: funding is settled on one side. Who pays, pays into the pot; who receives is credited
/// without anything being taken out of it, so that the market owes more than it holds.
/// @dev A class of finding in audits of perpetual markets (funding booked on one leg of a trade, or for one side of
/// open interest); no single incident is meant. Certain: that such findings exist. Not certain: losses by one.
contract OneSidedFunding is PerpMarket {
    constructor(
        address owner,
        address quoteToken_,
        IPerpCloseTerms terms_
    ) PerpMarket(owner, quoteToken_, terms_) {}

    function _bookFunding(Account storage account, int256 due) internal override {
        super._bookFunding(account, due);
        if (due < 0) _fundingPotQuote -= due;
    }
}
