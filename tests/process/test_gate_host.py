"""A gate on real processes: red on a real slowdown, clear where something is wrong, and nothing left of either side however it ends."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import Copy, nothing_left  # type: ignore[import-not-found,unused-ignore]  # pytest puts it there

pytestmark = pytest.mark.real

QUICK = "async def nap(key: int):\n    return {}\n"
SLOW = "async def nap(key: int):\n    sum(range(20_000))\n    return {}\n"
DRIVERS = (
    "aio",
    "asyncpg",
    "httpx",
    "motor",
    "numpy",
    "psycopg",
    "pymongo",
    "redis",
    "requests",
    "sqlalchemy",
)


def git(copy: Copy, *words: str) -> str:
    """Ask git, as somebody."""
    command = ["git", "-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", *words]
    return subprocess.run(command, cwd=copy.root, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def repository(copy: Copy) -> Copy:
    """Commit a copy with a scenario that needs nothing, whose windows and whose lock are short."""
    copy.nap(QUICK)
    copy.edit(
        "harness/design/plan.py",
        "looks=(8, 16, 28), closed_s=1,",
        "looks=(8, 16, 28), closed_s=0.4,",
    )
    copy.edit("harness/design/plan.py", "PILOT_S = 1.5", "PILOT_S = 0.5")
    copy.edit("harness/design/plan.py", "WARM_UP_S = 0.5", "WARM_UP_S = 0.2")
    lock = copy.root / "compose" / "requirements.lock"
    lock.write_text(
        "".join(
            one for one in re.split(r"(?m)^(?=\w)", lock.read_text()) if not one.startswith(DRIVERS)
        )
    )
    (copy.root / ".gitignore").write_text("results/\n__pycache__/\n")
    git(copy, "init", "--quiet")
    git(copy, "add", ".")
    git(copy, "commit", "--quiet", "--message", "Begin")
    return copy


def test_a_slower_variant_is_red_and_what_only_one_side_has_is_named(repository: Copy) -> None:
    """Both sides side by side, twice; what the other formats show is derived from that. A variant three times slower needs neither a strict level nor quiet."""
    repository.edit("harness/design/plan.py", "LEVEL = 0.05", "LEVEL = 0.5")
    repository.edit(
        "harness/design/plan.py",
        "looks=(8, 16, 28), closed_s=0.4",
        "looks=(5, 16, 28), closed_s=0.4",
    )
    repository.edit("harness/judge/guards.py", "FOREIGN = 0.15", "FOREIGN = 1.0")
    folder = repository.root / "scenarios" / "nap"
    (folder / "third.py").write_text((folder / "second.py").read_text())
    (folder / "second.py").unlink()
    (folder / "first.py").write_text((folder / "first.py").read_text().replace(QUICK, SLOW))
    repository.edit("scenarios/nap/scenario.py", 'Variant("second"', 'Variant("third"')
    said = repository.bench("gate", "nap", "--base", "HEAD", "--budget", "4m", code=1)
    assert "nap/third (only head has it)" in said
    assert "nap/second (only base has it)" in said
    assert (
        "✗ nap/first: slower by its capacity and its CPU per request, and a second run under another seed says so too"
        in said
    )
    (report,) = repository.root.glob("results/*-gate/report")
    assert {path.name for path in report.iterdir()} >= {"gate.md", "junit.xml", "bencher.json"}
    assert json.loads((report / "bencher.json").read_text())["nap/first"]["capacity"]["value"] < 0.9
    assert "is a gate's" in repository.bench("report", str(report.parent), code=2)
    assert nothing_left(repository)


def test_a_gate_that_is_ended_leaves_nothing_of_either_side(repository: Copy) -> None:
    """No environment, no worktree, no process; what was measured stays."""
    process = repository.start("gate", "nap", "--base", "HEAD", "--budget", "5m")
    deadline = time.monotonic() + 120
    while not [
        path
        for path in repository.root.glob("results/*-gate/measurements.jsonl")
        if path.read_text()
    ]:
        assert time.monotonic() < deadline, "no measurement within two minutes"
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    said, complained = process.communicate(timeout=30)
    assert process.returncode == 130, said + complained
    assert "Traceback" not in said + complained
    assert nothing_left(repository)
    assert not git(repository, "status", "--short")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((), "a gate needs something to compare with"),
        (("--base", "nowhere"), "git knows no commit 'nowhere' here"),
        (("--base", "HEAD", "--budget", "30s"), "is too short for 2 variants: it takes 2 min"),
        (("--base", "HEAD", "--budget", "soon"), "'soon' is no length of time"),
        (("--base", "HEAD", "--margin", "90%"), "'90%' is no margin"),
        (("--with", "fastapi"), "'fastapi' names no exact version"),
        (("--with", "python==3.99"), "there is no python3.99 on PATH"),
    ],
)
def test_what_is_wrong_with_what_was_asked_is_said_with_a_remedy(
    repository: Copy, words: tuple[str, ...], error: str
) -> None:
    """Exit code 2, and nothing is left."""
    said = repository.bench("gate", "nap", *words, code=2)
    assert error in said
    assert "Hint: " in said
    assert nothing_left(repository)


def test_two_sides_without_a_variant_in_common_are_refused(repository: Copy) -> None:
    """All were renamed."""
    folder = repository.root / "scenarios" / "nap"
    for old, new in (("first", "third"), ("second", "fourth")):
        (folder / f"{old}.py").rename(folder / f"{new}.py")
        repository.edit("scenarios/nap/scenario.py", f'Variant("{old}"', f'Variant("{new}"')
    said = repository.bench("gate", "nap", "--base", "HEAD", code=2)
    assert (
        "nothing in common to compare: nap/third (only head has it), nap/fourth (only head has it), nap/first (only base has it)"
        in said
    )


def test_a_gate_that_is_ended_while_it_installs_leaves_nothing(repository: Copy) -> None:
    """Not even the installer's own temporary folders."""
    process = repository.start("gate", "nap", "--base", "HEAD", "--budget", "5m")
    deadline = time.monotonic() + 60
    while not list(repository.temporary.glob("*/environment-*/bin/python")):
        assert time.monotonic() < deadline, "nothing is installed within a minute"
        time.sleep(0.1)
    time.sleep(3)  # into what pip does
    process.send_signal(signal.SIGINT)
    said, complained = process.communicate(timeout=30)
    assert process.returncode == 130, said + complained
    assert "Traceback" not in said + complained
    assert nothing_left(repository)


def test_a_head_that_measures_in_another_way_is_refused(repository: Copy) -> None:
    """Its load is not this checkout's."""
    load = repository.root / "locustfiles" / "nap.py"
    kept = load.read_text()
    load.write_text(kept.replace("range(1, 11)", "range(1, 5)"))
    git(repository, "commit", "--quiet", "--all", "--message", "Load otherwise")
    git(repository, "tag", "other")
    git(repository, "checkout", "--quiet", "HEAD~1")
    said = repository.bench("gate", "nap", "--base", "HEAD", "--head", "other", code=2)
    assert "measures or loads in another way" in said
    assert "locustfiles/nap.py" in said
    assert Path(load).read_text() == kept
