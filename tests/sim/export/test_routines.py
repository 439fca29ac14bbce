"""Steps that repeat become routines; written out again, they are the steps."""

import re

from hypothesis import given
from hypothesis import strategies as st

from sim.export.routines import MAX_PARAMETERS, Routine, fold
from sim.export.solidity import Statement, leaf, plain

STEPS = st.lists(
    st.tuples(st.sampled_from(["mint", "supply", "borrow"]), st.sampled_from("ABC"), st.integers(1, 4)),
    max_size=40,
)


def statement(function: str, who: str, amount: int, single: bool = True) -> Statement:
    sender = leaf("address", "who", who)
    return Statement([f"vm.prank({sender});", f"M.{function}({leaf('uint256', 'amount', str(amount))});"], single)


def written_out(lines: list[list[str]], routines: list[Routine]) -> list[str]:
    """Lines with every call of a routine replaced by its body."""
    by_name = {one.name: one for one in routines}
    found: list[str] = []
    for step in lines:
        for line in step:
            call = re.fullmatch(r"(_\w+)\((.*)\);", line)
            if call is None:
                found.append(line)
                continue
            routine = by_name[call[1]]
            values = dict(zip([name for _, name in routine.parameters], call[2].split(", "), strict=True))
            found += [
                re.sub(r"\b\w+\b", lambda one, v=values: v.get(one[0], one[0]), text) for text in routine.body
            ]
    return found


@given(STEPS)
def test_folding_keeps_every_step(steps: list[tuple[str, str, int]]) -> None:
    statements = [statement(*step) for step in steps]
    lines, routines = fold(statements)
    expected = [plain(line) for one in statements for line in one.lines]
    assert written_out(lines, routines) == expected
    assert all(len(one.parameters) <= MAX_PARAMETERS for one in routines)
    assert len({one.name for one in routines}) == len(routines)


def test_a_stretch_that_repeats_is_one_routine_with_what_differs_as_parameters() -> None:
    steps = [one for who in "ABC" for one in (statement("mint", who, 5), statement("supply", who, ord(who)))]
    lines, routines = fold(steps)
    (routine,) = routines
    assert routine.name == "_mintSupply"
    assert routine.parameters == (("address", "who"), ("uint256", "amount"))
    assert lines == [["_mintSupply(A, 65);"], ["_mintSupply(B, 66);"], ["_mintSupply(C, 67);"]]
    assert "M.mint(5);" in routine.body


def test_steps_with_lines_of_their_own_are_not_folded() -> None:
    steps = [statement("mint", who, 5, single=False) for who in "ABCD"]
    lines, routines = fold(steps)
    assert not routines
    assert len(lines) == 4


def test_a_known_routine_is_used_again() -> None:
    steps = [statement("mint", who, 5) for who in "ABC"]
    _, known = fold(steps)
    lines, routines = fold([statement("mint", who, 5) for who in "CBA"], known)
    assert not routines
    assert lines[0] == [f"{known[0].name}(C);"]
