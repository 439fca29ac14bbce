"""All that an episode sent to its chain, in order and in names: what another tool needs to send it again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sim.chain.abi_types import parse_types
from sim.chain.artifacts import Artifacts
from sim.chain.base import Block, Log, Receipt
from sim.chain.codec import Event as EventType
from sim.chain.codec import Function
from sim.chain.published import PUBLISHED, Published
from sim.chain.revm import RevmChain
from sim.scenario.model import Scenario
from sim.search.episode import Episode, Played, Stage
from sim.search.history import Step
from sim.search.space import Values
from sim.trace import TransactionRecord
from sim.world.naming import TIME_NAMES
from sim.world.world import World

LOSS_EVENTS = frozenset(
    {"Liquidation", "DeficitCreated", "DeficitDrawn", "LossSocialised"}
    | {"Liquidated", "Deleveraged", "BadDebtBooked", "LossShared"}
)
"""Events that say who lost what."""
_STANDARD_ERRORS = [
    {"type": "error", "name": "Error", "inputs": [{"name": "message", "type": "string"}]},
    {"type": "error", "name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]},
]


@dataclass(frozen=True, slots=True)
class Said:
    """Something with a name and arguments, as its `entry` of an ABI describes it: a call, event or error."""

    entry: Mapping[str, Any]
    args: tuple

    @property
    def name(self) -> str:
        """Its name."""
        return self.entry["name"]


@dataclass(frozen=True, slots=True)
class Created:
    """A contract that the deployer made: role, contract type, address and constructor arguments."""

    role: str
    contract: str
    address: str
    call: Said
    init_code: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """A transaction.

    Attributes
    ----------
    contract
        Contract type of the target.
    events
        Of `LOSS_EVENTS`, with the address of who emitted each.
    error
        Of a failed one, None where its data name no known error. `revert_data` are the bytes.
    record
        What the trace says of it; None in the opening.
    """

    sender: str
    target: str
    contract: str
    call: Said
    data: bytes
    ok: bool
    events: tuple[tuple[str, Said], ...] = ()
    error: Said | None = None
    revert_data: bytes = b""
    record: TransactionRecord | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """A block of the chain: its number, absolute timestamp, and what it contains.

    `block` is that of the history; None in the opening.
    """

    number: int
    timestamp_s: int
    items: tuple[Created | Sent, ...]
    block: int | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """An episode as what was sent.

    Attributes
    ----------
    roles
        Addresses by role.
    contracts
        Contract types by address.
    abis
        ABI entries by contract type.
    sources
        Where the project keeps the source of a contract type. `published`: where one of a real protocol is.
    time_names
        Names under which arguments are absolute times, in seconds.
    """

    scenario: Scenario
    start_s: int
    deployer: str
    roles: Mapping[str, str]
    contracts: Mapping[str, str]
    abis: Mapping[str, list[dict]]
    sources: Mapping[str, str]
    published: Mapping[str, Published]
    time_names: frozenset[str]
    frames: tuple[Frame, ...]
    played: Played = field(repr=False)

    @property
    def opening(self) -> tuple[Frame, ...]:
        """Frames before the history."""
        return tuple(frame for frame in self.frames if frame.block is None)

    @property
    def history(self) -> tuple[Frame, ...]:
        """Frames of the history."""
        return tuple(frame for frame in self.frames if frame.block is not None)

    @property
    def role_of(self) -> dict[str, str]:
        """Roles by address."""
        return {address: role for role, address in self.roles.items()}

    def design_of(self, contract: str) -> str:
        """The contract of ours in whose place a scenario deployed another; of ours, itself."""
        places = {other: ours for ours, other in self.scenario.contracts.items()}
        return places.get(contract, contract)

    def inner_call(self, contract: str, data: bytes) -> Said | None:
        """The call of a contract's function that calldata within calldata is; None if it is none."""
        functions = _by_selector("function", self.abis.get(contract, []))
        return _decoded(functions, data) if len(data) % 32 == 4 else None


@dataclass(slots=True)
class _Raw:
    number: int
    timestamp_s: int
    created: tuple[str, bytes] | None = None
    sent: tuple[tuple[Any, Receipt], ...] = ()


