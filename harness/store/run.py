"""A run on disk: one folder, appended to and never rewritten.

`results/<stamp>-<profile>/` holds

- `plan.json`: what was asked, code included, so that the folder explains itself
- `machine.json`: the conditions: machine, versions, who provided the services
- `measurements.jsonl`: one line per trial, on disk before the next begins
- `samples/`, `logs/`: every request; what the processes said
- `report/`: derived and disposable
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harness.design.profile import profile_named
from harness.model.errors import BenchError
from harness.model.facts import Measurement
from harness.model.record import Asked, Record
from harness.store import contradictions, upgrade

# Schema history: a reader refuses what it does not know.
# 1: first version
# 2: facts only, no ceilings, caveats or void reasons; workloads, ceilings and phases as data
SCHEMA = 2
# Method history: numbers made by different methods are never compared. CHANGELOG.md, under
# "Methodology", has the reasons.
# 1: fresh process per trial; probe, open loads, closed loop; signed-rank intervals
# 2: a monitor inside each app; void blocks measured again; every answer compared
# 3: a faster bystander in shorter windows; only what decides stretches its window; closed loops
#    of other sizes
# 4: one deciding window per trial, servers of a block started together, capacity as a slope,
#    paired t intervals with more blocks as the noise asks; the rest is seen once
METHOD = 4
READABLE = {1: 3, SCHEMA: METHOD}  # schema -> the method that wrote it
GATE = "gate"  # the profile of runs that compare two states of each variant

ASKED, MEASUREMENT = TypeAdapter(Asked), TypeAdapter(Measurement)
DAMAGE = (ValueError, KeyError, TypeError, AttributeError, LookupError)


class Run:
    """A folder of results."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.measured = folder / "measurements.jsonl"
        self._parsed: tuple[tuple[int, int], list[Measurement]] = ((-1, -1), [])

    def create(self, asked: Asked) -> None:
        """Make the folder and write the plan, unless they are there."""
        for sub in ("samples", "logs"):
            (self.folder / sub).mkdir(parents=True, exist_ok=True)
        if not self._plan.exists():
            self._plan.write_text(_pack(asked))

    def append(self, measurement: Measurement) -> None:
        """Keep a measurement; it is on disk when this returns."""
        record = {"schema": SCHEMA, "method": METHOD, **asdict(measurement)}
        with self.measured.open("a") as file:
            file.write(json.dumps(record, allow_nan=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def finish(self) -> None:
        """Mark the run as complete: the same command will start a new one."""
        (self.folder / "finished").touch()

    @property
    def finished(self) -> bool:
        """Whether everything that was planned was measured, and drawn."""
        return (self.folder / "finished").exists()

    @property
    def empty(self) -> bool:
        """Whether nothing was measured yet."""
        return not (self.measured.is_file() and self.measured.stat().st_size)

    def same_as(self, asked: Asked) -> bool:
        """Return whether this folder holds exactly this plan."""
        wanted = json.loads(_pack(asked))
        try:
            found = json.loads(self._plan.read_text())
            for plan in (found, wanted):
                # Why something was skipped may be said in other words.
                plan["skipped"] = [one["what"] for one in plan.get("skipped", ())]
        except (OSError, *DAMAGE):  # damaged, and so another plan
            return False
        return bool(found == wanted)

    @cached_property
    def method(self) -> int:
        """The method by which it was measured; raises BenchError where the plan is damaged."""
        try:
            return READABLE[json.loads(self._plan.read_text())["schema"]]
        except (OSError, *DAMAGE) as error:
            raise _damaged(self._plan, None, error) from error

    @cached_property
    def asked(self) -> Asked:
        """The plan; raises BenchError where it is damaged."""
        try:
            plan = json.loads(self._plan.read_text(), parse_constant=_no_number)
            if _schema(plan) == 1:
                upgrade.plan(plan)
            asked = ASKED.validate_python(plan)
            profile_named(asked.profile)
        except (FileNotFoundError, NotADirectoryError):
            raise BenchError(
                f"{self.folder} holds no run: there is no plan.json",
                hint="give the folder of a run, such as results/reference",
            ) from None
        except (OSError, BenchError, *DAMAGE) as error:
            raise _damaged(self._plan, None, error) from error
        return asked

    @property
    def machine(self) -> dict[str, Any]:
        """The conditions, as recorded; raises BenchError where they are damaged."""
        path = self.folder / "machine.json"
        try:
            found = json.loads(path.read_text()) if path.exists() else {}
            if not isinstance(found, dict):
                raise TypeError(f"it holds a {type(found).__name__}")
        except (OSError, *DAMAGE) as error:
            raise _damaged(path, None, error) from error
        return found

    def record_machine(self, conditions: Mapping[str, Any]) -> None:
        """Write the conditions down, in place of earlier ones."""
        path = self.folder / "machine.json"
        path.write_text(json.dumps(conditions, indent=1) + "\n")

    def read(self) -> list[Measurement]:
        """Return what is on record; raises BenchError with the line that is damaged.

        A last line cut short by a kill is no measurement and is left out. The file is parsed again
        only where it has changed.
        """
        if not self.measured.exists():
            return []
        stat = self.measured.stat()
        state = stat.st_size, stat.st_mtime_ns
        if self._parsed[0] != state:
            self._parsed = state, self._parse()
        return list(self._parsed[1])

    def _parse(self) -> list[Measurement]:
        variants = {one.name: {v.name for v in one.variants} for one in self.asked.scenarios}
        found = []
        for number, line in enumerate(self.measured.read_text().split("\n")[:-1], 1):
            try:
                found.append(one := _measurement(line, self.asked.on))
                if one.trial.variant not in variants.get(one.trial.scenario, ()):
                    what = f"{one.trial.scenario}/{one.trial.variant}"
                    raise ValueError(f"{what} is not in the plan")
            except DAMAGE as error:
                raise _damaged(self.measured, number, error) from error
        return found

    def record(self) -> Record:
        """Return everything it holds; raises BenchError where anything is damaged."""
        return Record(
            name=self.folder.resolve().name,
            method=self.method,
            finished=self.finished,
            asked=self.asked,
            machine=self.machine,
            measurements=self.read(),
        )

    @property
    def cut(self) -> bool:
        """Whether a kill left the last line unfinished: it is no measurement, and is left out."""
        return self._text[-1:] not in {"", "\n"}

    def mend(self) -> bool:
        """Drop a last line that is cut, so that appending is safe; return whether there was one."""
        cut = self.cut
        if cut:
            text = self._text
            self.measured.write_text(text[: text.rfind("\n") + 1])
        return cut

    @property
    def _text(self) -> str:
        return self.measured.read_text() if self.measured.exists() else ""

    @property
    def _plan(self) -> Path:
        return self.folder / "plan.json"


def latest(results: Path, asked: Asked) -> Run | None:
    """Return the newest unfinished run of exactly this plan."""
    runs = [Run(path.parent) for path in sorted(results.glob("*/plan.json"), reverse=True)]
    return next((run for run in runs if not run.finished and run.same_as(asked)), None)


def opened(folder: Path) -> Run:
    """Return a run that was recorded; raises BenchError where there is none, or it is a gate's."""
    run = Run(folder)
    if run.asked.profile == GATE:
        found = folder / "report" / "gate.md"
        hint = f"its verdict is in {found}" if found.exists() else "it was interrupted before that"
        raise BenchError(f"{folder} is a gate's: it compares two states of each variant", hint=hint)
    return run


def newest(results: Path) -> Run:
    """Return the run that began last and measured something, gates aside.

    Raises BenchError where there is none.
    """
    folders = (path.parent for path in sorted(results.glob("20*/plan.json"), reverse=True))
    runs = (Run(folder) for folder in folders if not folder.name.endswith("-gate"))
    found = next((run for run in runs if not run.empty), None)
    if found is None:
        raise BenchError(f"there is no run in {results}", hint="make one: bench.py --profile smoke")
    return found


def _pack(asked: Asked) -> str:
    plan = ASKED.dump_python(asked, mode="json")
    return json.dumps({"schema": SCHEMA, "method": METHOD, **plan}, indent=1) + "\n"


def _measurement(line: str, place: str) -> Measurement:
    record = json.loads(line)
    if _schema(record) == 1:
        upgrade.measurement(record, place)
    _require_numbers(record)
    found = MEASUREMENT.validate_python(record)
    contradictions.require_consistent(found)
    return found


def _schema(record: dict[str, Any]) -> int:
    """Take schema and method out of a record; raises ValueError where they are not read here."""
    schema, method = record.pop("schema"), record.pop("method")
    if READABLE.get(schema) != method:
        known = " or ".join(f"schema {one} and method {other}" for one, other in READABLE.items())
        raise ValueError(f"recorded under schema {schema} and method {method}; this reads {known}")
    return int(schema)


def _require_numbers(value: Any) -> None:  # noqa: ANN401  as JSON has it
    """Refuse NaN and infinity wherever a number is read."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is no number that could be measured")
    for one in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        _require_numbers(one)


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _damaged(path: Path, line: int | None, error: Exception) -> BenchError:
    where = str(path) if line is None else f"{path}, line {line},"
    why = str(error) or type(error).__name__
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        why = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    hint = "restore the file" if line is None else "remove that line and run again, or restore it"
    return BenchError(f"{where} cannot be read: {why}", hint=hint)
