"""The demo: Black Thursday, a search that finds a failure from nothing, its replay on a node, and a report."""

import sys
from pathlib import Path

from sim.console import log, progress_bar, show_facts, watch_run
from sim.exits import verdict
from sim.verbs.replay import replay
from sim.verbs.run import Run, run
from sim.verbs.search import search

SEARCH_SECONDS = 30
RUN_FOLDER = Path("runs/demo")
FINDINGS_FOLDER = Path("findings/demo")


def say(step: int, text: str) -> None:
    """Announce a step on standard error."""
    log(f"\n[{step}/3] {text}")


def black_thursday() -> Run:
    """Run Black Thursday with live progress and save it with its report."""
    say(1, "Black Thursday: 12-13 March 2020, minute by minute, on real contracts (tailspin run black-thursday)")
    with watch_run("black-thursday") as watch:
        done = run("black-thursday", out=RUN_FOLDER, watch=watch)
    metrics = done.result.metrics
    show_facts(
        {
            "market_fell_to_usd": metrics["lowest_market_price_usd"],
            "liquidations": metrics["liquidations"],
            "liquidated_usd": metrics["liquidated_usd"],
            "bad_debt_usd": metrics["bad_debt_usd"],
            "insurance_drawn_usd": metrics["insurance_drawn_usd"],
            "accounts_no_keeper_came_for": metrics["stalled_accounts"],
        },
        "Black Thursday",
    )
    return done


def find() -> Path | None:
    """Search from a safe design until the first finding."""
    say(2, "From a design that is safe: what is the smallest change that breaks it? (tailspin search flash-crash)")
    with progress_bar("searching", None, "histories") as advance:
        result = search(
            "flash-crash",
            ["bad_debt", "cascade"],
            seconds=SEARCH_SECONDS,
            out=FINDINGS_FOLDER,
            first=True,
            progress=advance,
        )
    facts = {"outcome": result.outcome, "histories_tried": result.examples}
    for field, value in result.minimal["design"].items():
        facts[f"changed {field}"] = value
    show_facts(facts, "Search")
    return result.finding


def confirm(finding: Path) -> bool:
    """Replay a finding on Anvil."""
    say(3, f"The same history on a real node (tailspin replay {finding} --chain anvil)")
    (again,) = replay(finding, chain="anvil")
    show_facts({"verdict": again.verdict, "outcome": again.outcome, "digest": again.digest}, "Replay on Anvil")
    return again.verdict == "still_fails"


def main() -> int:
    """Run the three steps; 0 if the finding was confirmed, or none was found in time."""
    done = black_thursday()
    finding = find()
    confirmed = finding is None or confirm(finding)
    log("")
    log(f"Report:   {(done.folder / 'report.html').resolve()}  (open it in a browser; it works offline)")
    if finding is not None:
        log(f"Finding:  {finding.resolve()}")
        log(f"As test:  tailspin export {finding} --format foundry --out DIR")
    return 0 if confirmed else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Exception as error:  # noqa: BLE001 - one line and the exit code of the contract, as in every command
        code, message = verdict(error)
        log(f"demo: {message}")
        sys.exit(code)
