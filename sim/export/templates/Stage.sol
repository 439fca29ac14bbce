// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice The cheat codes of Foundry that the tests use.
interface Vm {
    function assertEq(uint256 left, uint256 right, string calldata what) external pure;
    function assertEq(int256 left, int256 right, string calldata what) external pure;
    function assertEq(address left, address right, string calldata what) external pure;
    function envOr(string calldata name, string calldata fallback_) external view returns (string memory);
    function expectEmit(address emitter) external;
    function expectRevert(bytes calldata data) external;
    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);
    function prank(address sender) external;
    function readFile(string calldata path) external view returns (string memory);
    function roll(uint256 number) external;
    function warp(uint256 timestamp) external;
}

Vm constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

/// @notice What all steps have in common.
abstract contract Stage {
    /// @dev The next steps happen in this block, at this time.
    function _at(uint256 number, uint256 timestamp) internal {
        vm.roll(number);
        vm.warp(timestamp);
    }

    /// @dev A contract has the address that everything after it counts on.
    function _made(address made, address expected, string memory role) internal pure {
        vm.assertEq(made, expected, role);
    }

    function _create(bytes memory code) internal returns (address made) {
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
    }

    function _is(uint256 found, uint256 expected, string memory what) internal pure {
        vm.assertEq(found, expected, what);
    }

    function _is(int256 found, int256 expected, string memory what) internal pure {
        vm.assertEq(found, expected, what);
    }
}
