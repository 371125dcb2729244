"""What several tests stand on: a simulated run, and a copy of the project to break."""

from __future__ import annotations

import compileall
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.design.plan import PROFILES
from harness.experiment.run import conduct
from harness.experiment.simulated import simulator
from harness.catalogue import catalogue
from harness.model.scenario import Scenario
from harness.project import ROOT
from harness.report.draw import draw
from harness.report.reading import Reading
from harness.store.records import Asked, Run
from tests.questions import QUESTIONS, measured  # type: ignore[import-not-found,unused-ignore]  # pytest puts it there

signal.signal(
    signal.SIGINT, signal.default_int_handler
)  # a shell starts what is in its background deaf to Ctrl-C, and what that starts inherits it


@pytest.fixture(scope="session")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the run of all questions is."""
    return tmp_path_factory.mktemp("results") / "now"


@pytest.fixture(scope="session")
def readings(questions: Path) -> dict[str, Reading]:
    """All questions, measured, by name."""
    return {one.scenario.name: one for one in measured(questions, *QUESTIONS.values())}


@pytest.fixture(scope="session")
def drawn(questions: Path, readings: dict[str, Reading]) -> str:
    """Their page, and the summary after it."""
    assert readings
    return draw(Run(questions)).read_text() + (questions / "report" / "summary.md").read_text()


@pytest.fixture
def simulated(tmp_path: Path) -> Callable[..., Run]:
    """Make a finished run of the given scenarios, drawn from theory."""

    def make(*names: str, profile: str = "quick", folder: str = "simulated") -> Run:
        scenarios: tuple[Scenario, ...] = tuple(catalogue()[name] for name in names)
        code = {
            f"{one.name}/{v.name}": (ROOT / "scenarios" / one.name / f"{v.source}.py").read_text()
            for one in scenarios
            for v in one.variants
        }
        run = Run(tmp_path / folder)
        run.create(
            Asked(
                profile=profile,
                on="simulated",
                seed=0,
                commit="abc",
                fingerprint="none",
                scenarios=scenarios,
                code=code,
            )
        )
        for one in scenarios:
            list(conduct(one, PROFILES[profile], 0, simulator(scenarios), run))
        run.finish()
        return run

    return make


class Copy:
    """A copy of the project, with a temporary folder of its own, that a test may break."""

    def __init__(self, root: Path, temporary: Path) -> None:
        self.root = root
        self.temporary = temporary
        self.environment = {**os.environ, "TMPDIR": str(temporary)}
        for name in ("POSTGRES_URL", "UPSTREAM_URL", "REDIS_URL", "MONGO_URL", "NGINX_URL"):
            self.environment.pop(name, None)
        self.environment["DOCKER_HOST"] = (
            f"unix://{temporary}/no-engine"  # processes, unless a test is about containers
        )

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace what must be there."""
        path = self.root / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start bench.py."""
        return subprocess.Popen(
            [sys.executable, str(self.root / "bench.py"), *arguments],
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def bench(self, *arguments: str, code: int = 0) -> str:
        """Run bench.py to its end, expect its exit code, and give all it said."""
        process = self.start(*arguments)
        said, complained = process.communicate(timeout=300)
        assert process.returncode == code, said + complained
        assert "Traceback" not in said + complained
        return said + complained

    def nap(self, handler: str, *, runs_on: str = "loop") -> None:
        """Add a scenario that needs nothing: two variants with this handler, which may ask a counter named `count`."""
        folder = self.root / "scenarios" / "nap"
        folder.mkdir()
        (self.root / "locustfiles" / "nap.py").write_text(NAP_LOAD)
        (folder / "scenario.py").write_text(NAP.replace("RUNS_ON", runs_on))
        for variant in ("first", "second"):
            (folder / f"{variant}.py").write_text(NAP_APP + handler)

    def measure(self, scenario: str, variant: str, **how: Any) -> dict[str, Any]:
        """Drive one real trial, and give its measurement."""
        (found,) = self.measures(scenario, variant, **how)
        return found

    def measures(
        self,
        scenario: str,
        *variants: str,
        closed_s: float = 1,
        rate: float = 20,
        load: float = 0.5,
        block: int = 1,
        before: str = "",
    ) -> list[dict[str, Any]]:
        """Drive a real trial of each variant under one load, without an open one where its rate is 0; what was refused is under `refused`."""
        script = TRIAL.format(
            scenario=scenario,
            variants=variants,
            closed_s=closed_s,
            rate=rate,
            load=load,
            block=block,
            before=before,
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()[-len(variants) :]]


def ours(copy: Copy) -> list[psutil.Process]:
    """Find the processes that belong to a copy of the project."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and str(copy.temporary) in (
                process.environ().get("TMPDIR"),
                *process.cmdline(),
            ):
                found.append(process)
        except psutil.Error:
            continue
    return found


