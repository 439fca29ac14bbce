"""What a chain says of an outcome: views of contracts and their answers, to the unit.

A transcript is sent again, without agents or engine, and asked at the block boundaries that matter. So what an
export asserts is what the transactions alone lead to.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sim.chain.base import ZERO_ADDRESS, Block, CallReverted, Transaction
from sim.chain.codec import ContractType
from sim.chain.revm import RevmChain
from sim.errors import BadInput
from sim.metrics.losses import shortfall_base
from sim.metrics.outcomes import stalls
from sim.metrics.tables import liquidation_table
from sim.metrics.timeline import Timeline
from sim.search.transcript import Created, Frame, Said, Sent, Transcript

BOOKS: Mapping[str, tuple[tuple[str, bool, tuple[str | None, ...]], ...]] = {
    "LendingPool": (("reserveState", True, ("deficit", "totalDebt", "totalSupplied", "claims", "cash")),),
    "IsolatedMarket": (("totals", False, ("supplyAssets", "borrowAssets")),),
    "SoftLiquidationMarket": (("totals", False, ("cash", "debtAssets", "deficit")),),
    "PerpMarket": (
        ("totals", False, ("heldQuote", "feesQuote", "fundDuesQuote", "badDebtQuote")),
        ("instrumentState", True, ("longWad", "shortWad", "badDebtQuote")),
    ),
    "InsuranceFund": (("totalAssets", False, (None,)),),
    "CooldownFund": (("totalAssets", False, (None,)),),
}
"""By contract type, views of its books: name, whether it is asked by asset, and fields of the answer.

Where outputs have no names, fields are all of them in order.
"""
ACCOUNTS: Mapping[str, tuple[tuple[str, bool, tuple[str | None, ...]], ...]] = {
    "LendingPool": (
        ("supplyBalance", True, (None,)),
        ("debtBalance", True, (None,)),
        ("accountData", False, ("healthFactorWad",)),
    ),
    "IsolatedMarket": (
        ("position", False, ("collateral",)),
        ("debtBalance", False, (None,)),
        ("healthFactorWad", False, (None,)),
    ),
    "SoftLiquidationMarket": (("debtOf", False, (None,)), ("healthAboveBandsWad", False, (None,))),
}
"""The same of an account's position."""
MAX_ACCOUNTS = 40
"""Accounts that are asked for at most, those with most debt first."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A view's answer.

    Attributes
    ----------
    frame
        Index of the block of the transcript after which it is read.
    field, position
        Which part of the answer: a field of the one struct, or the name and position of one of several outputs.
    value
        The answer, in the units of the contract.
    label
        What it is, in the names of the scenario.
    """

    frame: int
    target: str
    contract: str
    call: Said
    field: str | None
    position: int | None
    value: int
    label: str


@dataclass(frozen=True, slots=True)
class _Question:
    frame: int
    role: str
    function: str
    args: tuple
    fields: tuple[str | None, ...]


def read_loss(transcript: Transcript, kind: str) -> tuple[Reading, ...]:
    """Send a transcript again and read what shows the outcome of a kind: books before and after, and positions.

    Raises
    ------
    BadInput : a transaction ended otherwise than recorded: it depends on more than what was sent before.
    """
    questions = sorted(dict.fromkeys(_questions(transcript, kind)), key=lambda one: one.frame)
    readings: list[Reading] = []
    pending = iter([*questions, None])
    question = next(pending)
    with RevmChain() as chain:
        for index, frame in enumerate(transcript.frames):
            _send(chain, transcript, frame)
            while question is not None and question.frame == index:
                readings += _ask(chain, transcript, question)
                question = next(pending)
    return tuple(readings)


def _send(chain: RevmChain, transcript: Transcript, frame: Frame) -> None:
    chain.begin(frame.timestamp_s)
    chain.block_number = frame.number - 1
    if any(isinstance(item, Created) for item in frame.items):
        for item in frame.items:
            chain.deploy(transcript.deployer, item.init_code)
        return
    transactions = [Transaction(item.sender, item.target, item.data) for item in frame.items]
    receipts = chain.execute(Block(frame.timestamp_s, transactions))
    for item, receipt in zip(frame.items, receipts, strict=True):
        if (item.ok, item.revert_data) != (receipt.ok, receipt.revert_data):
            what = f"{transcript.role_of[item.sender]} calling {item.call.name}"
            raise BadInput(
                f"block {frame.block}: {what} ended otherwise when it was sent again, the same expected"
            )


