"""Facts that contradict each other, such as more right answers than outcomes that are right.

A record that was edited by hand is refused where that shows.
"""

from __future__ import annotations

from harness.model import histogram
from harness.model.facts import ClosedLoop, Measurement, Stream

RIGHT, WAITING = "ok", "unfinished"  # outcomes


def require_consistent(measurement: Measurement) -> None:
    """Raise ValueError where two facts of a measurement cannot both be true."""
    closed = () if measurement.closed is None else (measurement.closed,)
    for loop in (*closed, *measurement.sweep):
        _require_loop(loop)
    for cell in measurement.open:
        for stream in (cell.work, cell.bystander):
            _require_stream(stream)


def _require_loop(loop: ClosedLoop) -> None:
    ended = sum(count for how, count in loop.outcomes.items() if how != WAITING)
    _require_equal("right answers", loop.good, "outcomes", loop.outcomes.get(RIGHT, 0))
    _require_equal("requests", loop.sent, "outcomes", ended)
    for name, parts in (("tenths", loop.tenths), ("halves", loop.halves or ())):
        if parts:
            _require_equal("right answers", loop.good, name, sum(parts))


def _require_stream(stream: Stream) -> None:
    _require_equal("right answers", stream.good, "outcomes", stream.outcomes.get(RIGHT, 0))
    _require_equal("requests", stream.due, "outcomes", sum(stream.outcomes.values()))
    for name in ("response", "service", "lag"):
        counted = histogram.count(getattr(stream, name))
        _require_equal("right answers", stream.good, f"the histogram `{name}`", counted)


def _require_equal(what: str, count: int, where: str, other: int) -> None:
    if count != other:
        raise ValueError(f"{count} {what}, and {other} by its {where}")