def nothing_left(copy: Copy) -> bool:
    """Say whether processes and temporary folders are gone, within the time that a janitor needs."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not ours(copy) and not list(copy.temporary.iterdir()):
            return True
        time.sleep(0.1)
    return False


NAP_LOAD = """
from _load import LoadUser


class Nap(LoadUser):
    path = "/nap/{key}"
    keys = range(1, 11)
"""
NAP = """
from harness.model import Budget, Scenario, Variant, capacity
from harness.model import unknown_ceiling

scenario = Scenario(
    group="clients",
    question="Does a nap hurt?",
    workload="nap",
    primary=capacity,
    budget=Budget(),
    clients=8,
    samples=("/nap/1",),
    variants=(Variant("first", "naps", "RUNS_ON", unknown_ceiling), Variant("second", "naps", "RUNS_ON", unknown_ceiling)),
)
"""
NAP_APP = """
import asyncio, itertools, json, os, sys, time
from fastapi import FastAPI, HTTPException

app = FastAPI()
count = itertools.count()


@app.get("/idle")
async def idle():
    return {}


@app.get("/nap/{key}")
"""
TRIAL = """
import json
from dataclasses import asdict
from pathlib import Path
from harness.model.errors import BenchError
from harness.design.plan import Offer, Trial
from harness.store.records import Asked, Run
from harness.catalogue import catalogue
from harness.system import cores
from harness.places.host import Host
from harness.load.locust import ALONE
from harness.experiment.measure import measuring
from harness.system.ports import free_port
from harness.system.processes import Crew
from harness.services.provide import lacking
from harness.experiment.session import fitting
{before}
(scenario,), _ = fitting([catalogue()["{scenario}"]], lacking)
run = Run(Path("results/one"))
run.create(Asked(profile="quick", on="host", seed=0, commit="", fingerprint="", scenarios=(), code={{}}))
offers = (Offer({load}, {rate}, 1.5),) if {block} and {rate} else ()
sweep = scenario.sweep if {block} else ()
trials = [
    Trial(scenario=scenario.name, variant=variant, block={block}, position=position, seed=1, closed_s={closed_s}, offers=offers, sweep=sweep)
    for position, variant in enumerate({variants})
]
with Crew() as crew:
    split = cores.split(scenario.budget.workers)
    with measuring(Host(crew, split, free_port(), free_port()), split, scenario, run, crew, ALONE) as drive:
        for trial in trials:
            try:
                print(json.dumps(asdict(drive(trial))))
            except BenchError as error:
                print(json.dumps({{"refused": str(error)}}))
"""


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the project once, compiled, so that no process that a test starts has to do it again."""
    root = tmp_path_factory.mktemp("original") / "project"
    for part in ("harness", "scenarios", "locustfiles", "compose"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "bench.py", root)
    assert compileall.compile_dir(root, quiet=1)
    return root


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Copy:
    """Copy the project."""
    root, temporary = tmp_path / "project", tmp_path / "tmp"
    temporary.mkdir()
    temporary.chmod(0o755)
    shutil.copytree(original, root)
    for folder in (tmp_path, *tmp_path.parents):
        if (
            folder.owner() == tmp_path.owner()
            and folder != Path("/")
            and os.access(folder, os.W_OK)
            and "pytest" in str(folder)
        ):
            folder.chmod(folder.stat().st_mode | 0o055)  # PostgreSQL's account must reach its data
    return Copy(root, temporary)
