"""The two states of the project that a gate compares: their files beside each other in a temporary folder, each with an environment of its own lock."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.model.errors import BenchError
from harness.places.serve import Tree
from harness.project import ROOT
from harness.system import processes
from harness.system.processes import Crew

LOCKS = (
    "compose/requirements.lock",
    "requirements.lock",
)  # of what runs inside an app, else of everything
SHARED = (
    "harness",
    "locustfiles",
    "compose/*.py",
    "scenarios/*/seed.sql",
)  # what measures, loads and seeds: this checkout's, for both sides
HERE = "the checkout"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: its files, and what is to be installed for it besides its lock."""

    says: str
    folder: Path
    extra: tuple[str, ...] = ()


def checkout(into: Path) -> Side:
    """Take this checkout as it stands, changes that are not committed included."""
    shutil.copytree(
        ROOT / "scenarios", into / "scenarios", ignore=shutil.ignore_patterns("__pycache__")
    )
    (into / "compose").mkdir()
    for name in LOCKS:
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, into / name)
    return Side(f"{HERE} at {_git('describe', '--always', '--dirty') or 'no commit'}", into)


def committed(ref: str, into: Path) -> Side:
    """Take a commit; nothing is changed in the checkout or in git."""
    commit = resolve(ref)
    archive = into.with_suffix(".zip")
    _git("archive", "--format=zip", f"--output={archive}", commit)
    if not archive.is_file():
        raise BenchError(
            f"git cannot give the files of {ref}",
            hint=f"git archive {commit[:9]} says why; git fsck looks for damage",
        )
    with zipfile.ZipFile(archive) as files:
        files.extractall(
            into, [one for one in files.namelist() if one in LOCKS or one.startswith("scenarios/")]
        )
    archive.unlink()
    if not any(into.glob("scenarios/*/scenario.py")):
        raise BenchError(
            f"{ref} has no scenarios",
            hint="name a commit of this project that has a folder scenarios/",
        )
    return Side(f"{ref} ({commit[:9]})", into)


def resolve(ref: str) -> str:
    """Give the commit that a name stands for; raises BenchError where there is none."""
    found = _git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    if not found:
        raise BenchError(
            f"git knows no commit {ref!r} here",
            hint="fetch it (in a shallow clone: git fetch --unshallow), or correct the name",
        )
    return found


def parting(base: str, head: str | None) -> str:
    """Give the commit at which head, or the checkout, left base, so that what base got since is not held against it; base itself where git cannot tell.

    A head that is named and lies before base is compared with base all the same; a checkout that is behind it has only what is not committed.
    """
    found = _git("merge-base", resolve(base), resolve(head or "HEAD"))
    return base if found in {"", resolve(base), head and resolve(head)} else found


def require_same_instrument(head: str) -> None:
    """Refuse a head whose instrument is another than this checkout's: what measures, loads and seeds must be head's, and is this checkout's."""
    changed = _git(
        "diff",
        "--name-only",
        resolve(head),
        "--",
        *(f":(glob){one}/**" if "." not in one else f":(glob){one}" for one in SHARED),
    )
    if changed:
        raise BenchError(
            f"{head} measures or loads in another way than this checkout: {', '.join(changed.split()[:3])} differ",
            hint=f"check {head} out and run the gate there, without --head",
        )


def instrument(into: Path) -> Path:
    """Copy what runs inside an app beside the trees, so that both sides import the same and nothing else of this checkout."""
    shutil.copytree(
        ROOT / "harness",
        into / "harness",
        ignore=shutil.ignore_patterns(
            "__pycache__", "report", "experiment", "cli", "places", "services"
        ),
    )
    return into


def environments(
    sides: Sequence[Side], crew: Crew, inside: Path, logs: Path, ends: float
) -> Iterator[str | tuple[Tree, ...]]:
    """Install what each side stands on, once where it is the same. Says what is done, and last gives the trees; raises BenchError where it fails or is late."""
    wanted = {_key(side): side for side in sides}
    folders = {key: crew.folder / f"environment-{key}" for key in wanted}
    pythons = {key: _python(side) for key, side in wanted.items()}
    running = {}
    for key, side in wanted.items():
        yield f"installing what {side.says} stands on"
        script = [pythons[key], str(folders[key]), str(lock(side)), *_packages(side)]
        log = logs / f"environment-{key}.log"
        running[key] = (
            crew.start(
                [sys.executable, "-c", INSTALLING, *script],
                log=log,
                environment={"TMPDIR": str(crew.folder)},
            ),
            log,
        )
    for key, (process, log) in running.items():
        try:
            code = process.wait(max(0.0, ends - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise BenchError(
                f"what {wanted[key].says} stands on was not installed in time",
                hint=f"give more with --budget; its log is {log}",
            ) from None
        if code:
            raise BenchError(
                f"what {wanted[key].says} stands on cannot be installed: {processes.last_words(log)}",
                hint=f"its log is {log}",
            )
        crew.end(process)
    yield tuple(Tree(side.folder, folders[_key(side)] / "bin" / "python", inside) for side in sides)


INSTALLING = """
import subprocess, sys
python, folder, lock, *packages = sys.argv[1:]
subprocess.run([python, "-m", "venv", folder], check=True)
pip = [folder + "/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
done = subprocess.run([*pip, "--require-hashes", "-r", lock])
sys.exit(done.returncode or (subprocess.run([*pip, *packages]).returncode if packages else 0))
"""


def lock(side: Side) -> Path:
    """Find what a side is locked to; raises BenchError where it is not."""
    found = [path for name in LOCKS if (path := side.folder / name).is_file()]
    if not found:
        raise BenchError(
            f"{side.says} has no lock", hint=f"it takes {' or '.join(LOCKS)} in that commit"
        )
    return found[0]


def _packages(side: Side) -> list[str]:
    return [one for one in side.extra if not one.startswith("python==")]


def _python(side: Side) -> str:
    """Find the interpreter a side asks for; raises BenchError where it is not here."""
    versions = [one.removeprefix("python==") for one in side.extra if one.startswith("python==")]
    if not versions:
        return sys.executable
    found = shutil.which(f"python{versions[0]}")
    if not found:
        raise BenchError(
            f"there is no python{versions[0]} on PATH",
            hint="install it, and write it like python==3.13",
        )
    return found


def _key(side: Side) -> str:
    """Tell environments apart by what goes into them."""
    return hashlib.sha256(lock(side).read_bytes() + repr(sorted(side.extra)).encode()).hexdigest()[
        :8
    ]


def requirement(text: str) -> str:
    """Refuse what names no exact version."""
    if not re.fullmatch(
        r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9,._-]+\])?==[A-Za-z0-9.!+_-]+", text
    ):
        raise BenchError(
            f"{text!r} names no exact version",
            hint="write it like fastapi==0.115.0, or python==3.13",
        )
    return text


def _git(*words: str) -> str:
    """Ask git about this checkout; nothing where it does not know."""
    try:
        return subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.strip()  # noqa: S607  git is where PATH says
    except FileNotFoundError:
        raise BenchError(
            "there is no git", hint="install it: a gate takes the base from it"
        ) from None
    except subprocess.CalledProcessError as error:
        if "dubious ownership" in error.stderr:
            raise BenchError(
                f"git refuses a checkout that is somebody else's, {ROOT}",
                hint=f"git config --global --add safe.directory {ROOT}",
            ) from None
        return ""
