"""What is shown besides metrics: each reads one measurement, None where it was not seen."""

from __future__ import annotations

from harness.model.facts import CLOSED, Measurement


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


def connections(one: Measurement) -> float | None:
    """Return the connections to services under load."""
    return one.app.connections if one.app else None


def accepted(one: Measurement) -> float | None:
    """Return the requests of the closed loop that the app had accepted, on average."""
    return one.closed.app_in_flight if one.closed else None


def unfinished(one: Measurement) -> float | None:
    """Return the clients of the closed loop that were still waiting at its end."""
    return one.closed.outcomes.get("unfinished", 0) if one.closed else None
