"""The house rules, held by tools. They are the same everywhere, so CI runs them once."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.project import ROOT
from harness.servers import SERVERS, command

BIN = Path(sys.executable).parent
WORKFLOWS = (
    "check-jsonschema",
    "--builtin-schema",
    "vendor.github-workflows",
    ".github/workflows/tests.yaml",
    ".github/workflows/gate.yaml",
)
ACTION = ("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml")
COLUMNS, LINES = 100, 300
VENDORED = "harness/report/vendor"  # as its authors wrote it
NOQA = "# " + "noqa"  # in parts, or this file would hold one without a reason
CLOCK_READERS = {"harness/system/clocks.py", "locustfiles/_record.py"}


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("lint-imports", "--no-cache"),
        ("zizmor", "--offline", "--quiet", ".github", "action.yml"),
        WORKFLOWS,
        ACTION,
    ],
    ids=" ".join,
)
def test_the_tools_find_nothing(command: tuple[str, ...]) -> None:
    """Lint, form, types, architecture, workflows."""
    done = subprocess.run(
        [BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def tracked(*patterns: str) -> list[Path]:
    """Return the files that git knows, or would add, by these patterns."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def test_no_file_and_no_line_is_too_long() -> None:
    """So that a file has one subject, and two files fit beside each other."""
    code = ("*.py", "*.sh", "*.css", "*.js", "*.j2", "compose/*.yaml", ".ci/*")
    own = (*code, "harness/report/language/*.toml")
    for path in tracked(*own, f":!{VENDORED}"):
        lines = path.read_text().splitlines()
        assert len(lines) <= LINES, f"{path} has {len(lines)} lines"
        wide = [number for number, line in enumerate(lines, 1) if len(line) > COLUMNS]
        assert not wide, f"{path}, line {wide[0]}, is wider than {COLUMNS} columns"


def test_every_ignored_rule_has_its_reason() -> None:
    """In pyproject.toml as in the code."""
    ignored = (ROOT / "pyproject.toml").read_text().partition("ignore = [")[2].partition("]")[0]
    assert all("# " in line for line in ignored.strip().splitlines())
    for path in tracked("*.py"):
        for line in path.read_text().splitlines():
            if re.search(NOQA, line):
                assert re.search(NOQA + r": [A-Z0-9, ]+  \S", line), f"{path}: {line}"


def test_nothing_is_timed_by_a_clock_that_can_be_set() -> None:
    """The wall clock says when the machine slept, and serves Locust's own counts per second."""
    files = tracked("harness/*.py", "locustfiles/*.py", "scenarios/*.py")
    readers = {str(path.relative_to(ROOT)) for path in files if "time.time()" in path.read_text()}
    assert readers == CLOCK_READERS


def test_no_server_is_started_in_a_mode_for_development() -> None:
    """No reloader, no access log, no debugger."""
    for server in SERVERS:
        words = command(server, "app:app", "127.0.0.1", 8000)
        assert "warning" in words
        assert not {"--reload", "--access-log", "debug", "--access-logfile"} & set(words)


@pytest.mark.parametrize("word", ["/simple/", "files." + "pythonhosted", "deb." + "debian"])
def test_no_index_is_named_in_any_tracked_file(word: str) -> None:
    """The lock holds hashes and no addresses."""
    words = ["git", "grep", "-lI", "--", word]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    mine = str(Path(__file__).relative_to(ROOT))
    assert not [name for name in done.stdout.split() if name != mine]
