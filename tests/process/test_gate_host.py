"""A gate on real processes: red on a real slowdown, clear where something is wrong.

Nothing is left of either side, however it ends.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from harness.cli.main import bench
from harness.model.errors import BenchError
from harness.store.run import opened
from tests.support.project_copy import Copy, wait_until

# Quick, but not so quick that the load generator is what limits it; and four times slower.
QUICK = "async def nap(key: int):\n    sum(range(10_000))\n    return {}\n"
SLOW = QUICK.replace("10_000", "40_000")
SERVER = ("click==", "h11==", "httptools==", "uvicorn==", "uvloop==")  # what serves, with its needs
SHORT = [
    "harness.design.profile:GATE.closed_s=0.2",
    "harness.design.script:RAMP_S=0.1",
    "harness.design.script:REST_S=0.1",
    "harness.design.script:IDLE_S=0.1",
    "harness.design.script:WORK_S=0.1",
]
# A variant many times slower needs neither a strict alpha nor a quiet machine.
CLEAR = [
    "harness.judge.screening:RED_ALPHA=0.5",
    "harness.judge.screening:LOOKS=(4, 6)",
    "harness.experiment.gate_scheduler:LOOKS=(4, 6)",
    "harness.judge.guards:FOREIGN=1.0",
    "harness.judge.guards:HALVES_APART=100.0",
]
IDENTITY = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")


def git(copy: Copy, *words: str) -> str:
    """Ask git, as somebody."""
    program = shutil.which("git")
    assert program
    command = [program, *IDENTITY, *words]
    return subprocess.run(command, cwd=copy.root, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def repository(copy: Copy) -> Copy:
    """Commit a copy with a scenario that needs nothing, whose windows and whose lock are short."""
    copy.nap(QUICK)
    copy.patches = [*SHORT]
    lock = copy.root / "compose" / "requirements.lock"
    packages = re.split(r"(?m)^(?=\w)", lock.read_text())
    lock.write_text("".join(one for one in packages if one.startswith(SERVER)))
    (copy.root / ".gitignore").write_text("results/\n__pycache__/\n")
    git(copy, "init", "--quiet")
    git(copy, "add", ".")
    git(copy, "commit", "--quiet", "--message", "Begin")
    return copy


def rename(copy: Copy, old: str, new: str) -> None:
    """Give a variant of nap another name."""
    folder = copy.root / "scenarios" / "nap"
    (folder / f"{old}.py").rename(folder / f"{new}.py")
    declared = (folder / "scenario.py").read_text()
    (folder / "scenario.py").write_text(declared.replace(f'Variant("{old}"', f'Variant("{new}"'))


def test_a_slower_variant_is_red_and_what_only_one_side_has_is_named(repository: Copy) -> None:
    """Both sides side by side, twice; what the other formats show is derived from that."""
    repository.patches += CLEAR
    rename(repository, "second", "third")
    first = repository.root / "scenarios" / "nap" / "first.py"
    first.write_text(first.read_text().replace(QUICK, SLOW))
    said = repository.bench("gate", "nap", "--base", "HEAD", "--budget", "4m", code=1)
    assert "nap/third (only head has it)" in said
    assert "nap/second (only base has it)" in said
    assert "✗ nap/first: slower by its capacity and its CPU per request, and fresh blocks" in said
    (report,) = repository.results.glob("*-gate/report")
    assert {path.name for path in report.iterdir()} >= {
        "gate.md",
        "gate.json",
        "junit.xml",
        "bencher.json",
    }
    assert json.loads((report / "bencher.json").read_text())["nap/first"]["capacity"]["value"] < 0.9
    (found,) = json.loads((report / "gate.json").read_text())
    assert (found["scenario"], found["variant"], found["verdict"]) == ("nap", "first", "regression")
    assert (report.parent / "finished").exists()
    with pytest.raises(BenchError, match="is a gate's"):
        opened(report.parent)
    assert repository.nothing_left()


def test_a_gate_that_is_ended_leaves_nothing_of_either_side(repository: Copy) -> None:
    """No environment, no worktree, no process; what was measured stays."""
    running = repository.start("gate", "nap", "--base", "HEAD", "--budget", "5m")
    running.wait_for("block 1 · base")
    running.process.send_signal(signal.SIGINT)
    assert "What was measured is kept in" in running.end(130)
    assert repository.records()
    assert not list(repository.results.glob("*-gate/finished"))
    assert repository.nothing_left()
    assert not git(repository, "status", "--short")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((), "a gate needs something to compare with"),
        (("--base", "nowhere"), "git knows no commit 'nowhere' here"),
        (
            ("--base", "HEAD", "--budget", "30s"),
            "a budget of 30 s is too short for 2 variants: it takes 1 min to look at each",
        ),
        (("--base", "HEAD", "--budget", "5s"), "a budget of 5 s is too short for 2 variants"),
        (("--base", "HEAD", "--budget", "soon"), "--budget 'soon' is no length of time"),
        (("--base", "HEAD", "--margin", "90%"), "--margin '90%' is no share"),
        (("--with", "fastapi"), "'fastapi' names no exact version"),
        (("--with", "python==3.99"), "there is no python3.99 on PATH"),
    ],
)
def test_what_is_wrong_with_what_was_asked_is_said_with_a_remedy(
    words: tuple[str, ...], error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, and nothing is left, not even a run folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    for folder in ("temporary", "results"):
        (tmp_path / folder).mkdir()
    command = ["gate", "hop", *words, "--results", str(tmp_path / "results")]
    result = CliRunner().invoke(bench, command)
    assert result.exit_code == 2
    assert error in result.output
    assert "Hint: " in result.output
    assert {path.name for path in tmp_path.glob("*/*")} <= {".lock"}


def test_two_sides_without_a_variant_in_common_are_refused(repository: Copy) -> None:
    """All were renamed."""
    rename(repository, "first", "third")
    rename(repository, "second", "fourth")
    said = repository.bench("gate", "nap", "--base", "HEAD", code=2)
    assert "nothing in common to compare: nap/third (only head has it), nap/fourth" in said
    assert "nap/fourth (only head has it), nap/first (only base has it)" in said
    assert "name a scenario of which both have a variant" in said


def test_a_gate_that_is_ended_while_it_installs_leaves_nothing(repository: Copy) -> None:
    """Not even the installer's own temporary folders."""
    running = repository.start("gate", "nap", "--base", "HEAD", "--budget", "5m")
    running.wait_for("installing the packages")
    assert wait_until(lambda: any(map(installs, repository.processes())))
    running.process.send_signal(signal.SIGINT)
    running.end(130)
    assert repository.nothing_left()


def installs(process: psutil.Process) -> bool:
    """Return whether this is pip at work, in an environment that is being made."""
    try:
        words = process.cmdline()
    except psutil.Error:
        return False
    return "--require-hashes" in words and "/environment-" in words[0]


def test_a_head_that_measures_in_another_way_is_refused(repository: Copy) -> None:
    """Its load is not this checkout's."""
    load = repository.root / "locustfiles" / "workload.py"
    kept = load.read_text()
    load.write_text(f"{kept}\nMORE = 1\n")
    git(repository, "commit", "--quiet", "--all", "--message", "Load otherwise")
    git(repository, "tag", "other")
    git(repository, "checkout", "--quiet", "HEAD~1")
    said = repository.bench("gate", "nap", "--base", "HEAD", "--head", "other", code=2)
    assert "measures or loads in another way" in said
    assert "locustfiles/workload.py" in said
    assert load.read_text() == kept
