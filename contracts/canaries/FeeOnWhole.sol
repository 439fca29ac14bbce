// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBonusRule} from "../interfaces/IBonusRule.sol";
import {ReserveCloseFactor} from "../lending/terms/ReserveCloseFactor.sol";

/// @title FeeOnWhole
/// @notice A planted flaw: the protocol's fee, meant as a share of the bonus, is taken of everything seized, so that
/// liquidators pay more than they get.
/// @dev The two bases are those of real protocols: a share of the bonus (Aave v3, 10 % and more), and 2.8 % of all
/// that is seized (Compound v2). A figure of one used with the base of the other is a kind of finding that audits of
/// forks report (second-hand; no single incident is meant).
contract FeeOnWhole is ReserveCloseFactor {
    constructor(IBonusRule bonusRule_, bool, Params memory params) ReserveCloseFactor(bonusRule_, true, params) {}
}
