"""Simulated runs, and what is written of them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from harness.catalogue import catalogue
from harness.report.document import Document, document
from harness.report.render.markdown import summary
from harness.report.render.page import page
from harness.report.scenario_run import ScenarioRun
from harness.store.run import Run
from tests.support.simulated import measured


def simulated(folder: Path, profile: str, *names: str) -> Run:
    """Simulate a whole run of the named scenarios."""
    run = measured(folder, *(catalogue()[name] for name in names), profile=profile)
    run.record_machine(
        {
            "machine": {"cpu": "A $CPU$ with a rather long name @ 2.80GHz", "cores": 2},
            "services": {"postgres": {"provider": "pgserver", "real": False}},
            "docker": {"engine": "26.1.5", "compose": "2.26.1"},
            "images": {
                "app": {"name": "fastapi-bench", "id": "sha256:0123456789abcdef", "stand_in": True}
            },
        }
    )
    return run


def cut(run: Run, folder: Path, blocks: int) -> Run:
    """Copy a run as it was after so many blocks."""
    shutil.copytree(run.folder, folder)
    early = Run(folder)
    early.measured.unlink()
    for measurement in run.read():
        trial = measurement.trial
        if trial.kind != "exploring" and trial.block <= blocks:
            early.append(measurement)
    return early


def unanswered(run: ScenarioRun) -> ScenarioRun:
    """Return what is read of a scenario as if there were no answer to it."""
    without = (replace(one, gain=None) for one in run.answer.contrasts)
    return replace(run, answer=replace(run.answer, contrasts=tuple(without)))


def said(run: Run) -> Document:
    """Return the document of a run."""
    return document(run.record())


def written(run: Run) -> tuple[str, str]:
    """Return the page and the summary."""
    found = said(run)
    return page(found), summary(found)
