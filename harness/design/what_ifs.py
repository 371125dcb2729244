"""What can be tried on somebody's own app without touching its files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.model.evidence import Evidence
from harness.model.scenario import Variant

AS_IT_IS = "as_it_is"
MOST_DEPENDENCIES = 2  # that are tried, each by itself
MORE_THREADS = 100  # tokens, instead of the 40 that AnyIO has by default


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The app under one change: how the agent is told it, and its environment."""

    name: str
    says: str
    treatment: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def variant(self) -> Variant:
        """It as a variant of a scenario, of which nothing is demanded."""
        return Variant(self.name, self.says, "elsewhere", file="app")


UNCHANGED = WhatIf(AS_IT_IS, "as it is")


def what_ifs(
    route: Mapping[str, Any] | None, seen: Evidence, tries: Sequence[tuple[str, str]]
) -> tuple[WhatIf, ...]:
    """Return the app as it is, and every change that makes sense for this route.

    `route` is how the agent describes it, None where no route of a known framework answers.
    """
    settings = [
        WhatIf(_name(f"{name}_{value}"), f"{name}={value}", environment={name: value})
        for name, value in tries
    ]
    found = [*_of_route(route, seen), *settings] if route else settings
    return (UNCHANGED, *found)


def _of_route(route: Mapping[str, Any], seen: Evidence) -> Iterator[WhatIf]:
    handler = route["handler"]
    if route["runs_on"] == "thread":
        yield WhatIf("on_the_loop", f"async def {handler}", "handler on the loop")
    elif route["coroutine"] and seen.suspended is False:
        yield WhatIf("in_a_thread", f"def {handler}", "handler in a thread")
    in_threads = [one["name"] for one in route["dependencies"] if one["runs_on"] == "thread"]
    for name in in_threads[:MOST_DEPENDENCIES]:
        yield WhatIf(
            _name(f"{name}_on_the_loop"),
            f"{name}() on the loop",
            f"dependency on the loop: {name}",
        )
    if seen.hops:
        says = f"{MORE_THREADS} threads"
        yield WhatIf(f"threads_{MORE_THREADS}", says, f"threads: {MORE_THREADS}")


def _name(text: str) -> str:
    """Return a text as a name: letters, digits and underscores."""
    plain = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")
    return plain if plain.isidentifier() else f"_{plain}"
