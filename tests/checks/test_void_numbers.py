"""No number of a void measurement is printed, by any renderer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import StringIO

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from rich.console import Console

from harness.catalogue import catalogue
from harness.cli import console
from harness.design.design import Design
from harness.design.profile import PROFILES
from harness.experiment.run import Driver
from harness.experiment.session import Session
from harness.experiment.simulated import Simulator
from harness.model import Scenario
from harness.model.facts import Measurement, Stream
from harness.model.trial import Trial
from harness.report.charts import CHARTS, theme
from harness.report.document import document
from harness.report.draw import draw
from harness.report.render import terminal
from harness.store.run import Run
from tests.support.simulated import Measures, measured

POSTGRES = catalogue()["postgres_read"]
SECRET = 31_415_926  # in a void measurement, every number is this one


def spoilt(scenario: Scenario, void: Callable[[Trial], bool]) -> Driver:
    """Simulate, with some trials void, whose every number is the secret one."""
    drive = Simulator([scenario])

    def one(trial: Trial) -> Measurement:
        found = drive(trial)
        if not void(trial):
            return found
        cells = tuple(
            replace(cell, work=_spoilt(cell.work), bystander=_spoilt(cell.bystander), window_s=1.0)
            for cell in found.open
        )
        closed = found.closed and replace(
            found.closed,
            good=SECRET,
            sent=SECRET,
            slope=SECRET,
            ended_slope=SECRET,
            tenths=(),
            outcomes={"ok": SECRET},
            window_s=1.0,
            cpu_s=SECRET,
        )
        rss_bytes = SECRET * 10**6
        return replace(found, closed=closed, open=cells, rss_bytes=rss_bytes, foreign=0.99)

    return Measures(one)


def _spoilt(stream: Stream) -> Stream:
    """Return a stream that was asked so many times as nobody may read."""
    outcomes = {"ok": stream.good, "late": SECRET - stream.good}
    return replace(stream, due=SECRET, outcomes=outcomes)


def everything_said(run: Run) -> Iterator[str]:
    """Yield what every renderer makes of a run: page, summary, terminal, charts, console."""
    page = draw(run, everything=True).read_text().partition("</head>")[2]
    yield re.sub(r' (?:d|style|x1|x2|x|y)="[^"]*"', "", page)  # without where things are drawn
    yield (run.folder / "report" / "summary.md").read_text()
    for section in document(run.record()).sections:
        yield terminal.answer(section)
        with theme.drawing():
            for caption in section.charts:
                figure = CHARTS[caption.chart](section.run, caption)
                yield " ".join(text.get_text() for text in figure.findobj(Text))
    yield printed(run)


def printed(run: Run) -> str:
    """Return what the console prints while the same is measured once more."""
    known = {one.trial.key: one for one in run.read()}
    again = Run(run.folder / "again")
    again.create(run.asked)

    @contextmanager
    def stage(_: Design) -> Iterator[Driver]:
        yield Measures(lambda trial: known[trial.key])

    designs = [Design(one, PROFILES["quick"]) for one in run.asked.scenarios]
    session = Session(again, designs, resumed=False, where="", stage=stage, joining=lambda _: None)
    said = StringIO()
    console.follow(session, lambda _: None, lambda _: None, Console(file=said, width=500))
    return said.getvalue()


@settings(
    max_examples=4, deadline=None, phases=[Phase.generate]
)  # shrinking a failure would draw for minutes
@given(
    void=st.sets(
        st.tuples(
            st.integers(0, 7),  # 0 is the evidence pass, and what is seen once
            st.integers(0, 1),
            st.sampled_from(["blocking", "threaded", "awaiting"]),
        ),
        min_size=1,
    )
)
def test_no_renderer_prints_a_number_of_a_void_measurement(
    tmp_path_factory: pytest.TempPathFactory, void: set[tuple[int, int, str]]
) -> None:
    """Whichever trials are void, whether a scenario survives it or not."""

    def is_void(trial: Trial) -> bool:
        return (trial.block, trial.attempt, trial.variant) in void

    folder = tmp_path_factory.mktemp("run")
    run = measured(folder / "run", POSTGRES, drive=spoilt(POSTGRES, is_void))
    for said in everything_said(run):
        assert "31,4" not in said
        assert "314" not in said.replace(str(run.folder), "")