def _ask(chain: RevmChain, transcript: Transcript, question: _Question) -> Iterator[Reading]:
    target = transcript.roles[question.role]
    contract = transcript.contracts[target]
    entry = next(one for one in transcript.abis[contract] if one.get("name") == question.function)
    kind = ContractType(contract, [entry])
    try:
        output = chain.call(target, kind.encode(question.function, *question.args))
    except CallReverted:  # such as a health for which there is no valid price
        return
    answer = kind.decode(question.function, output)
    asked = ", ".join(transcript.role_of.get(one, str(one)) for one in question.args if one != ZERO_ADDRESS)
    outputs = [one["name"] for one in entry["outputs"]]
    for at, name in enumerate(question.fields):
        position = None
        if len(outputs) > 1:
            position = outputs.index(name) if name in outputs else at
            value = answer[position]
        else:
            value = answer if name is None else getattr(answer, name)
        if value == 0 and question.function == "balanceOf":
            continue
        label = f"{question.role}: {name or question.function}{f' of {asked}' if asked else ''}"
        yield Reading(
            question.frame, target, contract, Said(entry, question.args), name, position, int(value), label
        )


def _questions(transcript: Transcript, kind: str) -> Iterator[_Question]:
    scenario = transcript.scenario
    first, last = len(transcript.opening) - 1, len(transcript.frames) - 1
    for frame in (first, last):
        for role in (*scenario.lending, *scenario.perps, *scenario.insurance):
            yield from _views(transcript, BOOKS, frame, role)
    for frame, market, account in _accounts(transcript, kind):
        yield from _views(transcript, ACCOUNTS, frame, market, account)
    yield from _positions(transcript)
    parts = (*scenario.agents, *scenario.insurance, *scenario.lending, *scenario.perps)
    holders = [name for name in parts if name in transcript.roles]
    for asset in scenario.assets:
        for holder in holders:
            yield _Question(last, asset, "balanceOf", (transcript.roles[holder],), (None,))


def _views(
    transcript: Transcript, table: Mapping[str, Iterable], frame: int, role: str, account: str | None = None
) -> Iterator[_Question]:
    contract = transcript.design_of(transcript.contracts[transcript.roles[role]])
    user = () if account is None else (transcript.roles[account],)
    for function, by_asset, fields in table.get(contract, ()):
        assets: list[tuple] = [()]
        if by_asset:
            assets = [(transcript.roles[one],) for one in _assets(transcript, role)]
        for asset in assets:
            yield _Question(frame, role, function, (*asset, *user), fields)


def _assets(transcript: Transcript, market: str) -> Iterable[str]:
    lending = transcript.scenario.lending.get(market)
    return transcript.scenario.perps[market].instruments if lending is None else lending.reserves


def _positions(transcript: Transcript) -> Iterator[_Question]:
    """Positions of perpetual markets that were liquidated or deleveraged, before the first time and at the end."""
    first: dict[tuple, int] = {}
    markets = [role for role in transcript.scenario.perps]
    for index, frame in enumerate(transcript.frames):
        for _, said in (one for item in frame.items if isinstance(item, Sent) for one in item.events):
            args = dict(zip([one["name"] for one in said.entry["inputs"]], said.args, strict=True))
            if {"owner", "slot", "instrument"} <= args.keys():
                first.setdefault((args["owner"], args["slot"], args["instrument"]), index - 1)
    last = len(transcript.frames) - 1
    for at, (key, before) in enumerate(first.items()):
        if at == MAX_ACCOUNTS:
            break
        for frame in (before, last):
            for market in markets:
                yield _Question(frame, market, "position", key, ("sizeWad", "entryQuote"))
                yield _Question(frame, market, "cashOf", key[:2], (None,))


def _accounts(transcript: Transcript, kind: str) -> Iterator[tuple[int, str, str]]:
    """Positions that show the outcome: block of the transcript, market and account."""
    timeline = Timeline(transcript.played.trace)
    first, last = len(transcript.opening) - 1, len(transcript.frames) - 1
    found: list[tuple[int, str, str]] = []
    if kind == "keeper_stall":
        for one in stalls(timeline)[:MAX_ACCOUNTS]:
            start = first + one.first_block
            found += [(start, one.market, one.account), (start + one.blocks - 1, one.market, one.account)]
    elif kind == "toxic_liquidation":
        rows = [row for row in liquidation_table(timeline) if row.toxic]
        found += [(first + row.block + 1, row.market, row.account) for row in rows]
    for market, accounts in timeline.trace.final_accounts.items():
        short = [(shortfall_base(timeline, one), role) for role, one in accounts.items()]
        found += [(last, market, role) for base, role in sorted(short, reverse=True)[:MAX_ACCOUNTS] if base]
    yield from ((frame, market, role) for frame, market, role in dict.fromkeys(found) if frame <= last)
