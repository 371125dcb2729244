"""The two states that a gate compares: the right commit as base, and its files as they were."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.model.errors import BenchError
from harness.places import checkouts

Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """Make a repository: main went on after a branch had left it, and the branch is checked out."""
    root = tmp_path / "project"
    (root / "scenarios" / "nap").mkdir(parents=True)
    monkeypatch.setattr(checkouts, "ROOT", root)

    def ask(*words: str) -> str:
        command = [
            "git",
            "-c",
            "user.name=Somebody",
            "-c",
            "user.email=somebody@example.org",
            *words,
        ]
        return subprocess.run(
            command, cwd=root, capture_output=True, text=True, check=True
        ).stdout.strip()

    def commit(what: str) -> None:
        (root / "scenarios" / "nap" / "scenario.py").write_text(what)
        (root / "requirements.lock").write_text(what)
        ask("add", ".")
        ask("commit", "--quiet", "--message", what)

    ask("init", "--quiet", "--initial-branch", "main")
    commit("begun")
    ask("tag", "--annotate", "--message", "here", "left")
    ask("checkout", "--quiet", "-b", "branch")
    commit("changed")
    ask("checkout", "--quiet", "main")
    commit("went on")
    ask("checkout", "--quiet", "branch")
    return ask


def test_the_base_is_where_the_checkout_or_the_head_left_it(git: Git) -> None:
    """What main got since is not held against the branch."""
    left = git("rev-parse", "left^{commit}")
    assert checkouts.parting("main", None) == left
    assert checkouts.parting("main", "branch") == left
    assert checkouts.parting("left", None) == "left"


def test_a_checkout_that_is_behind_is_compared_with_its_own_commit(git: Git) -> None:
    """For it has only what is not committed; a head that is named is compared with the base that is named."""
    git("checkout", "--quiet", "left")
    assert checkouts.parting("main", None) == git("rev-parse", "HEAD")
    assert checkouts.parting("main", "left") == "main"


def test_a_commit_is_taken_with_what_a_side_brings_and_nothing_else(
    git: Git, tmp_path: Path
) -> None:
    """From its tag as well; the checkout and git stay as they were."""
    into = tmp_path / "base"
    into.mkdir()
    side = checkouts.committed("left", into)
    assert side.says == f"left ({git('rev-parse', 'left^{commit}')[:9]})"
    assert (
        (into / "scenarios" / "nap" / "scenario.py").read_text()
        == checkouts.lock(side).read_text()
        == "begun"
    )
    assert {path.name for path in tmp_path.iterdir()} == {"base", "project"}
    assert not git("status", "--short")


def test_a_commit_that_is_not_there_or_has_no_scenarios_is_named(git: Git, tmp_path: Path) -> None:
    """With a remedy."""
    with pytest.raises(BenchError, match="git knows no commit 'nowhere'"):
        checkouts.parting("nowhere", None)
    git("rm", "-r", "--quiet", "scenarios")
    git("commit", "--quiet", "--message", "None")
    with pytest.raises(BenchError, match="HEAD has no scenarios"):
        checkouts.committed("HEAD", tmp_path / "base")
