"""Halts of feeds by circuit breakers, and the gap at which they opened again."""

from sim.metrics.timeline import Timeline


def resume_gaps_bps(timeline: Timeline) -> list[int]:
    """Distance of the first price after every halt from the last one before it, in bps of the last; in order."""
    return [event.args["gapBps"] for event in timeline.events("Resumed")]


def halted_s(timeline: Timeline) -> int:
    """Seconds of the run for which a feed gave no price since it was halted, added up over feeds.

    From the block in which a halt was noted to the end of the one before the resume, or to the end of the run.
    """
    began: dict[str, int] = {}
    total = 0
    for event in timeline.trace.events:
        if event.name == "HaltBegun":
            began[event.emitter] = timeline.record(event.block).time_s
        elif event.name == "Resumed" and event.emitter in began:
            total += timeline.record(event.block).time_s - began.pop(event.emitter)
    last_s = timeline.records[-1].time_s
    return total + sum(last_s - since_s for since_s in began.values())


def halt_metrics(timeline: Timeline) -> dict[str, int | None]:
    """`max_resume_gap_bps` (None without a resume), `halts` and `halted_s`."""
    return {
        "halts": len(timeline.events("HaltBegun")),
        "halted_s": halted_s(timeline),
        "max_resume_gap_bps": max(resume_gaps_bps(timeline), default=None),
    }
