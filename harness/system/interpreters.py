"""Interpreters other than the one that runs the harness, by their versions, such as 3.14t.

A t stands for a build that can run threads without the global lock, as PEP 703 and uv have it; it
runs without, unless +gil follows. Each is looked for in an environment variable such as
PYTHON_3_14T, then in `.pythons/` of this checkout, then by uv where that is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path

from harness.model.errors import Unavailable
from harness.project import ROOT
from harness.system.environment import inherited

WITH_GIL = "+gil"
FOLDER = ".pythons"
ASK_S = 30
PACKAGES = ("fastapi", "uvicorn")  # of the app that asks what an interpreter is worth
MISSING = """
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ImportError:
        print(name)
"""
VERSION = (
    "import sys, sysconfig; print('%d.%d' % sys.version_info[:2] "
    "+ 't' * bool(sysconfig.get_config_var('Py_GIL_DISABLED')))"
)


def version_of(python: str) -> str:
    """Return the version in the name of an interpreter."""
    return python.removesuffix(WITH_GIL)


def has_gil(python: str) -> bool:
    """Return whether an interpreter of this name is to run one thread at a time."""
    return not python.endswith("t")


def environment(python: str) -> Mapping[str, str]:
    """Return how an interpreter is told to use its lock.

    It is not told to go without: then a C extension that needs the lock would run without it.
    """
    return {"PYTHON_GIL": "1"} if python.endswith(WITH_GIL) else {}


def own_version() -> str:
    """Return the version of the interpreter that runs the harness."""
    free = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    return f"{sys.version_info.major}.{sys.version_info.minor}{'t' * free}"


@cache
def find(python: str) -> Path:
    """Return the interpreter of this name, the harness's own for none.

    Raises Unavailable, with the commands that bring it, where this machine has none.
    """
    if not python:
        return Path(sys.executable)
    version = version_of(python)
    path = _named(version) or _by_uv(version)
    if path is None:
        bring = _bringing(version, PACKAGES)
        raise Unavailable(
            f"this machine has no Python {version}",
            hint=f"bring it by `{bring}`, or name one by {_variable(version)}",
        )
    if (said := _said(path, VERSION)) != version:
        raise Unavailable(
            f"{path} is Python {said or 'of no version: it does not run'}, and not {version}",
            hint=f"let {_variable(version)} name Python {version}",
        )
    return path


@cache
def require(python: str, modules: tuple[str, ...]) -> None:
    """Raise Unavailable where an interpreter is not here, or lacks some of these modules."""
    path, version = find(python), version_of(python)
    said = _said(path, MISSING, *modules)
    missing = modules if said is None else said.split()
    if not missing:
        return
    if not python:
        install = f"{path} -m pip install --require-hashes -r requirements.lock"
    elif path == _named(version):
        install = _installing(path, missing)
    else:  # what uv found is the system's
        install = _bringing(version, missing)
    what = f"Python {version}" if python else "the interpreter that runs bench.py"
    raise Unavailable(f"{what} lacks {', '.join(missing)}", hint=f"install by `{install}`")


def _variable(version: str) -> str:
    """Return the environment variable that names an interpreter of this version."""
    return f"PYTHON_{version.replace('.', '_').upper()}"


def _named(version: str) -> Path | None:
    """Return the interpreter that the environment names, else that of the checkout."""
    if named := os.environ.get(_variable(version)):
        return Path(named).expanduser().absolute()
    local = ROOT / FOLDER / version / "bin" / "python"
    return local if local.is_file() else None


def _bringing(version: str, packages: Sequence[str]) -> str:
    """Return the commands that make an environment of this version with these packages."""
    folder = f"{FOLDER}/{version}"
    install = _installing(f"{folder}/bin/python", packages)
    return f"uv venv --python {version} {folder} && {install}"


def _installing(python: Path | str, packages: Sequence[str]) -> str:
    return f"uv pip install --python {python} {' '.join(map(_as_ours, packages))}"


def _as_ours(package: str) -> str:
    """Return a package in the version that runs here, so that all interpreters serve the same."""
    with suppress(metadata.PackageNotFoundError):
        return f"{package}=={metadata.version(package)}"
    return package


def _by_uv(version: str) -> Path | None:
    """Return the interpreter that uv finds, which fetches none."""
    uv = shutil.which("uv")
    if uv is None:
        return None
    words = [uv, "python", "find", "--no-project", "--no-python-downloads", version]
    done = subprocess.run(words, capture_output=True, text=True, timeout=ASK_S, check=False)
    return Path(done.stdout.strip()) if not done.returncode else None


def _said(path: Path, code: str, *arguments: str) -> str | None:
    """Return what a line of code prints there; None where it does not run."""
    try:
        done = subprocess.run(
            [path, "-c", code, *arguments],
            env=inherited(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=ASK_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if not done.returncode else None
