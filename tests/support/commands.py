"""bench.py, run in the process of the test, where nothing is measured."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.main import bench
from harness.store.run import Run


def invoke(*arguments: str) -> Result:
    """Run bench.py in this process."""
    return CliRunner().invoke(bench, arguments)


def simulate(results: Path, *arguments: str) -> Result:
    """Run it without measuring."""
    return invoke("run", *arguments, "--on", "simulated", "--results", str(results))


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the charts out, which take most of the time."""

    def draw(run: Run, **_: bool) -> Path:
        run.record()
        return run.folder / "report" / "index.html"

    monkeypatch.setattr("harness.report.draw.draw", draw)
    monkeypatch.setattr("harness.report.draw.LivePage.add", lambda *_: None)
