"""Services and a load that stay up between the points of one scenario."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from harness.experiment.measure import Bench


class Kept:
    """Keeps what is up for the next point of a scenario, where that needs the same.

    The load compares each answer with those before it, so points must not differ in their answers.
    """

    def __init__(self, stack: ExitStack) -> None:
        """Keep nothing yet; what is up at last ends with the stack."""
        self._own = stack.enter_context(ExitStack())
        self._up: tuple[object, Bench] | None = None

    def bench(self, alike: object, bring_up: Callable[[], AbstractContextManager[Bench]]) -> Bench:
        """Return what is up for all that is `alike`; what was up for others ends."""
        if self._up is None or self._up[0] != alike:
            self.end()
            self._up = alike, self._own.enter_context(bring_up())
        return self._up[1]

    def end(self) -> None:
        """End it."""
        self._up = None
        self._own.close()
