"""The picture of requests side by side: what it shows of what was recorded, and its replay."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.catalogue import catalogue
from harness.experiment.simulated import Simulator
from harness.model import evidence
from harness.model.facts import Measurement
from harness.model.trial import Trial
from harness.report.lanes import Lanes, known, lanes
from harness.report.language import LANGUAGES, speaking
from harness.report.render.environment import TEMPLATES, environment
from harness.report.scenario_run import ScenarioRun, scenario_run
from tests.support.simulated import measured

POSTGRES = catalogue()["postgres_read"]
LINE = "<blocking>.py:25"
# Of sixteen clients one after the other is served in 10 ms, or all at once in 40 ms; by the time
# that is shown, 27 and 112 of them are answered.
IN_TURN = tuple((n % 16, 0.011 * n, 0.011 * n + 0.01) for n in range(36))
AT_ONCE = tuple((n % 16, n // 16 * 0.042, n // 16 * 0.042 + 0.04) for n in range(144))
RECORDED = {
    "blocking": ("loop", IN_TURN, ((0.0, 0.4, LINE),)),
    "threaded": ("thread", AT_ONCE, ((0.1, 0.129, ""), (0.2, 0.2, "threaded.py:9"))),
    "awaiting": ("loop", AT_ONCE, ((0.051, 0.06, "awaiting.py:18"),)),
    "offloaded": ("thread", AT_ONCE, ()),
}
SHOWN = '{% from "lanes.html.j2" import lanes %}{{ lanes(figure, animated) }}'
# Frames come when they are called, so that no time is waited for.
CLOCK = """
let later = null;
performance.now = () => 0;
window.requestAnimationFrame = (step) => { later = step; return 1; };
window.cancelAnimationFrame = () => { later = null; };
window.matchMedia = () => ({ matches: STILL });
const frames = (count) => {
  for (let n = 1; n <= count && later; n++) later(100 * n);
};
"""
LOOK = """
const look = () => ({
  counts: [...document.querySelectorAll("[data-ended]")].map((one) => Number(one.textContent)),
  veil: Number(document.querySelector(".veil").getAttribute("width")),
  button: document.querySelector("button").textContent,
  time: document.querySelector(".lanes-time").textContent,
});
const said = [];
"""


def seen(variant: str, held_s: float = 0.0) -> evidence.Evidence:
    """Return what was recorded of a variant; or of one whose line held the loop for so long."""
    ran_on, requests, held = RECORDED[variant]
    held = ((0.0, held_s, LINE),) if held_s else held
    return evidence.Evidence(
        ran_on=ran_on,
        what=None,
        stood_still=0.0,
        longest_s=0.0,
        line=None,
        code=None,
        lanes=evidence.Lanes(requests=requests, held=held),
    )


def recorded(folder: Path, change: Callable[[Measurement], Measurement]) -> ScenarioRun:
    """Return a simulated run whose evidence is changed so."""
    drive = Simulator([POSTGRES])

    def one(trial: Trial) -> Measurement:
        found = drive(trial)
        return change(found) if trial.kind == "evidence" else found

    run = measured(folder / "run", POSTGRES, profile="smoke", drive=one)
    run.record_machine({"machine": {"cpu": "A CPU", "cores": 2}})
    return scenario_run(run.record(), POSTGRES)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ScenarioRun:
    """A run in which every variant was recorded, as it is read back from disk."""
    folder = tmp_path_factory.mktemp("lanes")
    return recorded(folder, lambda one: replace(one, evidence=seen(one.trial.variant)))


@pytest.fixture(scope="module")
def figure(run: ScenarioRun) -> Lanes:
    """Its picture."""
    found = lanes(run)
    assert found is not None
    return found


def rendered(figure: Lanes, *, animated: bool) -> str:
    """Return the figure as HTML."""
    return environment().from_string(SHOWN).render(figure=figure, animated=animated)


def test_the_trap_comes_first_then_one_in_threads_and_one_on_a_free_loop(figure: Lanes) -> None:
    """A second variant in threads would show the same again."""
    assert [panel.name for panel in figure.panels] == ["blocking", "threaded", "awaiting"]
    assert [panel.style for panel in figure.panels] == ["s-trap", "s-thread", "s-awaits"]


def test_what_is_counted_was_answered_within_the_time_that_is_shown(figure: Lanes) -> None:
    """Neither what was answered before, nor what is answered later."""
    assert [panel.answered for panel in figure.panels] == [27, 112, 112]
    for panel in figure.panels:
        assert all(0 <= ms < 300 for ms in panel.ended_ms)
    assert figure.answered == ("Answered in 300 ms: blocking 27, threaded 112, awaiting 112.")


def test_bars_are_cut_where_the_time_that_is_shown_begins_and_ends(figure: Lanes) -> None:
    """The first of those served at once began before it, and one of them ends after it."""
    _, threaded, _ = figure.panels
    in_lane = [(round(begin), round(end)) for lane, begin, end in threaded.bars if lane == 3]
    assert in_lane[0] == (0, 32)
    assert in_lane[-1] == (286, 300)
    assert {lane for lane, _, _ in threaded.bars} == set(range(16))
    assert threaded.drawn.count("M") == len(threaded.bars)


def test_the_loop_is_said_to_be_held_by_a_line_only_where_that_is_the_trap(figure: Lanes) -> None:
    """Elsewhere it was at work, if anything; stretches reach half a look beyond what was seen."""
    blocking, threaded, awaiting = (panel.loop for panel in figure.panels)
    assert blocking == f"Every look saw {LINE} hold the event loop."
    assert threaded == (
        "The event loop was seen at work for 11\u00a0% of the time, mostly in libraries."
    )
    assert awaiting == "No line was seen to hold the event loop for long."
    assert len(figure.panels[1].busy) == 1


def test_a_line_that_holds_the_loop_for_a_part_of_the_time_is_said_with_it(tmp_path: Path) -> None:
    """As far as it is shown."""
    run = recorded(tmp_path, lambda one: replace(one, evidence=seen("blocking", held_s=0.199)))
    figure = lanes(run)
    assert figure is not None
    assert figure.panels[0].loop == f"{LINE} held the event loop for 50\u00a0% of the time."


def test_a_lane_is_drawn_as_far_as_it_is_known(figure: Lanes) -> None:
    """From its first request to its last; all of it where the loop takes on one at a time."""
    blocking, threaded, _ = figure.panels
    assert blocking.known == tuple((lane, 0.0, 300.0) for lane in range(16))
    assert threaded.known == tuple((lane, 0.0, 300.0) for lane in range(16))
    late = evidence.Lanes(requests=((0, 0.15, 0.2), (1, 0.01, 0.36)), held=())
    assert list(known(late, 3, trapped=False)) == [
        (0, pytest.approx(100), pytest.approx(150)),
        (1, 0.0, 300.0),
    ]


def test_the_caption_says_what_it_is(figure: Lanes) -> None:
    """Of which run, under which load, on which machine, by which code, and that it is seen once."""
    for part in ("(run)", "postgres_read", "10 ms", "16 clients", "A CPU, 2 cores", "abc", "once"):
        assert part in figure.caption


def test_the_picture_says_the_same_in_every_language(run: ScenarioRun) -> None:
    """With the same numbers."""
    numbers = []
    for language in LANGUAGES:
        with speaking(language):
            found = lanes(run)
        assert found is not None
        said = f"{found.alt} {found.caption}"
        numbers.append(sorted(re.findall(r"\d+", said)))
    assert numbers[0] == numbers[1]


@pytest.mark.parametrize("animated", [True, False])
def test_the_figure_takes_its_colours_from_the_page_and_has_no_ids(
    figure: Lanes, *, animated: bool
) -> None:
    """So that it fits both themes, and there may be several on a page; what it says is escaped."""
    found = rendered(figure, animated=animated)
    root = ET.fromstring(found.replace(" hidden>", ">"))  # noqa: S314  our own file
    for element in root.iter():
        assert not set(element.keys()) & {"id", "fill", "stroke"}
    (picture,) = (one for one in root.iter() if one.get("role") == "img")
    assert picture.get("aria-label") == figure.alt
    assert LINE in figure.alt
    assert "Answered in 300 ms" in figure.alt
    assert (root.find(".//button") is not None) == animated
    assert found.count("veil") == (3 if animated else 0)


def test_there_is_no_picture_where_nothing_was_recorded_or_may_be_said(
    run: ScenarioRun, tmp_path: Path
) -> None:
    """As of older runs, and of an invalid scenario."""
    assert lanes(recorded(tmp_path, lambda one: one)) is None
    assert lanes(replace(run, answer=replace(run.answer, invalid="it is"))) is None


def in_chromium(
    figure: Lanes, script: str, folder: Path, *, still: bool = False
) -> list[Mapping[str, object]]:
    """Return `said` of a script on a page, in which the figure stands on a slide."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed, which would run the figure's script")
    page = folder / "page.html"
    slide = f'<div class="reveal"><div class="slides"><section>{rendered(figure, animated=True)}'
    parts = [
        CLOCK.replace("STILL", json.dumps(still)),
        (TEMPLATES / "lanes.js").read_text(encoding="utf-8"),
        LOOK,
        script,
    ]
    scripts = "".join(f"<script>{part}</script>" for part in parts)
    page.write_text(
        f'<!doctype html><meta charset="utf-8">{slide}</section></div></div>'
        f'<pre id="said"></pre>{scripts}',
        encoding="utf-8",
    )
    options = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}")
    told = [program, *options, "--dump-dom", page.as_uri()]
    found = subprocess.run(told, capture_output=True, text=True, check=True, timeout=60).stdout
    written = html.unescape(found.partition('<pre id="said">')[2].partition("</pre>")[0])
    result: list[Mapping[str, object]] = json.loads(written)
    return result


