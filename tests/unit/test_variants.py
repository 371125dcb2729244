"""Variants differ in how, never in what: what can be seen in their files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.model.scenario import Scenario, Variant
from harness.project import ROOT
from harness.report.code import diff

SCENARIOS = catalogue()
LINES = 15  # that may differ between two variants


def test_a_linter_finds_the_traps_that_are_declared_to_be_found_and_no_others(
    tmp_path: Path,
) -> None:
    """By ruff's ASYNC rules, which do find a sleep."""
    (tmp_path / "asleep.py").write_text("import time\n\n\nasync def asleep():\n    time.sleep(1)\n")
    assert flagged(tmp_path) == {tmp_path / "asleep.py": {"ASYNC251"}}
    declared = {
        one.file_of(variant, ROOT): set(variant.flagged)
        for one in SCENARIOS.values()
        for variant in one.variants
        if variant.flagged
    }
    assert flagged(ROOT / "scenarios") == declared


def flagged(folder: Path) -> dict[Path, set[str]]:
    """Return the rules that ruff finds broken, by file."""
    ruff = [str(Path(sys.executable).with_name("ruff")), "check", "--isolated"]
    rules = ["--select", "ASYNC", "--output-format", "json", str(folder)]
    done = subprocess.run([*ruff, *rules], capture_output=True, text=True, check=False)
    found: dict[Path, set[str]] = {}
    for one in json.loads(done.stdout):
        found.setdefault(Path(one["filename"]), set()).add(one["code"])
    return found


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=lambda one: one.name)
def test_a_diff_of_two_variants_shows_only_the_treatment(scenario: Scenario) -> None:
    """At most fifteen lines that are gone, or that came."""
    before = scenario.file_of(scenario.baseline, ROOT).read_text()
    for variant in scenario.variants[1:]:
        rows = diff(before, scenario.file_of(variant, ROOT).read_text())
        differing = sum(bool(old or new) for old, _, new, _ in rows)
        assert differing <= LINES, variant.name
        alike = f"{variant.name} is the baseline under another name"
        assert differing or treatment(variant) != treatment(scenario.baseline), alike


def treatment(variant: Variant) -> tuple[object, ...]:
    """Return what may differ where two variants are served from one file."""
    return variant.budget, variant.server, variant.workers, variant.python
