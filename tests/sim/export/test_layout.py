"""Statements of Solidity in lines that fit."""

from hypothesis import given
from hypothesis import strategies as st

from sim.export.layout import WIDTH, wrap

WORDS = st.text("abcdefgh", min_size=1, max_size=12)
EXPRESSIONS = st.recursive(
    WORDS,
    lambda inner: st.builds(
        lambda name, parts, signs: f"{name}{signs[0]}{', '.join(parts)}{signs[1]}",
        WORDS,
        st.lists(inner, min_size=1, max_size=8),
        st.sampled_from(["()", "[]", ("({", "})")]),
    ),
    max_leaves=40,
)


@given(EXPRESSIONS, st.integers(0, 16))
def test_wrapping_changes_nothing_but_space(expression: str, indent: int) -> None:
    lines = list(wrap(f"{expression};", indent))
    assert "".join("".join(lines).split()) == "".join(f"{expression};".split())


def test_a_line_that_fits_stays() -> None:
    assert list(wrap("a.b(c, d);", 8)) == ["a.b(c, d);"]


def test_a_struct_has_a_line_for_each_field() -> None:
    fields = [f"field{i}: {10**i}" for i in range(12)]
    lines = list(wrap(f"M.set(address(WETH), Config({{{', '.join(fields)}}}), false);", 8))
    assert lines[0] == "M.set("
    assert lines[-1] == ");"
    assert f"        {fields[3]}," in lines
    assert all(len(line) + 8 <= WIDTH for line in lines)


def test_brackets_and_commas_in_text_are_left_alone() -> None:
    text = "a, (b" * 30
    assert list(wrap(f'f("{text}", c);', 0)) == ["f(", f'    "{text}",', "    c", ");"]
