// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";

/// @title HostileFeed
/// @notice Answers as another feed does, unless it is told to call someone when it is read, to fail with a megabyte,
/// to return one, or to burn all its gas. For tests of markets.
contract HostileFeed {
    using Address for address;

    enum Mode {
        Honest,
        Calls,
        FailsBig,
        ReturnsBig,
        BurnsGas
    }

    uint256 private constant BIG = 1 << 20;
    uint256 private constant CALL_GAS = 1_000_000;

    IAggregatorV3 public immutable inner;
    Mode public mode;
    address private _target;
    bytes private _attempt;

    /// @notice What the feed called did not fail.
    error Reentered();

    constructor(IAggregatorV3 inner_) {
        inner = inner_;
    }

    /// @notice Sets what happens when it is read.
    function setMode(Mode mode_, address target, bytes calldata attempt) external {
        (mode, _target, _attempt) = (mode_, target, attempt);
    }

    // solhint-disable-next-line no-complex-fallback
    fallback(bytes calldata question) external returns (bytes memory) {
        bytes memory answer = address(inner).functionStaticCall(question);
        if (msg.sig != IAggregatorV3.latestRoundData.selector) return answer;
        if (mode == Mode.Calls) {
            // solhint-disable-next-line avoid-low-level-calls
            (bool ok, ) = _target.staticcall{gas: CALL_GAS}(_attempt);
            if (ok) revert Reentered();
        } else if (mode == Mode.FailsBig) {
            assembly ("memory-safe") {
                revert(0, BIG)
            }
        } else if (mode == Mode.ReturnsBig) {
            assembly ("memory-safe") {
                return(add(answer, 32), BIG)
            }
        } else if (mode == Mode.BurnsGas) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        return answer;
    }
}
