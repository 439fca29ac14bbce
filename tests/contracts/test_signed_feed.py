"""The pull feed: whose signatures count, which times and prices are accepted, and what a round is made of."""

from __future__ import annotations

import pytest
from eth_account.messages import encode_typed_data
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import DeployReverted
from sim.protocols.price_report import PriceReport
from sim.reference.feeds import margin_up
from sim.units import BPS, E8
from tests.deployed import Deployed
from tests.feeds import INT128_MAX, INT256_MIN, Source
from tests.lending import DONOR, OWNER, START_S

SIGNERS = tuple(range(40, 45))
MAX_AGE_S, MAX_AHEAD_S, MAX_CONFIDENCE_BPS, THRESHOLD = 180, 60, 100, 3
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def params(**changes: object) -> tuple[object, ...]:
    """Return the parameters in the contract's order."""
    accepted = {
        "age": MAX_AGE_S,
        "ahead": MAX_AHEAD_S,
        "confidence": MAX_CONFIDENCE_BPS,
        "threshold": THRESHOLD,
        "increasing": True,
    }
    return tuple((accepted | changes).values())


def deploy_feed(chain, deploy, signers=SIGNERS, **changes) -> Deployed:
    addresses = [ACCOUNTS.address(index) for index in signers]
    return deploy(chain, "SignedFeed", 8, "WETH / USD", addresses, params(**changes))


@pytest.fixture
def feed(revm, deploy) -> Deployed:
    """Three of five signers, RedStone's ages."""
    revm.begin(START_S)
    return deploy_feed(revm, deploy)


def signed(feed: Deployed, reports: list[PriceReport], signers=SIGNERS) -> tuple[list, list]:
    """Return reports as the contract takes them, and the signatures of as many signers."""
    pairs = list(zip(reports, signers, strict=False))
    return [report.words() for report, _ in pairs], [
        ACCOUNTS.sign(signer, report.digest(feed.address)) for report, signer in pairs
    ]


def same(feed: Deployed, price: int = 2_000 * E8, age_s: int = 0, confidence: int = E8, count: int = 3) -> list:
    """Return as many reports of the same content."""
    return [PriceReport(price, confidence, feed.chain.timestamp_s - age_s)] * count


def submit(feed: Deployed, *args, **kwargs) -> list:
    return feed.send(DONOR, "submit", *signed(feed, same(feed, *args, **kwargs)))


def error(feed: Deployed, *args, **kwargs) -> str:
    return feed.send_error(DONOR, "submit", *signed(feed, same(feed, *args, **kwargs)))


