// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";

/// @title IInsuranceFund
/// @notice An ERC-4626 vault whose stakers cover deficits of registered protocols, each up to a cap.
/// @dev Assets are counted inside: tokens sent to the fund directly belong to nobody and move no share
/// price. A draw lowers the share price for all stakers alike, a contribution raises it. Rounding is ERC-4626's,
/// against the caller. What is deposited after a draw of everything belongs to those who deposit it: shares grow by
/// as many times as assets are deposited, so that a fund emptied and filled again some five times takes no more
/// deposits.
interface IInsuranceFund is IERC4626 {
    /// @notice A protocol was registered, or its cap changed.
    /// @param capAssets Most that it may draw in its lifetime, in smallest units.
    event ProtocolSet(address indexed protocol, uint256 capAssets);

    /// @notice A protocol drew on the fund.
    /// @param requested Deficit that it reported.
    /// @param drawn Assets sent: min(requested, what is left of the cap, `assetsBefore`).
    /// @param capLeft What it may still draw.
    /// @param assetsBefore Assets of the fund before the draw.
    event DeficitDrawn(
        address indexed protocol,
        uint256 requested,
        uint256 drawn,
        uint256 capLeft,
        uint256 assetsBefore
    );

    /// @notice `payer` gave `assets` to the stakers: a protocol's fees for being insured.
    event Contributed(address indexed payer, uint256 assets);

    /// @notice There is nobody to contribute to.
    error NoStakers();

    /// @notice Only a registered protocol may draw.
    error NotProtocol(address caller);

    /// @notice The fund holds another asset than the one asked for.
    error AssetMismatch(address asked, address held);

    /// @notice Registers `protocol` or changes its cap. A cap below what was drawn stops further draws.
    /// @dev There is no way to unregister: a cap of 0 stops draws without making the protocol's calls revert.
    function setProtocol(address protocol, uint256 capAssets) external;

    /// @notice Sends the caller what the fund may give towards a deficit.
    /// @dev Never reverts for being short: it gives less, down to nothing.
    /// @param asset Must be the fund's asset.
    /// @param amount Deficit in smallest units.
    /// @return drawn Assets sent to the caller.
    function coverDeficit(address asset, uint256 amount) external returns (uint256 drawn);

    /// @notice Takes `assets` from the caller and raises the share price. Refused while nobody has shares, since it
    /// would take from the next depositor.
    function contribute(uint256 assets) external;

    /// @notice Registration of `protocol`, its lifetime cap and what it has drawn, in smallest units.
    function protocolDraws(
        address protocol
    ) external view returns (bool registered, uint256 capAssets, uint256 drawnAssets);
}
