"""A finding in at most ten lines of at most 110 characters, whatever is in it."""

from typing import get_args

import pytest

from sim.report.finding import MAX_LINES, WIDTH, finding_lines, step_words
from sim.search.finding import Differences, OutcomeRecord, TippingRecord
from sim.search.history import Shock, Step, Wait, history_from_json, line
from tests.sim.search.test_corpus import finding  # noqa: F401 - a fixture
from tests.sim.search.worlds import BONUS, DELAY, DEPTH, KIND, THRESHOLD

VALUES = {
    "asset": "WETH",
    "change_bps": -450,
    "blocks": 3,
    "fee_gwei": 80,
    "venue": "pool",
    "share_bps": 2_500,
    "account": 0,
    "collateral_tokens": 20,
    "health_bps": 10_800,
    "borrower": "borrowers/1",
    "lag_blocks": 2,
    "kind": "perp_keeper",
    "instrument": "ETH-PERP",
    "side": "long",
    "notional_tokens": 50_000,
    "leverage": 10,
    "trader": "traders/1",
    "how": "add",
    "margin_bps": 10_500,
}
STEPS = get_args(get_args(Step)[0])


def test_ten_lines_say_what_fails_why_and_where_it_tips(finding):  # noqa: F811
    tipping = (TippingRecord(path=THRESHOLD, holds=9_200, fails=9_300),)
    lines = finding_lines(finding.model_copy(update={"tipping": tipping}), "findings/x.json")
    assert lines[0].startswith("small fails. Bad debt 1,805 USD, realised 1,805 USD")
    assert lines[1].startswith("The base is safe. It takes 2 changes of its design (in brackets: what holds")
    assert f"  {THRESHOLD}: 8,300 → 9,300 (9,200)" in lines
    assert f"  {DELAY}: 1 → 2" in lines
    assert any("WETH falls 8 %; WETH falls 8 %; WETH falls 5 %; 5 blocks pass." in one for one in lines)
    assert lines[-1] == "Again: tailspin replay findings/x.json"


def test_whatever_is_in_it_fits(finding):  # noqa: F811
    design = {THRESHOLD: 9_400, DELAY: 6, BONUS: 100, KIND: "pool_spot", "gone.for_good" + "x" * 200: 1}
    history = tuple(step for _ in range(40) for step in (Shock(asset="WETH", change_bps=-25), Wait(blocks=1)))
    large = finding.model_copy(
        update={"minimal": Differences(design=design, environment={DEPTH: 1.5} | {f"x{i}": i for i in range(30)})}
        | {"history": history}
    )
    lines = finding_lines(large, "findings/x.json")
    assert len(lines) <= MAX_LINES
    assert max(map(len, lines)) <= WIDTH
    assert lines[-1].startswith("Again: ")


def test_a_bound_is_told_as_such(finding):  # noqa: F811
    details = {"metric": "amplification", "value": 2.5, "bound": "amplification>2"}
    outcome = OutcomeRecord(kind="objective", details=details)
    lines = finding_lines(finding.model_copy(update={"outcome": outcome, "objective": "amplification>2"}))
    assert lines[0] == "small: amplification comes to 2.5 (amplification>2)."


@pytest.mark.parametrize("kind", STEPS, ids=lambda kind: kind.model_fields["action"].default)
def test_every_step_has_words(kind):
    fields = {name: VALUES[name] for name in kind.model_fields if name != "action"}
    (step,) = history_from_json([{"action": kind.model_fields["action"].default, **fields}])
    assert step_words(step) != line(step)
    assert step_words(step.model_copy(update={"blocks": 1})).count("1 blocks") == 0
