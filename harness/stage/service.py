"""What an app stands on, and who provides it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

GIVEN = "given by URL"  # the provider of a service that is somebody else's


@dataclass(frozen=True, slots=True)
class Service:
    """A service that answers at `url`. `real` is false for a stand-in, which is labelled wherever its numbers appear."""

    name: str
    url: str
    provider: str
    version: str
    real: bool
    process: subprocess.Popen[str] | None = None
    log: Path | None = None

    @property
    def described(self) -> dict[str, object]:
        """What the records keep of it; the URL may hold a password and stays out."""
        return {"provider": self.provider, "version": self.version, "real": self.real}
