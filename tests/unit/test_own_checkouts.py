"""Two states of somebody's repository: the right files, and an environment where locks differ."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from harness.model.errors import BenchError
from harness.places import own_checkouts
from harness.places.own_checkouts import State, install, require_own, states
from harness.system.git import Repo
from harness.system.processes import ProcessSupervisor

SOMEBODY = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
FAR_S = 120.0


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a repository whose project lies in a folder of it, with a branch that main went past."""
    folder = tmp_path / "repository" / "services" / "shop"
    (folder / "shop").mkdir(parents=True)
    (folder.parents[1] / ".gitignore").write_text(".venv/\n.env\n")
    (folder.parents[1] / "common.py").write_text("SHARED = 1\n")
    write(folder, "begun")
    git(folder.parents[1], "init", "--quiet", "--initial-branch", "main")
    commit(folder, "begun")
    git(folder, "checkout", "--quiet", "-b", "branch")
    write(folder, "changed")
    commit(folder, "changed")
    git(folder, "checkout", "--quiet", "main")
    write(folder, "went on")
    commit(folder, "went on")
    git(folder, "checkout", "--quiet", "branch")
    return folder


def git(folder: Path, *words: str) -> str:
    """Ask git, as somebody."""
    return Repo(folder).ask(*SOMEBODY, *words)


def commit(folder: Path, message: str) -> None:
    """Commit everything."""
    git(folder, "add", "--all", ":/")
    git(folder, "commit", "--quiet", "--message", message)


def write(folder: Path, text: str) -> None:
    """Write the app."""
    (folder / "shop" / "main.py").write_text(text)


def read(state: State) -> str:
    """Read the app."""
    return (state.folder / "shop" / "main.py").read_text()


def test_base_is_where_the_checkout_left_it_and_head_is_as_it_stands(
    project: Path, tmp_path: Path
) -> None:
    """With what is not committed, and without what git ignores; nothing changes in git."""
    write(project, "not committed")
    (project / "shop" / "new.py").touch()
    (project / ".env").touch()
    (project / ".venv").mkdir()
    (project / ".venv" / "pyvenv.cfg").touch()
    (project.parents[1] / "common.py").unlink()
    before = git(project, "status", "--porcelain")
    base, head = states(project, "main", None, tmp_path)
    assert (read(base), read(head)) == ("begun", "not committed")
    assert (base.root / "common.py").is_file()
    names = {path.name for path in head.root.rglob("*")}
    assert "new.py" in names
    assert not names & {".env", ".venv", ".git", "common.py"}
    assert base.folder == base.root / "services" / "shop"
    assert head.says.startswith("the checkout at ")
    assert head.says.endswith("-dirty")
    assert git(project, "status", "--porcelain") == before


def test_a_head_that_is_named_is_taken_from_git(project: Path, tmp_path: Path) -> None:
    """And base is where that one left it; links and modes are kept."""
    link = project / "link"
    link.symlink_to("shop/main.py")
    (project / "run.sh").touch(mode=0o755)
    commit(project, "links")
    write(project, "not committed")
    base, head = states(project, "main", "branch", tmp_path)
    assert (read(base), read(head)) == ("begun", "changed")
    assert (head.folder / "link").is_symlink()
    assert (head.folder / "run.sh").stat().st_mode & 0o100
    assert head.says.startswith("branch (")


@pytest.mark.parametrize(
    ("base", "said"),
    [("nowhere", "git knows no commit 'nowhere'"), ("empty", "empty has no folder services/shop")],
)
def test_a_base_that_cannot_be_had_is_named(
    project: Path, tmp_path: Path, base: str, said: str
) -> None:
    """A commit that is not there, or in which the project is not."""
    git(project, "checkout", "--quiet", "--orphan", "other")
    git(project, "rm", "-r", "--quiet", "--force", ":/services")
    commit(project, "empty")
    git(project, "tag", "empty")
    git(project, "checkout", "--quiet", "branch")
    with pytest.raises(BenchError, match=said) as refused:
        states(project, base, "empty" if base == "empty" else None, tmp_path)
    assert refused.value.hint


def test_a_project_without_a_repository_is_told_how_to_make_one(tmp_path: Path) -> None:
    """There is nothing to compare with."""
    with pytest.raises(BenchError, match="is in no git repository") as refused:
        states(tmp_path, "main", None, tmp_path)
    assert "git init" in refused.value.hint


FAKE = """#!/bin/sh
echo "$@" in "$PWD"
if [ "$2" = venv ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; fi
case "$(cat requirements.txt)" in *nowhere*) echo "no such package"; exit 1;; esac
"""


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """Write an interpreter that says what it was asked, and makes environments with itself."""
    file = tmp_path / "python"
    file.write_text(FAKE)
    file.chmod(0o755)
    return file


