"""What was seen of a handler at work: where it ran, and what held the loop or a thread."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """What became of requests that were asked side by side, in seconds since the window opened.

    `requests` are (lane, began, ended) inside the app, a lane being a connection, counted from 0;
    `held` is (from, to, line) of what held the loop, the line empty where it was none of the app's.
    """

    requests: tuple[tuple[int, float, float], ...]
    held: tuple[tuple[float, float, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was seen of a handler: where it `ran_on`, `what` ran there, where `dependencies` ran.

    While one request after the other was asked, the loop was held for the share `stood_still` of
    the time, in pieces however short, the processor being busy for the share `computing`;
    `longest_s` at a stretch. `line` of its own held it most, in the function `library` below it.
    Of the threads that serve requests, `thread_line` was seen most, with `thread_code` and
    `thread_library`; they computed for the share `thread_computing` of the time. `hops` to threads
    were made per request. `suspended` says whether a coroutine of the handler ever waited. `lanes`
    are only seen where the scenario asks for them.
    """

    ran_on: str
    what: str | None
    stood_still: float
    longest_s: float
    line: str | None
    code: str | None
    library: str | None = None
    computing: float | None = None
    dependencies: str | None = None
    hops: float | None = None
    suspended: bool | None = None
    thread_line: str | None = None
    thread_code: str | None = None
    thread_library: str | None = None
    thread_computing: float | None = None
    lanes: Lanes | None = None
