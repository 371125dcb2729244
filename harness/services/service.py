"""What an app stands on, and who provides it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

GIVEN = "given by URL"  # the provider of a service that is somebody else's


@dataclass(frozen=True, slots=True)
class Service:
    """A service that answers at `url`. `real` is false for a stand-in, which is labelled wherever its numbers appear."""

    name: str
    url: str
    provider: str
    version: str
    real: bool
    require: Callable[[], None] = lambda: None  # raises BenchError where it was ours and has ended
    end: Callable[[], None] = lambda: None

    @property
    def described(self) -> dict[str, object]:
        """What the records keep of it; the URL may hold a password and stays out."""
        return {"provider": self.provider, "version": self.version, "real": self.real}
