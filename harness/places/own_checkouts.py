"""Two states of somebody's own repository beside each other, and an interpreter for each."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.model.errors import BenchError
from harness.places import checkouts
from harness.system.environment import inherited
from harness.system.git import Repo
from harness.system.processes import ProcessSupervisor

LOCKS = ("uv.lock", "pylock.toml", "requirements*.txt")
UV_LOCK, REQUIREMENTS = "uv.lock", "requirements.txt"
ENVIRONMENT = "pyvenv.cfg"  # what marks the folder of a virtual environment
INSTALL = """
import subprocess, sys
python, folder, *files = sys.argv[1:]
words = [word for file in files for word in ("-r", file)]
pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
made = subprocess.run([python, "-m", "venv", folder]).returncode
sys.exit(made or subprocess.run([folder + "/bin/python", *pip, *words]).returncode)
"""
FIND = """
import sys
from importlib.util import find_spec
found = find_spec(sys.argv[1])
print(*([] if found is None else found.submodule_search_locations or [found.origin]), sep="\\n")
"""


@dataclass(frozen=True, slots=True)
class State:
    """One state of a repository, with all its files below `root`, in which `folder` is the project.

    `says` is what it is in words, `python` the interpreter that has its packages.
    """

    says: str
    root: Path
    folder: Path
    python: Path = Path(sys.executable)

    @property
    def locks(self) -> dict[Path, bytes]:
        """What it is locked to: files by their path below the root, of the project or of all."""
        for folder in (self.folder, self.root):
            found = [path for pattern in LOCKS for path in sorted(folder.glob(pattern))]
            if found:
                return {path.relative_to(self.root): path.read_bytes() for path in found}
        return {}


def states(project: Path, base: str, head: str | None, into: Path) -> tuple[State, State]:
    """Return base and head of the repository that a project lies in, each in a folder of its own.

    Base is the commit at which head, or the checkout where `head` is None, left `base`. Nothing is
    changed in the repository. Raises BenchError where there is no repository or no such commit.
    """
    top = Repo(project).ask("rev-parse", "--show-toplevel")
    if not top:
        raise BenchError(
            f"{project} is in no git repository",
            hint="--base compares two states that git knows: git init, and commit the first",
        )
    repo = Repo(Path(top).resolve())
    within = project.resolve().relative_to(repo.root)
    before = _committed(repo, repo.base_of(base, head), into / "base", within)
    into_head = into / "head"
    after = (
        _committed(repo, head, into_head, within) if head else _as_it_is(repo, into_head, within)
    )
    return before, after


def _committed(repo: Repo, ref: str, into: Path, within: Path) -> State:
    """Extract a commit with all its files."""
    commit = repo.resolve(ref)
    archive = into.with_suffix(".tar")
    repo.ask("archive", "--format=tar", f"--output={archive}", commit)
    into.mkdir()
    words = ["tar", "-xf", str(archive), "-C", str(into)]
    if not archive.is_file() or subprocess.run(words, check=False).returncode:
        hint = f"git archive {commit[:9]} shows why; git fsck looks for damage"
        raise BenchError(f"git cannot archive the files of {ref}", hint=hint)
    archive.unlink()
    if not (into / within).is_dir():
        hint = "name a commit that has it, or another project"
        raise BenchError(f"{ref} has no folder {within}", hint=hint)
    says = commit[:9] if commit == ref else f"{ref} ({commit[:9]})"
    return State(says, into, into / within)


def _as_it_is(repo: Repo, into: Path, within: Path) -> State:
    """Copy the files that git knows, or would add, but no virtual environment."""
    listed = repo.ask("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = [name for name in listed.split("\0") if name]
    environments = tuple(
        name.removesuffix(ENVIRONMENT) for name in names if name.endswith(f"/{ENVIRONMENT}")
    )
    for name in names:
        file = repo.root / name
        # A file may have been deleted, and not from the index; a folder is a repository by itself.
        if (file.is_file() or file.is_symlink()) and not name.startswith(environments):
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, into / name, follow_symlinks=False)
    return State(f"the checkout at {repo.describe()}", into, into / within)


def install(
    sides: Sequence[State],
    python: Path,
    supervisor: ProcessSupervisor,
    logs: Path,
    ends: float,
    say: Callable[[str], object],
) -> tuple[State, ...]:
    """Return the states with interpreters: the one given, or one each where their locks differ.

    A side without a lock keeps the one given. `ends` is a time of time.monotonic(). Raises
    BenchError where it fails or takes longer.
    """
    given = tuple(replace(one, python=python) for one in sides)
    if all(one.locks == given[0].locks for one in given):
        return given
    locked = [one for one in given if one.locks]
    environments = {one: one.root.with_name(f"{one.root.name}-environment") for one in locked}
    running = {}
    for one, folder in environments.items():
        command, home = _installer(one, folder)
        say(f"installing the packages of {one.says}: the locks of the two sides differ")
        running[one] = supervisor.start(
            command,
            log=_log(one, logs),
            environment={"TMPDIR": str(supervisor.folder), "UV_PROJECT_ENVIRONMENT": str(folder)},
            inherit_all=True,  # the settings of pip and uv
            cwd=home,
        )
    for one, process in running.items():
        checkouts.finish(process, one.says, _log(one, logs), supervisor, ends)
    return tuple(
        replace(one, python=environments[one] / "bin" / "python") if one in environments else one
        for one in given
    )


def _log(state: State, logs: Path) -> Path:
    return logs / f"{state.root.name}-environment.log"


def _installer(state: State, environment: Path) -> tuple[list[str], Path]:
    """Return the command that makes an environment of a state's lock, and where it runs."""
    locks = {path.name: state.root / path for path in state.locks}
    uv = shutil.which("uv")
    if uv and UV_LOCK in locks:
        return [uv, "sync", "--frozen", "--python", str(state.python)], state.folder
    files = [locks[REQUIREMENTS]] if REQUIREMENTS in locks else list(locks.values())
    usable = [file for file in files if file.name != UV_LOCK]
    if not usable:
        raise BenchError(
            f"the packages of {state.says} cannot be installed: it has no lock but {UV_LOCK}",
            hint="install uv, which reads it",
        )
    words = [str(state.python), str(environment), *map(str, usable)]
    return [sys.executable, "-c", INSTALL, *words], usable[0].parent


def require_own(state: State, target: str, environment: Mapping[str, str]) -> None:
    """Raise BenchError where an app would be imported from elsewhere than from this state.

    So it is where it is installed in the interpreter's environment, from the checkout itself.
    """
    package = target.partition(":")[0].partition(".")[0]
    try:
        done = subprocess.run(
            [str(state.python), "-c", FIND, package],
            cwd=state.folder,
            env={**inherited(), **environment},
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return  # the first visit says what is wrong with the interpreter
    root = state.root.resolve()
    places = [(state.folder / place).resolve() for place in done.stdout.splitlines()]
    if elsewhere := [place for place in places if not place.is_relative_to(root)]:
        raise BenchError(
            f"{package} is imported from {elsewhere[0]}, so both sides would be the same",
            hint="name the folder in which it lies, such as --project src",
        )
