"""What was tried on somebody's own app, in words, and the change in its code that it stands for.

`route` is how the agent describes the route; None where none of a known framework answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.report.language import say

THREADS, DEPENDENCY = "threads_", "_on_the_loop"  # in the names of what is tried


def tried(name: str, says: str, route: Mapping[str, Any] | None) -> str:
    """Write what was tried; what is code stays as the plan `says` it."""
    if name.startswith(THREADS):
        return say("own.try.threads", threads=name.removeprefix(THREADS))
    for one in (route or {}).get("dependencies", ()):
        if name == f"{one['name']}{DEPENDENCY}":
            return say("own.try.dependency", name=one["name"])
    return says


def change(name: str, says: str, route: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return a change as two lines of a diff, or in words."""
    if route and name == "in_a_thread":
        return route["at"], f"- async def {route['handler']}(…)", f"+ def {route['handler']}(…)"
    if route and name == "on_the_loop":
        return route["at"], f"- def {route['handler']}(…)", f"+ async def {route['handler']}(…)"
    for one in (route or {}).get("dependencies", ()):
        if name == f"{one['name']}{DEPENDENCY}":
            return one["at"], f"- def {one['name']}(…)", f"+ async def {one['name']}(…)"
    if name.startswith(THREADS):
        tokens = name.removeprefix(THREADS)
        return (
            say("own.do.lifespan"),
            f"+ anyio.to_thread.current_default_thread_limiter().total_tokens = {tokens}",
        )
    return (say("own.do.set", setting=says),)
