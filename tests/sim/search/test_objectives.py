"""Any metric with a bound is an aim like an outcome, and any metric can be climbed."""

import pytest

from sim.errors import BadInput
from sim.metrics.outcomes import Outcome
from sim.search import search as search_module
from sim.search.finding import load_finding
from sim.search.history import Shock, Wait
from sim.search.objectives import KINDS, OBJECTIVE, Bound, checked_aims, parse_bound
from sim.search.replay import replay
from sim.search.safety import try_draw
from sim.search.search import search
from tests.sim.search.worlds import DELAY, THRESHOLD, searchable, small_stage

STORM = (*(Shock(asset="WETH", change_bps=change) for change in (-800, -800, -500)), Wait(blocks=5))
FAILING = {THRESHOLD: 9_400, DELAY: 6}
METRICS = ("bad_debt_usd", "amplification", "waves")


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("bad_debt_usd>1e6", Bound("bad_debt_usd", ">", 1e6)),
        (" waves >= 2 ", Bound("waves", ">=", 2.0)),
        ("lowest_health<1_0.5", Bound("lowest_health", "<", 10.5)),
        ("x<=-3", Bound("x", "<=", -3.0)),
    ],
)
def test_a_bound_is_a_metric_a_comparison_and_a_number(text, bound):
    assert parse_bound(text) == bound
    assert parse_bound(bound.text) == bound


def test_equal_bounds_are_equal_texts():
    assert checked_aims(["bad_debt_usd > 1e6", "bad_debt_usd>1000000", "cascade"], METRICS) == (
        "bad_debt_usd>1000000",
        "cascade",
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("bad_det_usd>1", "metric 'bad_det_usd' is unknown, nearest is 'bad_debt_usd'"),
        ("bad_debt_usd", "metric 'bad_debt_usd' has no bound, bad_debt_usd>NUMBER expected"),
        ("bad_debt_usd>much", "is no bound, METRIC>NUMBER expected"),
        ("bad_debt_usd>nan", "is no bound"),
        ("bad_debt_usd>1e999", "is no bound"),
        (">3", "is no bound"),
        ("a>1>2", "is no bound"),
        ("cascde", "outcome is 'cascde', one of cascade, .* nearest is 'cascade'"),
    ],
)
def test_what_is_no_aim_is_one_line_with_the_nearest(text, complaint):
    with pytest.raises(BadInput, match=complaint) as caught:
        checked_aims([text], METRICS)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("sense", [">", ">=", "<", "<="])
@pytest.mark.parametrize("value", [-2, 0.0, 1.5, 7])
def test_the_side_of_the_limit_decides(sense, value):
    expected = {">": value > 1.5, ">=": value >= 1.5, "<": value < 1.5, "<=": value <= 1.5}[sense]
    assert Bound("waves", sense, 1.5).reached({"waves": value}) == expected


@pytest.mark.parametrize("value", [None, float("inf"), float("nan")])
def test_a_metric_that_is_not_defined_reaches_nothing_and_is_farthest(value):
    bound = Bound("amplification", ">", -1e9)
    assert not bound.reached({"amplification": value})
    assert bound.closeness({"amplification": value}) < bound.closeness({"amplification": -1e9})
    fall = Bound("amplification", "<", 3.0)
    assert fall.closeness({"amplification": value}) < fall.closeness({"amplification": 1e9})


def test_a_bound_is_an_outcome_of_the_episode_that_crosses_it():
    played = small_stage().play(FAILING, STORM)
    lost = played.assessment.metrics["bad_debt_usd"]
    assert lost > 100
    found = played.outcome("bad_debt_usd>100")
    assert found == Outcome(OBJECTIVE, {"metric": "bad_debt_usd", "value": lost, "bound": "bad_debt_usd>100"})
    assert played.outcome("bad_debt_usd>1e12") is None
    assert played.assessment.how_close("bad_debt_usd>1e12") == played.assessment.how_close("bad_debt_usd") == lost
    assert set(KINDS) >= {one.kind for one in played.assessment.outcomes}


def test_a_base_that_reaches_the_bound_is_not_safe():
    assert try_draw(small_stage(), 0, ("liquidations>=0",)).kinds == ("liquidations>=0",)
    assert try_draw(small_stage(), 0, ("liquidations>1e6",)) is None


@pytest.fixture
def without_proof(monkeypatch):
    monkeypatch.setattr(search_module, "require_safe", lambda *_, **__: 0)


def test_a_search_for_a_bound_stores_a_finding_that_replays(tmp_path, without_proof):
    result = search(searchable(), ["bad_debt_usd>500"], examples=64, out=tmp_path, max_replays=10, first=True)
    assert result.found and result.outcome == OBJECTIVE
    assert result.ends["bad_debt_usd>500"] >= 1
    finding = load_finding(result.finding)
    assert finding.aim == "bad_debt_usd>500"
    assert finding.outcome.details["value"] > 500
    (again,) = replay(result.finding)
    assert (again.verdict, again.details) == ("still_fails", finding.outcome.details)


def test_a_climb_stores_the_best_history_and_later_only_a_better_one(tmp_path):
    given = {"maximize": ["borrower_loss_usd"], "out": tmp_path, "max_replays": 10}
    result = search(searchable(), examples=64, **given)
    best = result.best["borrower_loss_usd"]
    assert best.finding in result.findings
    assert best.base is None or best.value > best.base
    finding = load_finding(best.finding)
    assert finding.aim.startswith("borrower_loss_usd>=")
    assert finding.outcome.details["value"] == best.value
    again = search(searchable(), examples=8, **given)
    assert again.best["borrower_loss_usd"].value >= best.value
    assert again.replayed[0].verdict == "still_fails"
    shown = result.as_dict()["best"]["borrower_loss_usd"]
    assert shown == {"value": best.value, "base": best.base, "finding": str(best.finding)}


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"maximize": ["amplificaton"]}, "maximize: metric 'amplificaton' is unknown, nearest is 'amplification'"),
        ({"outcomes": ["bad_det_usd>1"]}, "nearest is 'bad_debt_usd'"),
        ({"maximize": ["waves"], "first": True}, "first: given without an outcome"),
    ],
)
def test_what_cannot_be_aimed_at_is_refused_before_anything_is_played(given, complaint, tmp_path):
    with pytest.raises(BadInput, match=complaint):
        search(searchable(), out=tmp_path, **given)
    assert list(tmp_path.iterdir()) == []
