"""What was seen, on disk: one folder per run, appended to and never rewritten.

`results/<stamp>-<profile>/` holds

- `plan.json`: what was asked, code included, so that the folder explains itself
- `machine.json`: the conditions: machine, versions, who provided the services
- `measurements.jsonl`: one line per trial, on disk before the next begins
- `samples/`, `logs/`: every request; what the processes said
- `report/`: derived and disposable
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from harness.judge.caveats import Caveat, Void
from harness.model.errors import BenchError
from harness.model.facts import Measurement
from harness.model.scenario import Scenario
from harness.model.theory import Demand

# Schema history: a reader refuses what it does not know.
# 1: first version
SCHEMA = 1
# Method history: numbers made by different methods are never compared. CHANGELOG.md, "Methodology", has the reasons.
# 1: fresh process per trial; probe, open loads, closed loop; signed-rank intervals
# 2: a monitor inside each app; void blocks measured again; every answer compared
# 3: a faster bystander in shorter windows; only what decides stretches its window; closed loops of other sizes
METHOD = 3


@dataclass(frozen=True, slots=True)
class Skipped:
    """A scenario, or a variant of one, that could not be measured here: why, and the one command that would change that."""

    what: str
    why: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The plan of a run, as it is kept: what was asked, of whom, how hard."""

    profile: str
    on: str
    seed: int
    commit: str
    fingerprint: str
    scenarios: tuple[Scenario, ...]
    code: Mapping[str, str]  # "scenario/variant" -> the file's text
    skipped: tuple[Skipped, ...] = ()


ASKED, MEASUREMENT = TypeAdapter(Asked), TypeAdapter(Measurement)


class Run:
    """A folder of results."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.measured = folder / "measurements.jsonl"

    def create(self, asked: Asked) -> None:
        """Make the folder, unless it is there."""
        for sub in ("samples", "logs"):
            (self.folder / sub).mkdir(parents=True, exist_ok=True)
        if not self._plan.exists():
            self._plan.write_text(_pack(asked))

    def append(self, measurement: Measurement) -> None:
        """Keep a measurement; it is on disk when this returns."""
        with self.measured.open("a") as file:
            file.write(
                json.dumps({"schema": SCHEMA, "method": METHOD, **asdict(measurement)}) + "\n"
            )
            file.flush()
            os.fsync(file.fileno())

    def finish(self) -> None:
        """Mark the run as complete: the same command will start a new one."""
        (self.folder / "finished").touch()

    @property
    def finished(self) -> bool:
        """Say whether everything planned was measured."""
        return (self.folder / "finished").exists()

    def same_as(self, asked: Asked) -> bool:
        """Say whether this folder holds exactly this plan."""
        wanted = json.loads(_pack(asked))
        try:
            found = json.loads(self._plan.read_text())
            for plan in (found, wanted):
                plan["skipped"] = [
                    one["what"] for one in plan.get("skipped", ())
                ]  # why it was skipped may be said in other words
        except (
            FileNotFoundError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
        ):  # damaged, and so another plan
            return False
        return bool(found == wanted)

    @cached_property
    def asked(self) -> Asked:
        """Read the plan back; raises BenchError where it is damaged."""
        try:
            return _unpack(json.loads(self._plan.read_text()))
        except (FileNotFoundError, NotADirectoryError):
            raise BenchError(
                f"{self.folder} holds no run: there is no plan.json",
                hint="give the folder of a run, such as results/reference",
            ) from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _damaged(self._plan, 1, error) from error

    @property
    def machine(self) -> dict[str, Any]:
        """The conditions, as recorded."""
        path = self.folder / "machine.json"
        try:
            found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        except ValueError as error:
            raise _damaged(path, 1, error) from error
        return found

    @machine.setter
    def machine(self, conditions: Mapping[str, Any]) -> None:
        (self.folder / "machine.json").write_text(json.dumps(conditions, indent=1) + "\n")

    def read(self) -> list[Measurement]:
        """Read what is on record. A last line cut short by a kill is no measurement and is left out; any other damage raises BenchError."""
        if not self.measured.exists():
            return []
        found = []
        lines = self.measured.read_text().split("\n")
        for number, line in enumerate(lines[:-1], 1):
            try:
                found.append(_measurement(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise _damaged(self.measured, number, error) from error
        return found

    def mend(self) -> None:
        """Cut off a last line that a kill left unfinished, so that appending is safe."""
        if (
            self.measured.exists()
            and (text := self.measured.read_text())
            and not text.endswith("\n")
        ):
            self.measured.write_text(text[: text.rfind("\n") + 1])

    @property
    def _plan(self) -> Path:
        return self.folder / "plan.json"


def latest(results: Path, asked: Asked) -> Run | None:
    """Find the newest unfinished run of exactly this plan."""
    runs = [Run(path.parent) for path in sorted(results.glob("*/plan.json"), reverse=True)]
    return next((run for run in runs if not run.finished and run.same_as(asked)), None)


def opened(folder: Path) -> Run:
    """Open a run that was recorded; raises BenchError where it is a gate's, which compares states and not variants."""
    run = Run(folder)
    if run.asked.profile == "gate":
        found = folder / "report" / "gate.md"
        hint = (
            f"what it found is in {found}"
            if found.exists()
            else "it was interrupted before it found anything"
        )
        raise BenchError(f"{folder} is a gate's: it compares two states of each variant", hint=hint)
    return run


def newest(results: Path) -> Run:
    """Find the run that began last, gates aside; raises BenchError where there is none."""
    found = sorted(
        path for path in results.glob("20*/plan.json") if not path.parent.name.endswith("-gate")
    )
    if not found:
        raise BenchError(f"there is no run in {results}", hint="make one: bench.py --profile smoke")
    return Run(found[-1].parent)


def _recorded(_: Demand) -> float:
    raise LookupError("the ceilings of a recorded scenario stand in its measurements")


def _pack(asked: Asked) -> str:
    plan = asdict(asked)
    for scenario in plan["scenarios"]:
        for variant in scenario["variants"]:
            del variant["ceiling"]
    return json.dumps({"schema": SCHEMA, "method": METHOD, **plan}, indent=1) + "\n"


def _unpack(plan: dict[str, Any]) -> Asked:
    _check(plan)
    for scenario in plan["scenarios"]:
        for variant in scenario["variants"]:
            variant["ceiling"] = _recorded
    return ASKED.validate_python(plan)


def _measurement(record: dict[str, Any]) -> Measurement:
    _check(record)
    found = MEASUREMENT.validate_python(record)
    if strangers := {*found.caveats} - {*Caveat.__members__} | {*found.void} - {*Void.__members__}:
        raise ValueError(f"unknown doubts {strangers}")
    return found


def _check(record: dict[str, Any]) -> None:
    schema, method = record.pop("schema"), record.pop("method")
    if schema != SCHEMA or method != METHOD:
        raise ValueError(
            f"recorded under schema {schema} and method {method}; this reads schema {SCHEMA} and method {METHOD}"
        )


def _damaged(path: Path, line: int, error: Exception) -> BenchError:
    return BenchError(
        f"{path}, line {line}, cannot be read: {error or type(error).__name__}",
        hint="remove that line and run again, or restore the file",
    )
