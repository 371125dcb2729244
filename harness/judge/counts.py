"""What a change adds to each request, by counts that need no statistics.

Both sides were asked one request after the other. What a request does there it does every time, so
a count that differs was changed, however noisy the machine is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from harness.model.evidence import Evidence
from harness.model.facts import Measurement

# A line newly holds the loop where it is held for so much longer in each request: a share of the
# time that the request takes, and seconds.
HELD, HELD_S = 0.2, 0.001
HOPS = 0.5  # beyond it: the first request of a server may make one that others do not

Route = Mapping[str, Any] | None  # as harness/agent/routes.py describes it


class Count(StrEnum):
    """What is counted."""

    HELD = "held"
    HOPS = "hops"
    CONNECTIONS = "connections"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountChange:
    """What there is more of in head.

    `base` and `head` are the seconds for which one request holds the loop, its hops to threads, or
    the connections of all pools. `line` of the app is to blame, with its `code` and the function
    `library` below it; each is None where it is not known. A loop that is held is either `waiting`
    or computing.
    """

    kind: Count
    base: float
    head: float
    line: str | None = None
    code: str | None = None
    library: str | None = None
    waiting: bool = False


def changes(
    base: Measurement, head: Measurement, routes: tuple[Route, Route] = (None, None)
) -> tuple[CountChange, ...]:
    """Return what there is more of in head, by the evidence trials of both sides.

    `routes` are what the agent says of the route that was asked, of base and of head.
    """
    if base.evidence is None or head.evidence is None:
        return ()
    found = (_held(base, head), _hops(base.evidence, head.evidence, *routes), _pools(base, head))
    return tuple(one for one in found if one is not None)


def _held(base: Measurement, head: Measurement) -> CountChange | None:
    """Compare what holds the loop by its code and not by its line's number, which may shift."""
    before, now = base.evidence, head.evidence
    if before is None or now is None or base.probe is None or head.probe is None:
        return None
    named = now.line is not None or now.library is not None
    known = (now.code, now.library) == (before.code, before.library)
    before_s = before.stood_still * base.probe.median_s
    now_s = now.stood_still * head.probe.median_s
    if known or not named or now_s - before_s < max(HELD_S, HELD * head.probe.median_s):
        return None
    return CountChange(
        kind=Count.HELD,
        base=before_s,
        head=now_s,
        line=now.line,
        code=now.code,
        library=now.library,
        waiting=2 * (now.computing or 0.0) < now.stood_still,
    )


def _hops(before: Evidence, now: Evidence, base: Route, head: Route) -> CountChange | None:
    """Name what runs in a thread in head alone, else the handler, in which the hop must be."""
    hops = before.hops or 0.0, now.hops or 0.0
    if hops[1] - hops[0] <= HOPS:
        return None
    in_threads = {name for name, _, runs_on in _parts(base) if runs_on == "thread"}
    parts = list(_parts(head))
    new = (one for one in parts if one[2] == "thread" and one[0] not in in_threads)
    name, line, _ = next(new, parts[-1] if parts else (None, None, None))
    return CountChange(kind=Count.HOPS, base=hops[0], head=hops[1], line=line, code=name)


def _pools(base: Measurement, head: Measurement) -> CountChange | None:
    before, now = (sum(one.app.pools.values()) if one.app else 0 for one in (base, head))
    if now <= before:
        return None
    return CountChange(kind=Count.CONNECTIONS, base=before, head=now)


def _parts(route: Route) -> Iterator[tuple[str, str, str]]:
    """Yield name, line and place of each dependency, and of the handler last."""
    if route is not None:
        for one in route["dependencies"]:
            yield one["name"], one["at"], one["runs_on"]
        yield route["handler"], route["at"], route["runs_on"]
