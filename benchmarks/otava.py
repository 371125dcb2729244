"""Find changes in made-up series with `bench.py history` and with Apache Otava, and compare.

    python -m benchmarks.otava     # a minute or two

Installs Otava into a temporary folder, because it is no dependency. Prints the table of docs/ci.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.judge import history
from harness.judge.history import Point

VERSION = "apache-otava==0.8.0"
POINTS, SERIES = 100, 50  # commits, and series of each kind
SPREAD = 0.015  # of a ratio that is measured within one job
APART = 10  # points between two steps, at least
KINDS = {
    "nothing": (),
    "a step of 3 %": (0.03,),
    "a step of 5 %": (0.05,),
    "5 % up, and back": (0.05, -0.05),
    "10 %, then 5 % more": (0.1, 0.05),
}
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def made_up() -> dict[str, dict[str, NDArray[np.float64]]]:
    """Return series of every kind, by name; their steps come at random."""
    rng = np.random.default_rng(0)
    found: dict[str, dict[str, NDArray[np.float64]]] = {}
    for number, (kind, steps) in enumerate(KINDS.items()):
        for one in range(SERIES):
            x = rng.normal(0, SPREAD, POINTS)
            for at, step in zip(_places(rng, len(steps)), steps, strict=True):
                x[at:] += np.log1p(step)
            found.setdefault(kind, {})[f"{number}-{one}"] = 2 * np.exp(x)
    return found


def _places(rng: np.random.Generator, number: int) -> list[int]:
    while True:
        places = sorted(int(place) for place in rng.integers(APART, POINTS - APART, number))
        if all(later - earlier >= APART for earlier, later in pairwise(places)):
            return places


def otava(series: dict[str, NDArray[np.float64]], folder: Path) -> dict[str, set[int]]:
    """Return where Otava finds changes, by series.

    It reads the CSV that `history --csv` writes, and is given the same p and smallest change.
    """
    python = folder / "otava" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder / "otava"], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", VERSION],
            check=True,
        )
    at = [FIRST + timedelta(hours=hour) for hour in range(POINTS)]
    points = []
    for n, when in enumerate(at):
        ratios = {name: (float(x[n]), float(x[n]), float(x[n])) for name, x in series.items()}
        points.append(
            Point(
                f"commit{n}",
                when.isoformat(),
                f"run{n}",
                "here",
                1,
                dict.fromkeys(series, ""),
                ratios,
            )
        )
    (folder / "history.csv").write_text(history.csv(points))
    test = {
        "type": "csv",
        "file": str(folder / "history.csv"),
        "time_column": "time",
        "attributes": ["commit"],
        "metrics": list(series),
    }
    (folder / "otava.yaml").write_text(json.dumps({"tests": {"history": test}}))  # JSON is YAML
    words = [
        "analyze",
        "history",
        "--since",
        "2025-12-01",
        "-P",
        str(history.P),
        "-M",
        str(history.SMALLEST),
        "--output",
        "json",
    ]
    environment = {**os.environ, "OTAVA_CONFIG": str(folder / "otava.yaml")}
    done = subprocess.run(
        [python.with_name("otava"), *words],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, set[int]] = {name: set() for name in series}
    hours = {when.timestamp(): n for n, when in enumerate(at)}
    for group in json.loads(done.stdout)["history"]:
        for change in group["changes"]:
            found[change["metric"]].add(hours[group["time"]])
    return found


def rows() -> Iterator[str]:
    """Yield for each kind of series the changes that both find at the same point, or only one."""
    what = f"{SERIES} series of {POINTS} points, which spread by {100 * SPREAD:g} %"
    yield f"| {what} | both find | only Otava | only `history` |"
    yield "| --- | --- | --- | --- |"
    with tempfile.TemporaryDirectory() as folder:
        for kind, series in made_up().items():
            found = otava(series, Path(folder))
            theirs = {(name, at) for name, places in found.items() for at in places}
            ours = {
                (name, change.at)
                for name, x in series.items()
                for change in history.change_points([float(value) for value in x])
            }
            yield f"| {kind} | {len(theirs & ours)} | {len(theirs - ours)} | {len(ours - theirs)} |"


if __name__ == "__main__":
    for row in rows():
        print(row)
