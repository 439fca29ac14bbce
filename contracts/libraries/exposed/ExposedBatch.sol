// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ExposedBatch
/// @notice Asks one function of a contract many times in one call, so that tests hold it against its mirror on
/// thousands of inputs. Arguments and results must be of static types. No protocol calls it.
contract ExposedBatch {
    /// @notice Results, one after the other, of `target.selector` on each run of `argumentBytes` of `data`.
    /// @dev Fails with the error of the first input that fails.
    function ask(
        address target,
        bytes4 selector,
        uint256 argumentBytes,
        bytes calldata data
    ) external view returns (bytes memory results) {
        uint256 count = data.length / argumentBytes;
        bytes[] memory answers = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            bytes calldata arguments = data[i * argumentBytes:(i + 1) * argumentBytes];
            // solhint-disable-next-line avoid-low-level-calls
            (bool ok, bytes memory answer) = target.staticcall(bytes.concat(selector, arguments));
            if (!ok) {
                assembly ("memory-safe") {
                    revert(add(answer, 32), mload(answer))
                }
            }
            answers[i] = answer;
        }
        uint256 size = count == 0 ? 0 : answers[0].length;
        results = new bytes(count * size);
        for (uint256 i = 0; i < count; ++i) {
            bytes memory answer = answers[i];
            assembly ("memory-safe") {
                mcopy(add(add(results, 32), mul(i, size)), add(answer, 32), size)
            }
        }
    }
}