def sides(tmp_path: Path, base: dict[str, str], head: dict[str, str]) -> list[State]:
    """Make two states with these files at their roots, and the project in a folder below."""
    made = []
    for name, files in (("base", base), ("head", head)):
        folder = tmp_path / name / "app"
        folder.mkdir(parents=True)
        for file, text in files.items():
            (tmp_path / name / file).write_text(text)
        made.append(State(name, tmp_path / name, folder))
    return made


def installed(made: list[State], python: Path, seconds: float = FAR_S) -> list[Path]:
    """Return the interpreters of the two states, where this one is given."""
    with ProcessSupervisor() as supervisor:
        ends = time.monotonic() + seconds
        found = install(made, python, supervisor, python.parent, ends, lambda _: None)
        return [one.python for one in found]


def log(state: State) -> list[str]:
    """Return what was said while the environment of a state was made."""
    return state.root.with_name(f"{state.root.name}-environment.log").read_text().splitlines()


def test_sides_with_the_same_lock_share_the_interpreter_that_is_given(
    tmp_path: Path, python: Path
) -> None:
    """So do those without any; what else differs is of no interest."""
    lock = {"requirements.txt": "fastapi==0.115.0\n"}
    made = sides(tmp_path, {**lock, "main.py": "1"}, {**lock, "main.py": "2"})
    assert installed(made, python) == [python, python]
    assert installed(sides(tmp_path / "none", {}, {"main.py": "2"}), python) == [python, python]


def test_sides_with_different_locks_get_an_environment_each(tmp_path: Path, python: Path) -> None:
    """Of requirements.txt, from the folder in which it lies; any such file makes a difference."""
    plain = {"requirements.txt": "-r requirements-more.txt\n"}
    made = sides(
        tmp_path,
        {**plain, "requirements-more.txt": "one==1\n"},
        {**plain, "requirements-more.txt": "one==2\n"},
    )
    assert installed(made, python) == [
        tmp_path / f"{side}-environment" / "bin" / "python" for side in ("base", "head")
    ]
    asked, installing = log(made[0])
    assert asked == f"-m venv {tmp_path / 'base-environment'} in {made[0].root}"
    assert installing.endswith(f"-r {made[0].root / 'requirements.txt'} in {made[0].root}")


def test_a_side_without_a_lock_keeps_the_interpreter_that_is_given(
    tmp_path: Path, python: Path
) -> None:
    """Where the other has its first one."""
    base, head = installed(sides(tmp_path, {}, {"requirements.txt": "one==1\n"}), python)
    assert base == python
    assert head == tmp_path / "head-environment" / "bin" / "python"


def test_a_lock_of_uv_is_installed_by_uv(
    tmp_path: Path, python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frozen, into a folder of its own; without uv that is said."""
    made = sides(tmp_path, {"uv.lock": "1"}, {"uv.lock": "2"})
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(BenchError, match=r"it has no lock but uv\.lock") as refused:
        installed(made, python)
    assert refused.value.hint == "install uv, which reads it"
    uv = tmp_path / "uv"
    uv.write_text('#!/bin/sh\necho "$@" in "$PWD" into "$UV_PROJECT_ENVIRONMENT"\n')
    uv.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(uv))
    base, _ = installed(made, python)
    environment = tmp_path / "base-environment"
    (said,) = log(made[0])
    assert said == f"sync --frozen --python {python} in {made[0].folder} into {environment}"
    assert base == environment / "bin" / "python"


def test_packages_that_cannot_be_installed_are_named_with_pip_s_last_words(
    tmp_path: Path, python: Path
) -> None:
    """And with the log; so is an installation that takes too long."""
    made = sides(tmp_path, {}, {"requirements.txt": "nowhere==1\n"})
    with pytest.raises(BenchError, match="head cannot be installed: no such package") as refused:
        installed(made, python)
    assert refused.value.hint == f"its log is {tmp_path / 'head-environment.log'}"
    with pytest.raises(BenchError, match="were not installed in time"):
        installed(made, python, 0.0)


def test_an_app_that_is_imported_from_elsewhere_is_refused(tmp_path: Path) -> None:
    """For both sides would be the same, and the gate green."""
    state = State("head", tmp_path, tmp_path / "project")
    (state.folder / "shop").mkdir(parents=True)
    require_own(state, "shop.main:app", {})
    require_own(state, "nowhere:app", {})
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.mkdir()
    (elsewhere / "installed.py").touch()
    with pytest.raises(BenchError, match="installed is imported from ") as refused:
        require_own(state, "installed:app", {"PYTHONPATH": str(elsewhere)})
    assert "--project src" in refused.value.hint


def test_what_is_found_of_an_interpreter_that_is_not_there_is_nothing() -> None:
    """Who serves the app says so."""
    gone = State("head", Path.cwd(), Path.cwd(), Path("/nowhere/python"))
    own_checkouts.require_own(gone, "shop.main:app", {})
