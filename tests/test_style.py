"""The house rules, held by tools."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.places.serve import PATIENT, UVICORN
from harness.project import ROOT

BIN = Path(sys.executable).parent
WORKFLOWS = (
    "check-jsonschema",
    "--builtin-schema",
    "vendor.github-workflows",
    ".github/workflows/tests.yaml",
    ".github/workflows/gate.yaml",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("lint-imports", "--no-cache"),
        ("zizmor", "--offline", "--quiet", ".github"),
        WORKFLOWS,
    ],
    ids=" ".join,
)
def test_the_tools_find_nothing(command: tuple[str, ...]) -> None:
    """Lint, form, types, architecture, workflows."""
    done = subprocess.run(
        [BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_ignored_rule_has_its_reason() -> None:
    """In pyproject.toml as in the code."""
    ignored = (ROOT / "pyproject.toml").read_text().partition("ignore = [")[2].partition("]")[0]
    assert all("# " in line for line in ignored.strip().splitlines())
    for path in [
        *ROOT.glob("*.py"),
        *ROOT.glob("harness/**/*.py"),
        *ROOT.glob("locustfiles/*.py"),
        *ROOT.glob("scenarios/*/*.py"),
    ]:
        for line in path.read_text().splitlines():
            if "# noqa" in line:
                assert len(line.partition("# noqa: ")[2].split(maxsplit=1)) == 2, f"{path}: {line}"


def test_nothing_is_timed_by_a_clock_that_can_be_set() -> None:
    """The wall clock names folders, tells when the machine slept, and keeps Locust's own per-second counts; nothing else reads it."""
    files = [
        path
        for part in ("harness", "locustfiles", "scenarios")
        for path in ROOT.glob(f"{part}/**/*.py")
    ]
    readers = {str(path.relative_to(ROOT)) for path in files if "time.time()" in path.read_text()}
    assert readers == {"harness/system/clocks.py", "locustfiles/_record.py"}


def test_no_server_is_started_in_a_mode_for_development() -> None:
    """No reloader, no access log, no debugger."""
    assert "--no-access-log" in UVICORN
    assert not {"--reload", "--access-log", "debug"} & {*UVICORN, *PATIENT}
