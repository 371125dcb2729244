"""What an idle connection costs: how much the memory of a server grows while it holds them."""

from __future__ import annotations

import resource
from contextlib import ExitStack

from harness.model.scenario import Scenario
from harness.places.place import Server
from harness.system.ask import UNANSWERED, hold

BEFORE = 400  # connections that take what start and load have left free: steady from there on
OTHER_FILES = 200  # that this process and a server have open beside the connections


def bytes_per_connection(scenario: Scenario, server: Server) -> float | None:
    """Return the bytes of memory that each of `scenario.held` idle connections adds.

    BEFORE others are opened first and not counted. None where none are asked for, where the server
    does not keep them open, or where so many files may not be open here.
    """
    count, request = scenario.held, scenario.workload.idle_request
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if not count or allowed < BEFORE + count + OTHER_FILES:
        return None
    with ExitStack() as stack:
        try:
            kept = hold(stack, server.url, request, BEFORE)
            before_bytes = server.rss_bytes()
            kept += hold(stack, server.url, request, count)
        except UNANSWERED:
            return None
        grown = server.rss_bytes() - before_bytes
        return grown / count if kept == BEFORE + count else None