class _RecordingChain(RevmChain):
    """The in-process chain, which also remembers what it was asked to do."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[_Raw] = []

    def _create(self, sender: str, init_code: bytes) -> str:
        address = super()._create(sender, init_code)
        self.blocks.append(_Raw(self.block_number, self.timestamp_s, created=(address, init_code)))
        return address

    def _execute(self, block: Block) -> list[Receipt]:
        receipts = super()._execute(block)
        sent = tuple(zip(block.transactions, receipts, strict=True))
        self.blocks.append(_Raw(self.block_number, self.timestamp_s, sent=sent))
        return receipts


def transcribe(stage: Stage, values: Values, history: tuple[Step, ...]) -> Transcript:
    """Play a history and return what it sent.

    Raises
    ------
    BadInput : the values do not go together, or the world cannot be opened.
    """
    chain = _RecordingChain()
    episode = stage.open(values, chain)
    opened = len(chain.blocks)
    played = stage.finish(episode, values, history)
    return _Transcriber(episode, stage.artifacts).transcript(chain.blocks, opened, played)


class _Transcriber:
    """Decodes what a chain was sent, with the contract types of its world."""

    def __init__(self, episode: Episode, artifacts: Artifacts) -> None:
        self.world: World = episode.engine.world
        self.scenario = episode.scenario
        self.artifacts = artifacts
        self.deployments = {one.address: one for one in self.world.deployments}
        self._functions: dict[str, dict[bytes, dict]] = {}

    def transcript(self, blocks: list[_Raw], opened: int, played: Played) -> Transcript:
        records = iter(played.trace.transactions)
        frames = []
        for at, raw in enumerate(blocks):
            number = at - opened if at >= opened else None
            frames.append(Frame(raw.number, raw.timestamp_s, tuple(self._items(raw, number, records)), number))
        types = sorted({one.contract for one in self.deployments.values()})
        return Transcript(
            scenario=self.scenario,
            start_s=self.world.start_s,
            deployer=self.world.address("deployer"),
            roles=self.world.roles.all(),
            contracts={one.address: one.contract for one in self.world.deployments},
            abis={name: self.artifacts[name].abi for name in types},
            sources={name: self.artifacts[name].source_id for name in types if name not in PUBLISHED},
            published={name: PUBLISHED[name] for name in types if name in PUBLISHED},
            time_names=TIME_NAMES,
            frames=tuple(frames),
            played=played,
        )

    def _items(
        self, raw: _Raw, block: int | None, records: Iterator[TransactionRecord]
    ) -> Iterator[Created | Sent]:
        if raw.created is not None:
            address, init_code = raw.created
            one = self.deployments[address]
            entry = _constructor(self.artifacts[one.contract].abi)
            yield Created(one.role, one.contract, address, Said(entry, tuple(one.arguments)), init_code)
        for transaction, receipt in raw.sent:
            yield self._sent(transaction, receipt, None if block is None else next(records))

    def _sent(self, transaction: Any, receipt: Receipt, record: TransactionRecord | None) -> Sent:
        contract = self.deployments[transaction.to].contract
        if contract not in self._functions:
            self._functions[contract] = _by_selector("function", self.artifacts[contract].abi)
        return Sent(
            sender=transaction.sender,
            target=transaction.to,
            contract=contract,
            call=_decoded(self._functions[contract], transaction.data),
            data=transaction.data,
            ok=receipt.ok,
            events=tuple(self._events(receipt.logs)),
            error=None if receipt.ok else _decoded(self._errors, receipt.revert_data),
            revert_data=receipt.revert_data,
            record=record,
        )

    @cached_property
    def _errors(self) -> dict[bytes, dict]:
        abis = [self.artifacts[one.contract].abi for one in self.world.deployments]
        every = [one.abi for one in self.artifacts.values()]
        return _by_selector("error", _STANDARD_ERRORS, *reversed(every), *abis)

    @cached_property
    def _loss_events(self) -> dict[tuple[str, bytes], dict]:
        return {
            (address, EventType(entry).topic): entry
            for address, one in self.deployments.items()
            for entry in self.artifacts[one.contract].abi
            if entry["type"] == "event" and entry["name"] in LOSS_EVENTS
        }

    def _events(self, logs: tuple[Log, ...]) -> Iterator[tuple[str, Said]]:
        for log in logs:
            entry = self._loss_events.get((log.address, log.topics[0])) if log.topics else None
            if entry is not None:
                values = EventType(entry).decode(log.topics, log.data)
                yield log.address, Said(entry, tuple(values.values()))


def _constructor(abi: list[dict]) -> dict:
    entry = next((one for one in abi if one["type"] == "constructor"), {"type": "constructor", "inputs": []})
    return {"name": "constructor", **entry}


def _by_selector(kind: str, *abis: list[dict]) -> dict[bytes, dict]:
    """Functions or errors of ABIs by selector; of two, the last."""
    entries = [entry for abi in abis for entry in abi if entry["type"] == kind]
    return {Function(entry["name"], entry["inputs"]).selector: entry for entry in entries}


def _decoded(entries: Mapping[bytes, dict], data: bytes) -> Said | None:
    """The function or error that calldata or revert data are for; None if it is unknown."""
    entry = entries.get(data[:4])
    if entry is None:
        return None
    return Said(entry, tuple(parse_types(entry["inputs"], entry["name"]).decode(data[4:])))
