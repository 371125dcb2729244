"""Two states of a project beside each other, each with an environment of its own lock."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.model.errors import BenchError
from harness.project import ROOT
from harness.system import processes
from harness.system.git import Repo
from harness.system.processes import ProcessSupervisor

APPS = "scenarios"  # the folder of the apps
# Of what runs inside an app, else of everything.
LOCKS = ("compose/requirements.lock", "requirements.lock")
# What measures, loads and seeds: for both sides it is that of the checkout.
INSTRUMENT = ("harness/**", "locustfiles/**", "compose/*.py", "scenarios/*/seed.sql")
PYTHON = "python=="  # in front of a version of Python among the packages
PINNED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9,._-]+\])?==[A-Za-z0-9.!+_-]+")
# With our own pip, where we have one: to put another into each environment takes five seconds.
INSTALL = """
import subprocess, sys
from importlib.util import find_spec
python, folder, lock, *packages = sys.argv[1:]
own, theirs = find_spec("pip"), folder + "/bin/python"
subprocess.run([python, "-m", "venv", *(["--without-pip"] if own else []), folder], check=True)
pip = [sys.executable, "-m", "pip", "--python", theirs] if own else [theirs, "-m", "pip"]
pip += ["install", "--quiet", "--disable-pip-version-check"]
done = subprocess.run([*pip, "--require-hashes", "-r", lock])
sys.exit(done.returncode or (subprocess.run([*pip, *packages]).returncode if packages else 0))
"""


@dataclass(frozen=True, slots=True)
class Checkout:
    """Files of a project in a folder.

    `says` is what they are in words, `extra` the packages to install besides its lock, `python`
    the interpreter that has all of them.
    """

    says: str
    folder: Path
    extra: tuple[str, ...] = ()
    python: Path = Path(sys.executable)

    @property
    def lock(self) -> Path:
        """What it is locked to; raises BenchError where there is no lock."""
        found = [path for name in LOCKS if (path := self.folder / name).is_file()]
        if not found:
            hint = f"it takes {' or '.join(LOCKS)} in that commit"
            raise BenchError(f"{self.says} has no lock", hint=hint)
        return found[0]

    @property
    def packages(self) -> list[str]:
        """The packages to install besides its lock, without Python."""
        return [one for one in self.extra if not one.startswith(PYTHON)]

    @property
    def key(self) -> str:
        """What tells its environment from others: all that goes into it."""
        parts = self.lock.read_bytes() + repr(sorted(self.extra)).encode()
        return hashlib.sha256(parts).hexdigest()[:8]

    def base_python(self) -> str:
        """Return the interpreter that it asks for; raises BenchError where it is not here."""
        versions = [one.removeprefix(PYTHON) for one in self.extra if one.startswith(PYTHON)]
        if not versions:
            return sys.executable
        found = shutil.which(f"python{versions[0]}")
        if not found:
            hint = "install it, and write it like python==3.13"
            raise BenchError(f"there is no python{versions[0]} on PATH", hint=hint)
        return found


def working_tree(repo: Repo, into: Path) -> Checkout:
    """Copy a checkout as it stands, changes that are not committed included."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(repo.root / APPS, into / APPS, ignore=ignored)
    (into / "compose").mkdir()
    for name in LOCKS:
        if (repo.root / name).is_file():
            shutil.copy(repo.root / name, into / name)
    return Checkout(f"the checkout at {repo.describe() or 'no commit'}", into)


def committed(repo: Repo, ref: str, into: Path) -> Checkout:
    """Extract a commit; nothing is changed in the checkout or in git.

    Raises BenchError where there is no such commit, or it has no apps.
    """
    commit = repo.resolve(ref)
    archive = into.with_suffix(".zip")
    repo.ask("archive", "--format=zip", f"--output={archive}", commit)
    if not archive.is_file():
        hint = f"git archive {commit[:9]} shows why; git fsck looks for damage"
        raise BenchError(f"git cannot archive the files of {ref}", hint=hint)
    with zipfile.ZipFile(archive) as files:
        wanted = (name for name in files.namelist() if name in LOCKS or name.startswith(f"{APPS}/"))
        files.extractall(into, wanted)
    archive.unlink()
    if not any(into.glob(f"{APPS}/*/scenario.py")):
        hint = f"name a commit of this project that has a folder {APPS}/"
        raise BenchError(f"{ref} has no scenarios", hint=hint)
    return Checkout(f"{ref} ({commit[:9]})", into)


def require_same_instrument(repo: Repo, head: str) -> None:
    """Raise BenchError where a commit measures, loads or seeds in another way than the checkout."""
    paths = (f":(glob){one}" for one in INSTRUMENT)
    changed = repo.ask("diff", "--name-only", repo.resolve(head), "--", *paths).split()
    if changed:
        raise BenchError(
            f"{head} measures or loads in another way than this checkout: "
            f"{', '.join(changed[:3])} differ",
            hint=f"check {head} out and run the gate there, without --head",
        )


def agent(into: Path) -> Path:
    """Copy what runs inside an app, so that apps import that alone from this checkout."""
    package = Path("harness")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / package / "agent", into / package / "agent", ignore=ignored)
    shutil.copy(ROOT / package / "__init__.py", into / package)
    return into


def install(
    checkouts: Sequence[Checkout],
    supervisor: ProcessSupervisor,
    logs: Path,
    ends: float,
    say: Callable[[str], object],
) -> tuple[Checkout, ...]:
    """Return the checkouts with interpreters that have what each needs, one for each lock.

    `ends` is a time of time.monotonic(). Raises BenchError where it fails or takes longer.
    """
    wanted = {one.key: one for one in checkouts}
    folders = {key: supervisor.folder / f"environment-{key}" for key in wanted}
    pythons = {key: one.base_python() for key, one in wanted.items()}
    running = {}
    for key, one in wanted.items():
        say(f"installing the packages of {one.says}")
        log = logs / f"environment-{key}.log"
        words = [pythons[key], str(folders[key]), str(one.lock), *one.packages]
        process = supervisor.start(
            [sys.executable, "-c", INSTALL, *words],
            log=log,
            environment={"TMPDIR": str(supervisor.folder)},
            inherit_all=True,  # pip's own settings
        )
        running[key] = process, log
    for key, (process, log) in running.items():
        finish(process, wanted[key].says, log, supervisor, ends)
    return tuple(replace(one, python=folders[one.key] / "bin" / "python") for one in checkouts)


def finish(
    process: subprocess.Popen[str], says: str, log: Path, supervisor: ProcessSupervisor, ends: float
) -> None:
    """Wait until the packages of one side are installed; raises BenchError where they are not."""
    try:
        code = process.wait(max(0.0, ends - time.monotonic()))
    except subprocess.TimeoutExpired:
        late = f"the packages of {says} were not installed in time"
        hint = f"give more with --budget; its log is {log}"
        raise BenchError(late, hint=hint) from None
    supervisor.end(process)
    if code:
        failed = f"the packages of {says} cannot be installed"
        raise BenchError(f"{failed}: {processes.last_words(log)}", hint=f"its log is {log}")


def requirement(text: str) -> str:
    """Return a requirement such as fastapi==0.115.0; raises BenchError without exact version."""
    if not PINNED.fullmatch(text):
        hint = "write it like fastapi==0.115.0, or python==3.13"
        raise BenchError(f"{text!r} names no exact version", hint=hint)
    return text
