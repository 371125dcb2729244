"""Variants differ in how, never in what."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.design import plan
from harness.experiment.session import fitting
from harness.catalogue import catalogue
from harness.model.scenario import Scenario
from harness.places.host import Host
from harness.places.serve import serve, wait_for
from harness.project import ROOT
from harness.report.code import diff
from harness.services.provide import environment, lacking
from harness.system.ask import ask
from harness.system.cores import Cores
from harness.system.ports import free_port
from harness.system.processes import Crew

SCENARIOS = catalogue()
PATH = re.compile(r'path = "(.+)"')
LINES = 15  # that may differ between two variants


def test_a_linter_finds_the_traps_that_are_declared_to_be_found_and_no_others(
    tmp_path: Path,
) -> None:
    """By ruff's ASYNC rules, which do find a sleep."""
    (tmp_path / "asleep.py").write_text("import time\n\n\nasync def asleep():\n    time.sleep(1)\n")
    assert flagged(tmp_path) == {tmp_path / "asleep.py": {"ASYNC251"}}
    declared = {
        ROOT / "scenarios" / one.name / f"{v.source}.py": set(v.flagged)
        for one in SCENARIOS.values()
        for v in one.variants
        if v.flagged
    }
    assert flagged(ROOT / "scenarios") == declared


def flagged(folder: Path) -> dict[Path, set[str]]:
    """Ask ruff, by file."""
    command = [
        str(Path(sys.executable).parent / "ruff"),
        "check",
        "--isolated",
        "--select",
        "ASYNC",
        "--output-format",
        "json",
        str(folder),
    ]
    found: dict[Path, set[str]] = {}
    for one in json.loads(
        subprocess.run(command, capture_output=True, text=True, check=False).stdout
    ):
        found.setdefault(Path(one["filename"]), set()).add(one["code"])
    return found


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=lambda one: one.name)
def test_a_diff_of_two_variants_shows_only_the_treatment(scenario: Scenario) -> None:
    """At most fifteen lines that are gone, or that came."""
    folder = ROOT / "scenarios" / scenario.name
    before = (folder / f"{scenario.baseline.source}.py").read_text()
    for variant in scenario.variants[1:]:
        rows = diff(before, (folder / f"{variant.source}.py").read_text())
        differing = sum(bool(old or new) for old, _, new, _ in rows)
        assert differing <= LINES, variant.name
        assert differing or variant.budget != scenario.baseline.budget, (
            f"{variant.name} is the baseline under another name"
        )


@pytest.fixture
def crew() -> Iterator[Crew]:
    """Start processes that end with the test."""
    with Crew() as crew:
        yield crew


@pytest.mark.real
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_variant_gives_the_very_same_bytes(name: str, crew: Crew, tmp_path: Path) -> None:
    """To requests that are right, wrong and unknown."""
    if gone := [why for need in SCENARIOS[name].needs if (why := lacking(need))]:
        pytest.skip(str(gone[0]))
    (scenario,), _ = fitting([SCENARIOS[name]], lacking)
    (path,) = PATH.findall((ROOT / "locustfiles" / f"{scenario.workload}.py").read_text())
    asked = [path.format(key=key) for key in (1, 2, 500, 1000, "seven")] + [
        "/idle",
        "/nowhere",
        *scenario.samples,
    ]
    answers: dict[str, list[tuple[int, bytes]]] = {}
    with Host(crew, Cores((), ()), 0, 0).services(scenario, tmp_path) as found:
        for trial in plan.pilot(scenario, 0):
            with serve(
                scenario,
                trial,
                crew,
                tmp_path / "log",
                settings=environment(found),
                on=(),
                port=free_port(),
                monitor_port=free_port(),
            ) as server:
                wait_for(server, tmp_path / "log")
                answers[trial.variant] = [ask(server.url, path) for path in asked]
    assert not list(crew.folder.glob("app-*")), "what an app has left in its temporary folder"
    assert len(answers) == len(scenario.variants)
    baseline = answers.pop(scenario.baseline.name)
    assert [status for status, _ in baseline] == [
        200,
        200,
        200,
        200,
        422,
        200,
        404,
        *(200 for _ in scenario.samples),
    ]
    assert all(found == baseline for found in answers.values()), answers
