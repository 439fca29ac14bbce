"""Rule: a close holds at timestamp plus interval, bars are walked at quarters, and bad rows are refused."""

import hashlib
import os
from pathlib import Path

import pytest

from sim.errors import BadInput
from sim.market.paths import LogLinear
from sim.market.series import read_series

CLOSES = """timestamp_utc,price_usd
2020-03-12T00:00:00Z,100
2020-03-12T01:00:00Z,121
2020-03-12T02:00:00Z,110
"""


@pytest.fixture
def write(tmp_path):
    def to_file(text: str) -> Path:
        file = tmp_path / "series.csv"
        file.write_text(text)
        return file

    return to_file


def test_a_close_holds_at_the_end_of_its_interval_and_prices_between_are_log_linear(write):
    series = read_series(write(CLOSES))
    assert series.points == ((3_600, 100), (7_200, 121), (10_800, 110))
    path = LogLinear(series.points)
    assert [path.price_usd(t) for t in (0, 3_600, 7_200, 10_800, 99_999)] == [100, 100, 121, 110, 110]
    assert path.price_usd(5_400) == pytest.approx(110, rel=1e-14)


def test_a_bar_is_walked_open_low_high_close_at_its_quarters(write):
    rows = "timestamp_utc,price_usd,open_usd,high_usd,low_usd\n"
    rows += "2020-03-12T00:00:00Z,4,2,5,1\n2020-03-12T01:00:00Z,7,4,8,3\n"
    series = read_series(write(rows))
    assert series.points[:4] == ((900, 2), (1_800, 1), (2_700, 5), (3_600, 4))
    assert series.points[4:] == ((4_500, 4), (5_400, 3), (6_300, 8), (7_200, 7))


def test_a_gap_is_an_interval_above_one_and_a_half_medians(write):
    rows = CLOSES + "2020-03-12T03:30:00Z,90\n2020-03-12T04:30:00Z,95\n"
    file = write(rows + "2020-03-12T05:30:00Z,85\n2020-03-12T07:01:00Z,80\n")
    with pytest.raises(BadInput, match=r"gap of 5460 s after 2020-03-12T05:30:00Z, at most 1.5 times"):
        read_series(file)
    series = read_series(file, allow_gaps=True)
    assert series.gaps == ((19_800, 5_460),)
    closes = dict(series.points)
    assert closes[12_600] == 110, "up to 1.5 medians, the bar lasts until the next"
    assert closes[19_800 + 3_600] == 85, "before a gap, it lasts the median"


@pytest.mark.parametrize(
    "text,message",
    [
        ("", "column timestamp_utc is missing, found no header"),
        ("timestamp_utc,close\n", "column price_usd is missing, found timestamp_utc, close"),
        ("timestamp_utc,price_usd\n2020-03-12T00:00:00Z,1\n", "1 rows, at least 2 expected"),
        (CLOSES.replace("121", "nan"), r"line 3: price_usd is 'nan', a price above 0"),
        (CLOSES.replace("121", ""), "line 3: price_usd is '', a price above 0"),
        (CLOSES.replace("121", "-5"), "line 3: price_usd is '-5', a price above 0"),
        (CLOSES.replace("121", "inf"), "line 3: price_usd is 'inf', a price above 0"),
        (CLOSES.replace("121", "1e300"), "line 3: price_usd is '1e300', a price above 0"),
        (CLOSES.replace(",121", ""), "line 3: price_usd is None"),
        (CLOSES.replace("T01", "T00"), "line 3: timestamp_utc .* duplicates the row before"),
        (CLOSES.replace("T01", "T03"), "line 4: timestamp_utc .* is earlier than the row before"),
        (CLOSES.replace("2020-03-12T01:00:00Z", "noon"), "line 3: timestamp_utc is 'noon', ISO 8601"),
        (
            "timestamp_utc,price_usd,open_usd,high_usd,low_usd\n2020-03-12T00:00:00Z,4,2,3,1\n",
            "line 2: low_usd 1 and high_usd 3 must enclose open_usd 2 and price_usd 4",
        ),
    ],
)
def test_a_series_that_cannot_be_used_is_refused_in_one_line(write, text, message):
    with pytest.raises(BadInput, match=message) as raised:
        read_series(write(text))
    assert "\n" not in str(raised.value)


def test_a_missing_file_and_a_file_of_bytes_are_refused_in_one_line(tmp_path):
    with pytest.raises(BadInput, match="nowhere.csv: No such file"):
        read_series(tmp_path / "nowhere.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="not UTF-8 text"):
        read_series(tmp_path / "bytes.csv")


def test_a_file_that_changed_since_loading_is_refused(write):
    file = write(CLOSES)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert read_series(file, digest).points
    file.write_text(CLOSES.replace("121", "122"))
    with pytest.raises(BadInput, match="the scenario was made with"):
        read_series(file, digest)


def test_the_hourly_record_of_black_thursday_is_walked_through_its_low():
    folder = Path(os.environ.get("TAILSPIN_DATA", "../shared/data"))
    file = folder / "black_thursday_eth_1h_ethusd.csv"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    series = read_series(file)
    assert len(series.points) == 4 * 96 and not series.gaps
    assert series.points[-1][0] == 96 * 3_600
    assert min(price for _, price in series.points) == 86.62
