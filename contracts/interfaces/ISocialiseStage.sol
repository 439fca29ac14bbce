// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPerpStage} from "./IPerpStage.sol";

/// @title ISocialiseStage
/// @notice A loss is shared by the accounts with an open position in the instrument, the maker's included: in
/// proportion to their profits on it at the mark, and what exceeds all profits in proportion to their initial margin
/// for it. Nobody pays more than the account is worth; accounts without a position never pay.
/// @dev The work grows with the number of positions in the instrument. An account that cannot be valued, since another
/// of its instruments has no price, pays nothing and freezes nobody.
interface ISocialiseStage is IPerpStage {
    /// @notice `sharedQuote` of `missingQuote` was shared by `accounts`.
    event LossShared(
        address indexed instrument,
        address indexed owner,
        uint256 missingQuote,
        uint256 sharedQuote,
        uint256 accounts
    );
}
