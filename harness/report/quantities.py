"""What is shown besides metrics: each reads one measurement, None where it was not seen."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.facts import CLOSED, Measurement


@dataclass(frozen=True, slots=True)
class Collected:
    """What the garbage collector took of a phase: a share of the time, full collections/s."""

    share: float
    full_per_s: float


def collected(one: Measurement, phase: str) -> Collected | None:
    """Return what the garbage collector took of a phase; None where that was not seen."""
    samples = [sample for sample in one.app.samples if sample.phase == phase] if one.app else []
    if len(samples) < 2:  # noqa: PLR2004  nothing lies between
        return None
    first, last = samples[0], samples[-1]
    lasted_s = last.at_s - first.at_s
    if None in {first.gc_s, last.gc_s, first.gc_full, last.gc_full} or lasted_s <= 0:
        return None
    taken, full = (last.gc_s or 0) - (first.gc_s or 0), (last.gc_full or 0) - (first.gc_full or 0)
    return Collected(taken / lasted_s, full / lasted_s)


def wait(one: Measurement) -> float | None:
    """Return the seconds that the work waits for, alone."""
    return one.probe.usual_wait_s if one.probe else None


def work_cpu(one: Measurement) -> float | None:
    """Return the CPU seconds of the work, alone."""
    return one.probe.work_cpu_s if one.probe else None


def rss(one: Measurement) -> float | None:
    """Return the bytes of memory at the end."""
    return one.rss_bytes


def rss_per_client(one: Measurement) -> float | None:
    """Return the bytes of memory that each client of the closed loop added."""
    samples = one.app.samples if one.app else ()
    under_load = [sample.rss_bytes for sample in samples if sample.phase == CLOSED]
    if not under_load or one.closed is None:
        return None
    return (max(under_load) - samples[0].rss_bytes) / one.closed.clients


def held(one: Measurement) -> float | None:
    """Return the bytes of memory that each idle connection added."""
    return one.held_bytes


def connections(one: Measurement) -> float | None:
    """Return the connections to services under load."""
    return one.app.connections if one.app else None


def accepted(one: Measurement) -> float | None:
    """Return the requests of the closed loop that the app had accepted, on average."""
    return one.closed.app_in_flight if one.closed else None


def threads_waiting(one: Measurement) -> float | None:
    """Return the most calls that waited for a thread at the same moment."""
    samples = one.app.samples if one.app else ()
    return max((sample.threads_waiting for sample in samples), default=None)


def background(one: Measurement) -> float | None:
    """Return the requests that were answered, and still worked, when the closed loop ended."""
    samples = one.app.samples if one.app else ()
    closed = [sample.background for sample in samples if sample.phase == CLOSED]
    return closed[-1] if closed else None
