"""bench.py app: an app of somebody else, in its own folder, by its own interpreter."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.support.project_copy import Copy

# What the environment of the app lacks, of all that bench.py and its agent have.
LACKING = {"httptools", "numpy", "prometheus_client", "psutil", "uvloop"}
APP = """
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import somelibrary
from fastapi import FastAPI, HTTPException

Path(__file__).with_name("interpreter").write_text(sys.prefix)


@asynccontextmanager
async def failing(app):
    raise RuntimeError("no database at 10.0.0.9")
    yield


app = FastAPI()
app.add_middleware(somelibrary.Middleware)
starts_never = FastAPI(lifespan=failing)


@app.get("/slow")
async def slow():
    return somelibrary.fetch()


@app.get("/quick")
async def quick():
    return 7


@app.get("/secret")
async def secret():
    raise HTTPException(401, "who are you?")


@app.get("/numbers/{number}")
async def number(number: int):
    return number


@app.get("/broken")
async def broken():
    raise HTTPException(500, "the disk is full")
"""
LIBRARY = """
import time


def fetch():
    time.sleep(0.005)
    return 7


class Middleware:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope.get("path") == "/quick":
            time.sleep(0.005)
        await self.app(scope, receive, send)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project with a virtual environment inside: our packages, but for those it lacks."""
    folder = tmp_path / "shop"
    environment = folder / ".venv"
    venv.create(environment, symlinks=True, with_pip=False)
    ours = Path(sysconfig.get_path("purelib"))
    packages = packages_of(environment)
    for one in ours.iterdir():
        if one.name.partition("-")[0] not in LACKING and one.suffix != ".pth":
            (packages / one.name).symlink_to(one)
    (packages / "somelibrary.py").write_text(LIBRARY)
    (folder / "main.py").write_text(APP)
    return folder


def packages_of(environment: Path) -> Path:
    """Return the folder of a virtual environment's packages."""
    bases = {"base": str(environment), "platbase": str(environment)}
    return Path(sysconfig.get_path("purelib", "venv", bases))


def python_of(project: Path) -> Path:
    """Return the interpreter of a project."""
    return project / ".venv" / "bin" / "python"


def test_an_app_is_measured_by_its_own_interpreter_and_no_library_is_taken_for_it(
    copy: Copy, project: Path
) -> None:
    """It has another environment, which lies below it and lacks what bench.py needs.

    Of a library that blocks, the app's line is named, or none where the library was not called
    by the app.
    """
    words = ["--project", str(project), "--python", str(python_of(project))]
    words += ["--get", "/slow", "--get", "/quick", "--profile", "smoke", "--json"]
    command = [sys.executable, "bench.py", "app", "main:app", *words]
    done = subprocess.run(
        command, cwd=copy.root, env=copy.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    slow, quick = json.loads(done.stdout)["routes"]
    assert (project / "interpreter").read_text() == str(project / ".venv")
    number = APP.splitlines().index("    return somelibrary.fetch()") + 1
    assert (slow["line"], slow["code"]) == (f"main.py:{number}", "return somelibrary.fetch()")
    assert slow["library"] == "fetch in somelibrary.py"
    assert quick["cause"] == slow["cause"] == "LOOP_WAITS"
    assert (quick["line"], quick["library"]) == (None, "Middleware.__call__ in somelibrary.py")
    assert copy.nothing_left()


@pytest.mark.parametrize(
    ("target", "path", "said"),
    [
        ("nowhere:app", "/quick", ["nowhere:app", "No module named 'nowhere'", "--project"]),
        ("main:nothing", "/quick", ["main:nothing", "has no attribute 'nothing'"]),
        ("main:starts_never", "/", ["RuntimeError: no database at 10.0.0.9", "main.py:14"]),
        ("main:app", "/secret", ["answered 401 to GET /secret", "who are you?"]),
        ("main:app", "/numbers/x", ["answered 422 to GET /numbers/x", "valid integer"]),
        ("main:app", "/broken", ["answered 500 to GET /broken", "the disk is full"]),
    ],
)
def test_what_an_app_fails_of_is_said(
    copy: Copy, project: Path, target: str, path: str, said: list[str]
) -> None:
    """What its own traceback or answer says, and no run is left behind."""
    words = ["--project", str(project), "--python", sys.executable, "--get", path]
    (project / "somelibrary.py").write_text(LIBRARY)
    found = copy.bench("app", target, *words, code=2)
    assert all(one in found for one in said), found
    assert not list(copy.results.glob("2*"))


def test_an_interpreter_without_uvicorn_is_named(copy: Copy, project: Path) -> None:
    """With what to do."""
    (packages_of(project / ".venv") / "uvicorn").unlink()
    words = ["--project", str(project), "--python", str(python_of(project)), "--get", "/quick"]
    said = copy.bench("app", "main:app", *words, code=2)
    assert "No module named uvicorn" in said
    assert "install uvicorn there" in said


def test_a_port_in_use_is_named(copy: Copy, project: Path) -> None:
    """Before anything is started."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        words = ["--project", str(project), "--python", sys.executable, "--get", "/quick"]
        said = copy.bench("app", "main:app", *words, "--port", port, code=2)
    assert f"port {port} on 127.0.0.1 cannot be used" in said
