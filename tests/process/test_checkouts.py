"""The two states that a gate compares: the right commit as base, and its files as they were."""

from __future__ import annotations

import importlib.util
import re
import runpy
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from harness.experiment import gate
from harness.experiment.gate import Terms
from harness.model.errors import BenchError
from harness.places import checkouts
from harness.places.checkouts import Checkout
from harness.project import ROOT
from harness.system.git import Repo
from harness.system.processes import ProcessSupervisor

SOMEBODY = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Make a repository: main went on after a branch had left it, and the branch is checked out."""
    repo = Repo(tmp_path / "project")
    (repo.root / "scenarios" / "nap").mkdir(parents=True)

    def commit(what: str) -> None:
        (repo.root / "scenarios" / "nap" / "scenario.py").write_text(what)
        (repo.root / "requirements.lock").write_text(what)
        change(repo, "add", ".")
        change(repo, "commit", "--quiet", "--message", what)

    change(repo, "init", "--quiet", "--initial-branch", "main")
    commit("begun")
    change(repo, "tag", "--annotate", "--message", "here", "left")
    change(repo, "checkout", "--quiet", "-b", "branch")
    commit("changed")
    change(repo, "checkout", "--quiet", "main")
    commit("went on")
    change(repo, "checkout", "--quiet", "branch")
    return repo


def change(repo: Repo, *words: str) -> None:
    """Run a git command as somebody."""
    repo.ask(*SOMEBODY, *words)


def test_the_base_is_where_the_checkout_or_the_head_left_it(repo: Repo) -> None:
    """What main got since is not held against the branch."""
    left = repo.resolve("left")
    assert repo.base_of("main", None) == left
    assert repo.base_of("main", "branch") == left
    assert repo.base_of("left", None) == "left"


def test_a_checkout_that_is_behind_is_compared_with_its_own_commit(repo: Repo) -> None:
    """For it has only what is not committed; a head that is named meets the base that is named."""
    change(repo, "checkout", "--quiet", "left")
    assert repo.base_of("main", None) == repo.resolve("HEAD")
    assert repo.base_of("main", "left") == "main"


def test_commits_have_their_own_order_whatever_their_times(repo: Repo) -> None:
    """By the names that runs record; what git does not know has no place."""
    names = ["branch", "main-dirty", "left", "0123456789"]
    order = repo.order(names)
    assert set(order) == {"branch", "main-dirty", "left"}
    assert order["left"] < min(order["branch"], order["main-dirty"])
    assert not repo.order(["0123456789"])


def test_either_side_may_have_another_version_of_a_package(repo: Repo, tmp_path: Path) -> None:
    """So that the direction of a comparison can be turned round."""
    terms = Terms(
        base=None, head=None, base_packages=("fastapi==0.115.0",), margin=0.03, seconds=600
    )
    base, head = gate.sides(repo, terms, tmp_path)
    assert base.extra == ("fastapi==0.115.0",)
    assert base.says == f"{head.says} with fastapi==0.115.0"
    assert not head.extra
    (tmp_path / "turned").mkdir()
    turned = replace(terms, base_packages=(), packages=terms.base_packages)
    base, head = gate.sides(repo, turned, tmp_path / "turned")
    assert (base.extra, head.extra) == ((), ("fastapi==0.115.0",))


def test_a_commit_is_taken_with_what_a_side_brings_and_nothing_else(
    repo: Repo, tmp_path: Path
) -> None:
    """From its tag as well; the checkout and git stay as they were."""
    into = tmp_path / "base"
    side = checkouts.committed(repo, "left", into)
    assert side.says == f"left ({repo.resolve('left')[:9]})"
    assert (into / "scenarios" / "nap" / "scenario.py").read_text() == "begun"
    assert side.lock.read_text() == "begun"
    assert {path.name for path in tmp_path.iterdir()} == {"base", "project"}
    assert not repo.ask("status", "--short")


def test_a_checkout_is_taken_as_it_stands(repo: Repo, tmp_path: Path) -> None:
    """What is not committed as well, and it says so."""
    (repo.root / "scenarios" / "nap" / "scenario.py").write_text("not committed")
    side = checkouts.working_tree(repo, tmp_path / "head")
    assert (side.folder / "scenarios" / "nap" / "scenario.py").read_text() == "not committed"
    assert side.says == f"the checkout at {repo.describe()}"
    assert side.says.endswith("-dirty")


def test_a_commit_that_is_not_there_or_has_no_scenarios_is_named(
    repo: Repo, tmp_path: Path
) -> None:
    """With a remedy."""
    with pytest.raises(BenchError, match="git knows no commit 'nowhere'"):
        repo.base_of("nowhere", None)
    change(repo, "rm", "-r", "--quiet", "scenarios")
    change(repo, "commit", "--quiet", "--message", "None")
    with pytest.raises(BenchError, match="HEAD has no scenarios"):
        checkouts.committed(repo, "HEAD", tmp_path / "base")


def test_a_head_that_loads_or_seeds_in_another_way_is_refused(repo: Repo) -> None:
    """What changes between the two states must be the apps alone."""
    checkouts.require_same_instrument(repo, "left")
    (repo.root / "locustfiles").mkdir()
    (repo.root / "locustfiles" / "http.py").write_text("another load")
    (repo.root / "scenarios" / "nap" / "seed.sql").write_text("another table")
    change(repo, "add", ".")
    change(repo, "commit", "--quiet", "--message", "another load")
    with pytest.raises(BenchError, match=r"locustfiles/http.py, scenarios/nap/seed.sql differ"):
        checkouts.require_same_instrument(repo, "left")


def test_sides_with_one_lock_share_an_environment(tmp_path: Path) -> None:
    """Which holds what is locked and nothing else, with the interpreter that is asked for."""
    packages = re.split(r"(?m)^(?=\w)", (ROOT / "requirements.lock").read_text())
    (locked,) = (one for one in packages if one.startswith("h11=="))
    sides = []
    for name in ("base", "head"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "requirements.lock").write_text(locked)
        sides.append(Checkout(name, folder))
    said: list[str] = []
    with ProcessSupervisor() as supervisor:
        ends = time.monotonic() + 120
        base, head = checkouts.install(sides, supervisor, tmp_path, ends, said.append)
        assert base.python == head.python != Path(sys.executable)
        site = subprocess.run(
            [base.python, "-c", "import h11; print(h11.__path__[0])"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        names = {path.name.partition("-")[0] for path in Path(site.strip()).parent.iterdir()}
        assert names - {"pip", "setuptools", "_distutils_hack", "distutils"} == {"h11"}
    assert said == ["installing the packages of head"]
    assert (base.folder, head.folder) == (sides[0].folder, sides[1].folder)


@pytest.mark.parametrize("ours", [True, False], ids=["pip here", "no pip here"])
def test_an_environment_gets_a_pip_of_its_own_only_where_there_is_none_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, ours: bool
) -> None:
    """To put one into it takes longer than all that the apps need."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    (tmp_path / "install.py").write_text(checkouts.INSTALL)
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object() if ours else None)
    monkeypatch.setattr(sys, "argv", ["", "python3", "new", "lock"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(tmp_path / "install.py"))
    assert ended.value.code == 0
    making, installing = (" ".join(command) for command in commands)
    assert ("--without-pip" in making) == ours
    pip = f"{sys.executable} -m pip --python new/bin/python" if ours else "new/bin/python -m pip"
    assert installing.startswith(f"{pip} install ")


def test_what_cannot_be_installed_is_named(tmp_path: Path) -> None:
    """A side without a lock, an interpreter that is not here, a package that is not exact."""
    (tmp_path / "requirements.lock").write_text("no-hash==1\n")
    with ProcessSupervisor() as supervisor:
        for side, what in (
            (Checkout("base", tmp_path / "nowhere"), "base has no lock"),
            (Checkout("base", tmp_path, ("python==9.99",)), "there is no python9.99 on PATH"),
            (Checkout("base", tmp_path), "the packages of base cannot be installed"),
        ):
            with pytest.raises(BenchError, match=what):
                checkouts.install(
                    [side], supervisor, tmp_path, time.monotonic() + 120, lambda _: None
                )
        with pytest.raises(BenchError, match="were not installed in time"):
            checkouts.install(
                [Checkout("base", tmp_path)], supervisor, tmp_path, 0.0, lambda _: None
            )
    assert checkouts.requirement("fastapi==0.115.0") == "fastapi==0.115.0"
    with pytest.raises(BenchError, match="names no exact version"):
        checkouts.requirement("fastapi>=0.115")
