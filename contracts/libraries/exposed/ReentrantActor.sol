// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title ReentrantActor
/// @notice An account that does what its owner says, and that, whenever anyone calls it, tries what it was armed
/// with and notes what came of it. It can stand for a token's holder, a flash borrower, the taker in an auction, an
/// insurance fund or any other contract that a market calls. For tests of markets.
contract ReentrantActor is Ownable {
    using Address for address;

    address private _target;
    bytes private _attempt;
    /// @dev Given to whoever calls a function, by selector; 32 zero bytes by default.
    mapping(bytes4 selector => bytes) private _answers;

    /// @notice How often it was called and tried.
    uint256 public attempts;
    /// @notice How many of them succeeded.
    uint256 public successes;
    /// @notice What the last one returned or failed with.
    bytes public outcome;

    constructor(address owner_) Ownable(owner_) {}

    /// @notice Does anything, in its own name.
    function act(address target, bytes calldata data) external onlyOwner {
        target.functionCall(data);
    }

    /// @notice Sets what is tried when it is called; the zero address: nothing.
    function arm(address target, bytes calldata attempt) external onlyOwner {
        (_target, _attempt) = (target, attempt);
        (attempts, successes, outcome) = (0, 0, "");
    }

    /// @notice Sets what a function of this contract returns.
    function setAnswer(bytes4 selector, bytes calldata answer) external onlyOwner {
        _answers[selector] = answer;
    }

    // solhint-disable-next-line no-complex-fallback
    fallback(bytes calldata) external returns (bytes memory answer) {
        answer = _answers[msg.sig];
        if (answer.length == 0) answer = new bytes(32);
        address target = _target;
        if (target == address(0)) return answer;
        _target = address(0);
        // solhint-disable-next-line avoid-low-level-calls
        (bool ok, bytes memory result) = target.call(_attempt);
        (attempts, outcome) = (attempts + 1, result);
        if (ok) ++successes;
        _target = target;
    }
}
