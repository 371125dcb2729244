"""A run as it is on record: what was asked, the conditions, what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.model.facts import Measurement
from harness.model.scenario import GROUPS, Scenario


@dataclass(frozen=True, slots=True)
class Skipped:
    """A scenario, or a variant of one, that could not be measured here, and what would help."""

    what: str
    why: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The plan of a run: what was asked, of whom, how hard.

    `on` is the place, `code` the text of each file by "scenario/variant", `services` the URLs of
    those that were given, without passwords. `app` is somebody's own app, as its routes describe
    it; empty for the scenarios of the catalogue.
    Raises ValueError where a group is unknown.
    """

    profile: str
    on: str
    seed: int
    commit: str
    fingerprint: str
    scenarios: tuple[Scenario, ...]
    code: Mapping[str, str]
    skipped: tuple[Skipped, ...] = ()
    services: Mapping[str, str] = field(default_factory=dict)
    app: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a group that nobody knows."""
        for scenario in self.scenarios:
            if scenario.group not in {*GROUPS, ""}:
                raise ValueError(f"there is no group {scenario.group!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Everything that a run's folder holds. `machine` are the conditions, as JSON has them."""

    name: str
    method: int
    finished: bool
    asked: Asked
    machine: Mapping[str, Any]
    measurements: Sequence[Measurement]

    def scenario(self, name: str) -> Scenario | None:
        """Return a scenario that was asked, by its name."""
        return next((one for one in self.asked.scenarios if one.name == name), None)