class TestRounds:
    def test_anybody_submits_and_everybody_reads(self, feed):
        names = ("decimals", "description", "version", "latestRoundId", "lastPublishTime", "params", "signers")
        addresses = [ACCOUNTS.address(index) for index in SIGNERS]
        assert [feed.read(name) for name in names] == [8, "WETH / USD", 1, 0, 0, params(), addresses]
        (event,) = submit(feed, age_s=30)
        assert event == (
            "RoundSubmitted",
            {
                "roundId": 1,
                "submitter": DONOR,
                "answer": 2_000 * E8,
                "confidence": E8,
                "publishTime": START_S - 30,
                "signers": 3,
            },
        )
        assert feed.read("latestRoundData") == (1, 2_000 * E8, START_S - 30, START_S - 30, 1)
        assert feed.read("getRoundData", 1) == feed.read("latestRoundData")
        assert feed.read("confidence") == E8

    def test_without_rounds_there_is_nothing_to_read(self, feed):
        assert feed.read_error("latestRoundData") == "NoRound()"
        assert feed.read_error("confidence") == "NoRound()"
        assert feed.read_error("getRoundData", 0) == "RoundNotFound(0, 0)"
        assert feed.read_error("getRoundData", 1) == "RoundNotFound(1, 0)"

    def test_answer_and_confidence_are_medians(self, feed):
        said = [(2_010, 3), (1_990, 1), (2_000, 2), (5_000, 9)]
        reports = [PriceReport(price * E8, c * E8, START_S) for price, c in said]
        feed.send(DONOR, "submit", *signed(feed, reports[:3]))
        assert (feed.read("latestRoundData")[1], feed.read("confidence")) == (2_000 * E8, 2 * E8)
        feed.chain.begin(START_S + 1)
        later = [PriceReport(report.price, report.confidence, START_S + 1) for report in reports]
        feed.send(DONOR, "submit", *signed(feed, later))
        assert (feed.read("latestRoundData")[1], feed.read("confidence")) == (2_005 * E8, 5 * E8 // 2)

    @given(
        rounds=st.lists(
            st.tuples(
                st.lists(st.tuples(st.integers(1, INT128_MAX), st.integers(0, BPS)), min_size=3, max_size=5),
                st.integers(0, MAX_AGE_S + 20),
                st.integers(1, 300),
            ),
            max_size=5,
        )
    )
    def test_a_round_is_within_what_was_signed_and_never_older_than_accepted(self, feed, rounds):
        chain = feed.chain
        before = chain.snapshot()
        last_s, count = 0, 0
        for said, age_s, wait_s in rounds:
            chain.begin(chain.timestamp_s + wait_s)
            now_s = chain.timestamp_s
            published_s = now_s - age_s
            reports = [PriceReport(p, p * MAX_CONFIDENCE_BPS // BPS * c // BPS, published_s) for p, c in said]
            done = feed.try_send(DONOR, "submit", *signed(feed, reports)).ok
            assert done == (age_s <= MAX_AGE_S and published_s > last_s)
            if done:
                last_s, count = published_s, count + 1
                _, answer, started_at_s, updated_at_s, round_id = feed.read("latestRoundData")
                prices = sorted(p for p, _ in said)
                assert prices[1] <= answer <= prices[-2]
                assert (started_at_s, updated_at_s, round_id) == (published_s, published_s, count)
                confidences = sorted(report.confidence for report in reports)
                assert confidences[1] <= feed.read("confidence") <= confidences[-2]
        chain.revert(before)


class TestSignatures:
    def test_digest_is_eip_712(self, feed):
        report = PriceReport(2_000 * E8, E8, START_S)
        fields = [("price", "int256"), ("confidence", "uint256"), ("publishTime", "uint64")]
        message = encode_typed_data(
            domain_data={"name": "Tailspin pull feed", "version": "1", "verifyingContract": feed.address},
            message_types={"PriceReport": [{"name": name, "type": kind} for name, kind in fields]},
            message_data=dict(zip([name for name, _ in fields], report.words(), strict=True)),
        )
        expected = keccak(b"\x19" + message.version + message.header + message.body)
        assert report.digest(feed.address) == expected == feed.read("digest", report.words())

    def test_signing_is_deterministic(self):
        assert ACCOUNTS.sign(40, b"\x01" * 32) == ACCOUNTS.sign(40, b"\x01" * 32)
        assert ACCOUNTS.sign(40, b"\x01" * 32) != ACCOUNTS.sign(41, b"\x01" * 32)

    def test_the_second_form_of_a_signature_is_refused(self, feed):
        reports, signatures = signed(feed, same(feed))
        one = signatures[0]
        high_s = CURVE_ORDER - int.from_bytes(one[32:64])
        signatures[0] = one[:32] + high_s.to_bytes(32) + bytes([27 + 28 - one[64]])
        failed = feed.send_error(DONOR, "submit", reports, signatures)
        assert failed == f"ECDSAInvalidSignatureS(0x{high_s:064x})"

    def test_no_signature_is_none(self, feed):
        reports, signatures = signed(feed, same(feed))
        broken = {
            "ECDSAInvalidSignatureLength(64)": signatures[0][:64],
            "ECDSAInvalidSignature()": signatures[0][:64] + b"\x00",
        }
        for name, one in broken.items():
            assert feed.send_error(DONOR, "submit", reports, [one, *signatures[1:]]) == name
        assert feed.send_error(DONOR, "submit", reports, signatures[:2]) == "LengthMismatch(3, 2)"

    def test_only_known_signers_count_and_each_once(self, feed):
        stranger = ACCOUNTS.address(50)
        failed = feed.send_error(DONOR, "submit", *signed(feed, same(feed), (40, 41, 50)))
        assert failed == f"UnknownSigner({stranger})"
        failed = feed.send_error(DONOR, "submit", *signed(feed, same(feed), (40, 41, 40)))
        assert failed == f"DuplicateSigner({ACCOUNTS.address(40)})"
        assert error(feed, count=2) == "NotEnoughSigners(2, 3)"
        assert feed.send_error(DONOR, "submit", [], []) == "NotEnoughSigners(0, 3)"

    def test_a_signature_is_of_one_feed_and_one_report(self, feed, deploy):
        other = deploy_feed(feed.chain, deploy)
        reports, signatures = signed(feed, same(feed))
        assert other.send_error(DONOR, "submit", reports, signatures).startswith("UnknownSigner")
        price, confidence, at_s = reports[0]
        for changed in (
            (price + 1, confidence, at_s),
            (price, confidence + 1, at_s),
            (price, confidence, at_s - 1),
        ):
            failed = feed.send_error(DONOR, "submit", [changed] * 3, signatures)
            assert failed.startswith("UnknownSigner")

    def test_constructor_refuses_what_could_never_count(self, revm, deploy, artifacts):
        revm.begin(START_S)
        twice, nobody = ACCOUNTS.address(40), "0x" + "00" * 20
        refused = {
            (0, (twice,)): "ThresholdOutOfRange(0, 1)",
            (2, (twice,)): "ThresholdOutOfRange(2, 1)",
            (1, (twice, twice)): f"DuplicateSigner({twice})",
            (1, (nobody,)): f"UnknownSigner({nobody})",
        }
        for (threshold, signers), name in refused.items():
            with pytest.raises(DeployReverted) as caught:
                deploy(revm, "SignedFeed", 8, "", list(signers), params(threshold=threshold))
            assert artifacts.decoder.decode_error(caught.value.data) == name


class TestTimesAndPrices:
    def test_a_report_counts_once(self, feed):
        submit(feed)
        assert error(feed) == f"PublishTimeNotIncreasing({START_S}, {START_S})"
        assert error(feed, age_s=1) == f"PublishTimeNotIncreasing({START_S - 1}, {START_S})"

    def test_a_feed_without_order_takes_whatever_suits_the_submitter(self, revm, deploy):
        revm.begin(START_S)
        feed = deploy_feed(revm, deploy, increasing=False)
        submit(feed)
        submit(feed, 1_900 * E8, age_s=MAX_AGE_S)
        assert feed.read("latestRoundData")[1:4] == (1_900 * E8, START_S - MAX_AGE_S, START_S - MAX_AGE_S)
        submit(feed, 1_900 * E8, age_s=MAX_AGE_S)

    def test_window(self, feed):
        assert error(feed, age_s=MAX_AGE_S + 1) == f"ReportTooOld({MAX_AGE_S + 1}, {MAX_AGE_S})"
        assert error(feed, age_s=-MAX_AHEAD_S - 1) == f"ReportTooFarAhead({MAX_AHEAD_S + 1}, {MAX_AHEAD_S})"
        submit(feed, age_s=MAX_AGE_S)
        submit(feed, age_s=-MAX_AHEAD_S)
        assert feed.read("latestRoundData")[2:4] == (START_S, START_S), "no round is from the future"
        assert feed.read("lastPublishTime") == START_S + MAX_AHEAD_S
        assert error(feed, age_s=-MAX_AHEAD_S) == f"PublishTimeNotIncreasing({START_S + 60}, {START_S + 60})"

    def test_reports_are_of_one_time(self, feed):
        reports = [*same(feed, count=2), *same(feed, age_s=1, count=1)]
        failed = feed.send_error(DONOR, "submit", *signed(feed, reports))
        assert failed == f"MixedPublishTimes({START_S - 1}, {START_S})"

    @pytest.mark.parametrize("price", [0, -1, INT256_MIN, INT128_MAX + 1, 2**255 - 1])
    def test_price_must_be_positive_and_storable(self, feed, price):
        assert error(feed, price, confidence=0) == f"InvalidAnswer({price})"

    def test_signers_must_be_sure_enough(self, feed):
        limit = 2_000 * E8 * MAX_CONFIDENCE_BPS // BPS
        assert error(feed, confidence=limit + 1) == f"ConfidenceTooWide({limit + 1}, {limit})"
        assert error(feed, confidence=2**256 - 1) == f"ConfidenceTooWide({2**256 - 1}, {limit})"
        submit(feed, confidence=limit)


class TestConfidenceFeed:
    @pytest.mark.parametrize("high", [False, True])
    def test_is_an_end_of_the_interval(self, feed, deploy, high):
        layer = deploy(feed.chain, "ConfidenceFeed", feed, 25_000, high)
        assert layer.read_error("latestRoundData") == "NoRound()"
        submit(feed, confidence=3 * E8 + 1, age_s=9)
        margin = margin_up(3 * E8 + 1, 25_000)
        answer = 2_000 * E8 + (margin if high else -margin)
        assert layer.read("latestRoundData") == (1, answer, START_S - 9, START_S - 9, 1)
        names = ("multiplierBps", "high", "description", "decimals")
        assert [layer.read(name) for name in names] == [25_000, high, "WETH / USD, end of its confidence", 8]

    @given(price=st.integers(1, INT128_MAX), share_bps=st.integers(0, BPS), k_bps=st.integers(0, 65_535))
    def test_never_leaves_the_interval_nor_the_prices(self, wide_feed, price, share_bps, k_bps):
        feed, deploy = wide_feed
        before = feed.chain.snapshot()
        confidence = price * share_bps // BPS
        submit(feed, price, confidence=confidence, count=1)
        margin = margin_up(confidence, k_bps)
        for high, answer in ((False, price - margin), (True, price + margin)):
            layer = deploy(feed.chain, "ConfidenceFeed", feed, k_bps, high)
            if 0 < answer <= INT128_MAX:
                assert layer.read("latestRoundData")[1] == answer
            else:
                assert layer.read_error("latestRoundData") == f"ConfidenceTooWide({price}, {margin})"
        feed.chain.revert(before)

    def test_an_interval_down_to_nothing_is_no_price(self, wide_feed):
        feed, deploy = wide_feed
        submit(feed, 100, confidence=100, count=1)
        low = deploy(feed.chain, "ConfidenceFeed", feed, BPS, False)
        assert low.read_error("latestRoundData") == "ConfidenceTooWide(100, 100)"

    def test_needs_a_confidence_and_a_price(self, revm, deploy):
        revm.begin(START_S)
        source = Source(revm, deploy, OWNER)
        layer = deploy(revm, "ConfidenceFeed", source.feed, BPS, False)
        source.report(0)
        assert layer.read_error("latestRoundData") == "InvalidAnswer(0)"
        source.set(E8, START_S, START_S + 1)
        assert layer.read_error("latestRoundData") == f"FutureDated({START_S + 1}, {START_S})"
        source.report(E8)
        assert layer.read_error("latestRoundData"), "the source has no confidence to give"


@pytest.fixture
def wide_feed(revm, deploy):
    """A feed of one signer that may be as unsure as it likes."""
    revm.begin(START_S)
    return deploy_feed(revm, deploy, threshold=1, confidence=BPS), deploy
