"""What the operating system refuses ends with exit code 2, its file and a remedy."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from harness.cli.errors import HINTS, RESUMES, refusal
from harness.experiment.session import Session
from harness.model.facts import Measurement
from harness.store.run import Run
from tests.support.commands import invoke, simulate

USERS_WORLD = [
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EISDIR,
    errno.ENOTDIR,
    errno.EMFILE,
]


def smoke(results: Path) -> Result:
    """Run a question without measuring."""
    return simulate(results, "hop", "--profile", "smoke")


def full(number: int) -> Callable[..., None]:
    """Return what fails like a write to a disk, which names no file."""

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("number", USERS_WORLD, ids=errno.errorcode.get)
def test_a_disk_that_refuses_to_be_written_loses_nothing(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run's folder and what to do are said, and the same command goes on."""
    append = Run.append
    kept: list[Measurement] = []

    def fails(run: Run, measurement: Measurement) -> None:
        if len(kept) == 3:
            full(number)()
        append(run, measurement)
        kept.append(measurement)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "append", fails)
        result = smoke(tmp_path)
    (folder,) = tmp_path.glob("20*")
    assert result.exit_code == 2, result.output
    assert f"Error: {folder}: {os.strerror(number)}" in result.output
    assert f"Hint: {HINTS[number]}. {RESUMES}" in result.output
    assert "Traceback" not in result.output
    assert Run(folder).read() == kept
    again = smoke(tmp_path)
    assert again.output.startswith(f"Going on with {folder}")
    assert again.exit_code == 0


@pytest.mark.usefixtures("undrawn")
def test_a_report_that_cannot_be_drawn_is_drawn_by_the_same_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without measuring anything again."""
    with monkeypatch.context() as patch:
        patch.setattr("harness.report.draw.draw", full(errno.ENOSPC))
        assert smoke(tmp_path).exit_code == 2
    (folder,) = tmp_path.glob("20*")
    assert not Run(folder).finished
    before = Run(folder).measured.read_text()
    monkeypatch.setattr(Run, "append", full(errno.ENOSPC))
    again = smoke(tmp_path)
    assert again.exit_code == 0, again.output
    assert "→ " in again.output
    assert Run(folder).measured.read_text() == before
    assert Run(folder).finished


@pytest.mark.usefixtures("undrawn")
def test_ctrl_c_while_the_report_is_drawn_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command only draws."""

    def interrupt(_: Run) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("harness.report.draw.draw", interrupt)
        result = smoke(tmp_path)
    assert result.exit_code == 130
    assert "the same command resumes" in result.output
    (folder,) = tmp_path.glob("20*")
    assert not Run(folder).finished
    assert smoke(tmp_path).output.startswith(f"Going on with {folder}")


def test_ctrl_c_before_the_first_trial_promises_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And leaves no folder."""

    def interrupt(_: Session) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Session, "events", interrupt)
    result = smoke(tmp_path)
    assert result.exit_code == 130
    assert "Nothing was measured yet." in result.output
    assert not list(tmp_path.glob("20*"))


def test_a_folder_where_the_page_should_be_is_named(simulated: Callable[..., Run]) -> None:
    """By the path of the page."""
    run = simulated("hop", profile="smoke")
    page = run.folder / "report" / "index.html"
    page.mkdir(parents=True)
    result = invoke("report", str(run.folder))
    assert result.exit_code == 2
    assert f"Error: {page}: Is a directory" in result.output
    assert "move the folder away" in result.output


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Before anything is measured."""
    (tmp_path / "file").touch()
    result = smoke(tmp_path / "file" / "results")
    assert result.exit_code == 2
    assert "cannot write results to" in result.output
    assert "--results" in result.output


def test_a_full_output_is_named() -> None:
    """Where nothing else is written, it is standard output that is full."""
    found = refusal(OSError(errno.ENOSPC, "full"))
    assert found is not None
    assert str(found) == "the output: No space left on device"


@pytest.mark.parametrize("number", [errno.EBADF, errno.EINVAL, errno.ECONNREFUSED])
def test_an_error_that_no_user_can_mend_is_a_fault_of_our_own(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 3, with a traceback for its report."""
    monkeypatch.setattr("harness.cli.report.opened", full(number))
    assert invoke("report", "nowhere").exit_code == 3
