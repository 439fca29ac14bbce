"""Measure the speed claims, all by default.

`python -m benchmarks [evm-share] [ape-ratio] [scaling] [anvil] [throughput]`
"""

import json
import sys
import time

import click

from benchmarks import ape_ratio, evm_share, scaling, throughput
from sim.chain.anvil import AnvilChain
from sim.chain.artifacts import load_artifacts
from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.scenario.loading import load_scenario

SHORT_BLOCKS = 600
BORROWERS = (250, 1_000, 2_500, 5_000)
BLOCKS = (1_000, 2_000, 4_000, 8_000)


def _evm_share() -> dict:
    found = evm_share.measure(evm_share.black_thursday())
    return {
        "calls": found.calls,
        "run_s": round(found.run_s, 3),
        "raw_replay_s": round(found.raw_s, 3),
        "share": round(found.share, 3),
        "target": f">= {evm_share.TARGET_SHARE}",
    }


def _ape_ratio() -> dict:
    found = ape_ratio.measure(evm_share.black_thursday())
    return {
        "ours_per_s": round(found.ours_per_s),
        "ape_per_s": round(found.ape_per_s, 1),
        "ratio": round(found.ratio),
        "target": f">= {ape_ratio.TARGET_RATIO}",
    }


def _scaling() -> dict:
    # A stationary market: the same work in every block, unlike an event, whose blocks differ.
    calm = load_scenario("calm")
    by_blocks = [scaling.seconds(_with(calm, blocks=n)) for n in BLOCKS]
    by_borrowers = [scaling.seconds(_with(evm_share.black_thursday(n), blocks=SHORT_BLOCKS)) for n in BORROWERS]
    return {
        "seconds_by_blocks": dict(zip(BLOCKS, [round(s, 2) for s in by_blocks], strict=True)),
        "exponent_blocks": round(scaling.exponent(list(BLOCKS), by_blocks), 2),
        "seconds_by_borrowers": dict(zip(BORROWERS, [round(s, 2) for s in by_borrowers], strict=True)),
        "exponent_borrowers": round(scaling.exponent(list(BORROWERS), by_borrowers), 2),
        "target": "exponents at most about 1",
    }


def _with(scenario, blocks):
    clock = scenario.clock.model_copy(update={"blocks": blocks})
    return scenario.model_copy(update={"clock": clock})


def _anvil() -> dict:
    scenario = _with(evm_share.black_thursday(), SHORT_BLOCKS)
    started = time.perf_counter()
    in_process = launch(scenario, RevmChain(), load_artifacts()).run()
    revm_s = time.perf_counter() - started
    with AnvilChain.start() as chain:
        started = time.perf_counter()
        on_node = launch(scenario, chain, load_artifacts()).run()
        anvil_s = time.perf_counter() - started
    return {
        "revm_s": round(revm_s, 2),
        "anvil_s": round(anvil_s, 2),
        "ratio": round(anvil_s / revm_s, 1),
        "same_digest": in_process.digest == on_node.digest,
    }


def _throughput() -> dict:
    found = {name: throughput.measure(name) for name in throughput.CANARIES}
    return {
        "ours_per_core_s": {name: round(one.ours_per_s) for name, one in found.items()},
        "forge_per_core_s": {name: round(one.forge_per_s) for name, one in found.items()},
        "ratio": {name: round(one.ratio, 2) for name, one in found.items()},
        "ratio_without_reverts": {name: round(one.done_ratio, 2) for name, one in found.items()},
        "target": f">= {throughput.TARGET_RATIO}",
    }


MEASURES = {
    "evm-share": _evm_share,
    "ape-ratio": _ape_ratio,
    "scaling": _scaling,
    "anvil": _anvil,
    "throughput": _throughput,
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(MEASURES)))
def main(names: tuple[str, ...]) -> None:
    """Measure and print one JSON object per measure."""
    for name in names or MEASURES:
        click.echo(f"{name} ...", err=True)
        click.echo(json.dumps({"measure": name, **MEASURES[name]()}))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