WRITE = 'document.getElementById("said").textContent = JSON.stringify(said);'


def test_a_replay_uncovers_what_has_happened_forty_times_slower(
    figure: Lanes, tmp_path: Path
) -> None:
    """It pauses and goes on, and in the end all of it is there as it was at rest."""
    script = f"""
    const button = document.querySelector("button");
    said.push(look());
    button.click(); frames(40); said.push(look());
    button.click(); frames(40); said.push(look());
    button.click(); frames(200); said.push(look());
    {WRITE}"""
    rest, running, paused, ended = in_chromium(figure, script, tmp_path)
    whole = [panel.answered for panel in figure.panels]
    assert rest == {"counts": whole, "veil": 0, "button": "Replay, 40 times slower", "time": ""}
    assert (running["veil"], running["time"], running["button"]) == (200, "100 ms", "Pause")
    by_then = [sum(ms <= 100 for ms in panel.ended_ms) for panel in figure.panels]
    assert running["counts"] == by_then
    assert paused == {**running, "button": "Go on"}
    assert ended == rest


@pytest.mark.parametrize(("still", "veil"), [(False, 290), (True, 0)])
def test_on_a_slide_it_starts_by_itself_unless_motion_is_unwanted(
    figure: Lanes, tmp_path: Path, veil: int, *, still: bool
) -> None:
    """As the slide comes; when that goes, it is at rest."""
    script = f"""
    const slide = document.querySelector("section");
    slide.classList.add("present");
    queueMicrotask(() => {{
      frames(4); said.push(look());
      slide.classList.remove("present");
      queueMicrotask(() => {{ said.push(look()); {WRITE} }});
    }});"""
    came, went = in_chromium(figure, script, tmp_path, still=still)
    assert came["veil"] == veil
    assert went["veil"] == 0
