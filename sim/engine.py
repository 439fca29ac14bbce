"""The loop that runs a world block by block.

Per block: the outside world moves, agents observe and propose, block space orders and packs, the chain executes,
events are decoded, invariants checked, and the trace grows.
"""

from collections.abc import Callable

from sim.agents.catalogue import build_agents
from sim.chain.artifacts import Artifacts
from sim.chain.base import Block, Chain, Receipt, Transaction
from sim.digest import trace_digest
from sim.interruptions import Interruptions
from sim.invariants import check
from sim.market.block_space import BlockSpace
from sim.market.outside import OutsideMarket
from sim.market.paths import build_paths, run_blocks
from sim.recorder import Recorder
from sim.scenario.model import Scenario
from sim.settlement import Settlements
from sim.totals import TotalsReader
from sim.trace import Event, Trace
from sim.world.action import Action
from sim.world.deploy import deploy_world
from sim.world.observation import Observation
from sim.world.world import World

Progress = Callable[[int, int], None]


class Engine:
    """Runs one world, from its opening to the end of the scenario.

    Parameters
    ----------
    world
        Freshly deployed, or reverted to the state after its deployment.
    check_invariants
        Whether to check every INV_* predicate after every block; violations are recorded, not raised.

    Attributes
    ----------
    interruptions
        What keeps agents from being heard.
    """

    def __init__(self, world: World, check_invariants: bool = True) -> None:
        scenario = world.scenario
        paths = build_paths(scenario)
        self.world = world
        self.blocks = run_blocks(scenario, paths)
        self.outside = OutsideMarket(scenario.assets, paths)
        self.block_space = BlockSpace(scenario.block_space)
        self.agents = build_agents(world)
        self.block = 0
        self._totals = TotalsReader(world) if check_invariants else None
        self._recorder = Recorder(world, self.outside, self.block_space)
        self._settlements = Settlements(world, self.outside)
        self._submitted: list[Action] = []
        self.interruptions = Interruptions()

    @property
    def trace(self) -> Trace:
        """The record so far."""
        return self._recorder.trace

    def submit(self, action: Action) -> None:
        """Add an action of the environment to the next block."""
        self._submitted.append(action)

    def run(self, progress: Progress | None = None) -> Trace:
        """Run to the end of the scenario and return the finished trace."""
        while self.block < self.blocks:
            self.step()
            if progress is not None:
                progress(self.block, self.blocks)
        return self.finish()

    def finish(self) -> Trace:
        """Read every borrower a last time and seal the trace with its digest."""
        trace = self._recorder.finish()
        trace.digest = trace_digest(trace)
        return trace

    def step(self) -> None:
        """Execute one block."""
        block = self.block
        time_s = (block + 1) * self.world.scenario.clock.block_time_s
        self.outside.advance(time_s)
        self._propose(self._observe(time_s))
        actions = self.block_space.pack(block, time_s)
        transactions = [Transaction(a.sender, a.call.target, a.call.data) for a in actions]
        receipts = self.world.chain.execute(Block(self.world.start_s + time_s, transactions))
        fees = self.block_space.settle([(a, r.ok) for a, r in zip(actions, receipts, strict=True)])
        self._record(block, time_s, actions, receipts, fees)
        self.block += 1

    def _record(
        self,
        block: int,
        time_s: int,
        actions: list[Action],
        receipts: list[Receipt],
        fees: list[tuple[float, int]],
    ) -> None:
        recorder = self._recorder
        recorder.begin_block(block, time_s)
        block_events: list[Event] = []
        for action, receipt, fee in zip(actions, receipts, fees, strict=True):
            before = len(self.trace.trades)
            events = recorder.transaction(action, receipt, fee)
            block_events += events
            if receipt.ok and "outside" in action.meta:
                trades = self.trace.trades[before:]
                recorder.outside_trade(self._settlements.trade(block, action, events, trades))
        previous = self.trace.blocks[-1] if self.trace.blocks else self.trace.initial
        recorder.end_block()
        if self._totals is not None:
            totals = self._totals.read(self.trace, block_events)
            recorder.violations(check(previous, self.trace.blocks[-1], block_events, totals))

    def _observe(self, time_s: int) -> Observation:
        space, scenario = self.block_space, self.world.scenario
        native = scenario.block_space.native_asset
        outside = {asset: self.outside.price_e8(asset) for asset in scenario.assets}
        state = self._recorder.state
        return Observation(
            block=self.block,
            time_s=time_s,
            timestamp_s=self.world.start_s + time_s,
            outside_e8=outside,
            feeds=state.feeds,
            sources=state.sources,
            venues=state.venues,
            markets=self._recorder.markets(),
            perps=self._recorder.perps.observations(),
            balances=state.balances,
            base_fee_gwei=space.base_fee_gwei,
            inclusion_fee_gwei=space.inclusion_fee_gwei(time_s),
            native_price_usd=outside[native] / 1e8 if native else scenario.block_space.native_price_usd,
            outside_mid_e8={asset: self.outside.mid_e8(asset) for asset in scenario.assets},
        )

    def _propose(self, observation: Observation) -> None:
        """Settlements, the environment and late reports first, then agents in the catalogue's order."""
        late = self.interruptions.arrivals(self.block)
        for action in (*self._settlements.due(), *self._submitted, *late):
            self.block_space.submit(action, self.block)
        self._submitted = []
        for agent in self.agents:
            if self.interruptions.is_silent(getattr(agent.model, "kind", None), self.block):
                continue
            for action in agent.propose(observation):
                if self.interruptions.admits(action, self.block):
                    self._recorder.bid(self.block, action)
                    self.block_space.submit(action, self.block)


def launch(
    scenario: Scenario,
    chain: Chain,
    artifacts: Artifacts,
    check_invariants: bool = True,
    start_s: int | None = None,
) -> Engine:
    """Deploy a scenario on a chain and return the engine that runs it.

    `start_s` is the absolute timestamp of the start, by default the scenario's; later if the chain is.
    """
    prices_e8 = {asset: path.price_e8(0) for asset, path in build_paths(scenario).items()}
    start = scenario.clock.start_s if start_s is None else start_s
    return Engine(deploy_world(scenario, chain, artifacts, prices_e8, start), check_invariants)
