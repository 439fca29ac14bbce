// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";

/// @title IInsuranceFund
/// @notice An ERC-4626 vault whose stakers cover deficits of registered protocols, each up to a cap.
/// @dev Assets are counted inside: tokens sent to the fund directly belong to nobody and move no share
/// price. A draw lowers the share price for all stakers alike. Rounding is ERC-4626's, against the caller.
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

    /// @notice Registration of `protocol`, its lifetime cap and what it has drawn, in smallest units.
    function protocolDraws(
        address protocol
    ) external view returns (bool registered, uint256 capAssets, uint256 drawnAssets);
}
