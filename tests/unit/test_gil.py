"""Whether an interpreter runs with its lock is read back from the app."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.model.app import App
from harness.model.errors import BenchError
from tests.support.fake_place import FakePlace
from tests.unit.test_measure import SCENARIO, measured


def served(tmp_path: Path, python: str, *, gil: bool) -> FakePlace:
    """Measure a variant under this interpreter, which says that it has a lock or none."""
    place = FakePlace()
    place.answers["/budget"] |= {"gil": gil}
    variants = tuple(replace(one, python=python) for one in SCENARIO.variants)
    (found,) = measured(
        tmp_path,
        place,
        scenario=replace(SCENARIO, variants=variants),
        app_of=lambda _: App(target="nap:app", folder=tmp_path),
    )
    assert found.app is not None
    assert found.app.python == ("3.99" if gil else "3.99 without the GIL")
    return place


@pytest.mark.parametrize(
    ("python", "gil", "says"),
    [
        ("3.14t", True, "runs with the GIL, which a C extension switched on"),
        ("3.14t+gil", False, "runs without the GIL, and is declared to run with it"),
    ],
)
def test_a_lock_that_is_not_as_declared_is_refused(
    tmp_path: Path,
    python: str,
    gil: bool,  # noqa: FBT001  pytest gives it by its name
    says: str,
) -> None:
    """With the log, in which the interpreter names the extension."""
    with pytest.raises(BenchError, match=says) as refused:
        served(tmp_path, python, gil=gil)
    assert "log" in refused.value.hint


def test_a_lock_that_is_as_declared_is_measured(tmp_path: Path) -> None:
    """Only where it is to be kept, the interpreter is told so."""
    free = served(tmp_path / "free", "3.14t", gil=False)
    locked = served(tmp_path / "locked", "3.14t+gil", gil=True)
    told = [place.served[0][0].environment.get("PYTHON_GIL") for place in (free, locked)]
    assert told == [None, "1"]
