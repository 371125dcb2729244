"""What the page of a scene shows: who calls whom, what bounds each variant, the traps' figures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.catalogue import catalogue
from harness.experiment.simulated import Simulator
from harness.model.facts import Measurement
from harness.model.metric import capacity
from harness.model.scenario import Scenario
from harness.model.trial import Trial
from harness.report import comparisons, wording
from harness.report.calls import LEADING, Box, Calls, calls
from harness.report.charts.text import measured as wide
from harness.report.document import Document, Section, document
from harness.report.draw import draw
from harness.report.family import families
from harness.report.language import CHINESE, speaking
from harness.report.render.markdown import summary
from harness.report.sentences import Sentence
from harness.store.run import Run
from tests.support.reports import written
from tests.support.simulated import measured

CATALOGUE = catalogue()
SCENES = [one.name for one in CATALOGUE.values() if one.group == "scenes"]
REFUSED = {"gathered": 4.5, "bounded": 1.0, "paced": 0.0}  # calls per request, in these runs


def drawn(name: str) -> Calls:
    """Return the picture of a scenario of the catalogue."""
    found = calls(CATALOGUE[name].points)
    assert found is not None
    return found


def words(box: Box) -> list[str]:
    """Return the lines of a box."""
    return [f"{bold} {plain}".strip() for bold, plain in box.lines]


def run_of(folder: Path, *scenarios: Scenario) -> Run:
    """Return a simulated run, in which an upstream counts its calls."""
    drive = Simulator(scenarios)

    def one(trial: Trial) -> Measurement:
        found = drive(trial)
        if trial.variant not in REFUSED:
            return found
        return replace(found, calls={"answered": 12.0, "refused": REFUSED[trial.variant]})

    return measured(folder, *scenarios, drive=one)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A simulated run of every scene."""
    asked = [point for name in SCENES for point in CATALOGUE[name].points]
    return run_of(tmp_path_factory.mktemp("results") / "scenes", *asked)


@pytest.fixture(scope="module")
def told(run: Run) -> Document:
    """What it says."""
    return document(run.record(), everything=False)


@pytest.fixture(scope="module")
def sections(told: Document) -> Mapping[str, Section]:
    """What it says to each question, by name."""
    return {one.name: one for one in told.sections}


def test_every_service_of_a_scene_stands_in_its_picture_with_its_wait() -> None:
    """By the knob that sets it, which a scenario may name; a cache is away, a database answers."""
    shop = drawn("product_search")
    assert {name: words(box) for name, box in shop.services.items()} == {
        "postgres": ["PostgreSQL", "answers after 15 ms (index_ms)"],
        "mysql": ["MySQL", "answers after 15 ms (items_ms)"],
        "redis": ["Redis", "1 ms there and back (wait_ms)"],
    }
    assert words(shop.clients) == ["clients", "GET /search?words={key}", "64 at once"]
    assert words(shop.app)[:2] == ["the app", "workers 1, threads 40, connections 64"]
    assert words(shop.app)[-1] == "default_pool on the loop, connections 10"
    assert len(shop.arrows) == 4
    assert not any(arrow.alone for arrow in shop.arrows)
    assert shop.alt.endswith(
        "All of them call PostgreSQL (answers after 15 ms), MySQL (answers after 15 ms) and Redis "
        "(1 ms there and back)."
    )
    assert words(drawn("chat_message").clients)[1] == "WebSocket /chat"


def test_what_one_variant_calls_alone_is_marked() -> None:
    """Its arrows begin where it stands, and it is named on the other side."""
    picture = drawn("image_inference")
    assert {name: words(box) for name, box in picture.services.items()} == {
        "rabbitmq": ["RabbitMQ", "called by queued alone"],
        "redis": ["Redis", "called by queued alone"],
    }
    first, *others = picture.arrows
    assert not first.alone
    assert [one.alone for one in others] == [True, True]
    line = words(picture.app).index("queued in another process")
    assert {one.start for one in others} == {(picture.app.right, picture.app.level(line))}
    assert picture.alt.endswith("queued alone calls RabbitMQ and Redis.")
    assert "threaded in a thread, threads 2" in words(picture.app)


def test_what_runs_inside_an_app_is_no_service_of_its_own() -> None:
    """Spark stands in the line of its variant, and goes where that is left out."""
    picture = drawn("large_report")
    assert list(picture.services) == ["postgres"]
    assert words(picture.app)[-1] == "spark in another process, Spark inside"
    assert picture.alt.endswith("Spark runs inside the app of spark.")
    without = calls([CATALOGUE["large_report"].drop(["spark"])])
    assert without is not None
    assert "Spark" not in without.alt
    assert len(without.app.lines) == len(picture.app.lines) - 1


def test_a_scene_at_several_points_shows_every_wait() -> None:
    """In one picture."""
    (upstream,) = drawn("market_data").services.values()
    assert words(upstream) == ["the upstream", "answers after 50 or 200 ms (wait_ms)"]


def test_where_nothing_is_waited_for_no_wait_is_written() -> None:
    """A knob at zero sets none."""
    shop = CATALOGUE["product_search"].with_knobs({"wait_ms": 0})
    assert words(Calls([shop]).services["redis"]) == ["Redis"]


def test_a_service_that_is_gone_since_has_its_name() -> None:
    """An old record may hold it."""
    assert "elastic" in Calls([replace(CATALOGUE["product_search"], needs=("elastic",))]).alt


def test_only_scenes_have_a_picture() -> None:
    """Elsewhere it would repeat the one service; without any there is nothing to show."""
    shown = {name for name, one in CATALOGUE.items() if calls(one.points)}
    assert shown == set(SCENES)
    assert calls([CATALOGUE["product_search"].for_target("http://127.0.0.1")]) is None


@pytest.mark.parametrize("name", SCENES)
def test_no_letter_leaves_its_box_and_no_box_covers_another(name: str) -> None:
    """In the widest of the fonts that a page may be shown in; arrows go from edge to edge.

    A line of a box is wider than nothing, and lies in the picture as a whole.
    """
    picture, line = drawn(name), 1.5
    for box in picture.boxes:
        assert box.left >= line
        assert box.top >= line
        assert box.right <= picture.width - line
        assert box.top + box.height <= picture.height - line
        for number, (bold, plain) in enumerate(box.lines):
            end = box.begin + wide(bold, 15.0, bold=True) + wide(f" {plain}", 15.0)
            assert end < box.right
            assert box.top + LEADING / 2 < box.level(number) < box.top + box.height - LEADING / 2
    for one, other in combinations(picture.boxes, 2):
        beside = one.right < other.left
        assert beside or one.top + one.height < other.top
    edges = {box.right for box in picture.boxes}, {box.left for box in picture.boxes}
    for arrow in picture.arrows:
        assert arrow.start[0] in edges[0]
        assert arrow.end[0] in edges[1]


@pytest.mark.parametrize("name", SCENES)
def test_a_picture_is_never_drawn_too_small_to_read_nor_larger_than_it_is(name: str) -> None:
    """On a phone it is moved inside its own box."""
    picture = drawn(name)
    assert 640 <= picture.least <= picture.width
    assert 15.0 * picture.least / picture.width >= 12.0


def test_the_words_of_a_picture_are_those_of_the_language() -> None:
    """Names of variants stay; a letter of another script is as wide as it is high."""
    with speaking(CHINESE):
        picture = drawn("image_inference")
        service = picture.services["rabbitmq"]
        alt = picture.alt
    assert words(service) == ["RabbitMQ", "只有 queued 呼叫"]
    assert service.width >= 2 * 14.0 + 15.0 * 4
    assert "只有 queued 呼叫 RabbitMQ" in alt
    assert "queued" in words(picture.app)[-1]


def test_the_page_has_each_picture_once_as_text(run: Run, tmp_path: Path) -> None:
    """In the page's own colours, light or dark, with the same in words; of a family once too."""
    found = draw(run, tmp_path).read_text()
    inline = re.findall(r'<svg class="calls".*?</svg>', found, re.DOTALL)
    pictures = [ET.fromstring(one) for one in inline]  # noqa: S314  our own file
    alts = [calls(CATALOGUE[name].points) for name in SCENES]
    assert {one.get("aria-label") for one in pictures} == {one.alt for one in alts if one}
    assert len(pictures) == len(SCENES)
    for picture in pictures:
        assert "the app" in "".join(picture.itertext())
        coloured = [one for one in picture.iter() if one.get("fill") or one.get("stroke")]
        assert not coloured
    style = re.findall(r"\.calls [^{]*\{([^}]*)\}", found)
    assert any("fill: var(--ink)" in one for one in style)


@pytest.mark.parametrize("name", [one.name for scene in SCENES for one in CATALOGUE[scene].points])
def test_the_bound_of_each_variant_stands_beside_what_was_measured(
    sections: Mapping[str, Section], name: str
) -> None:
    """Also where the capacity was seen once; only of Spark nothing is known."""
    table = sections[name].variants
    assert table is not None
    columns = {column.head.partition(" (")[0]: column.cells for column in table.columns}
    shown = zip(
        *(columns[head] for head in ("variant", "capacity, requests/s")),
        *(columns[head] for head in ("ceiling, requests/s", "capacity of ceiling", "prediction")),
        strict=True,
    )
    for variant, served, bound, share, prediction in shown:
        assert float(served.text.replace(",", "")) > 0
        known = CATALOGUE[sections[name].scenario.home].variant(variant.text).ceiling is not None
        assert (bound.text == "∞") == (not known)
        assert share.text.endswith(" %") == known
        assert (prediction.text == "no known bound") == (not known)


def test_a_trap_is_said_with_what_was_seen_once(sections: Mapping[str, Section]) -> None:
    """Both levels as they were measured, and their ratio; no interval is made up."""
    section = sections["product_search"]
    pool, _ = section.traps
    levels = [section.run.typical(capacity, name) for name in ("default_pool", "together")]
    ten, enough = (one.estimate for one in levels if one)
    assert pool == Sentence(
        "ten connections are what asyncpg and aiomysql open unless they are told otherwise: "
        f"capacity {wording.rate(ten)} with default_pool against {wording.rate(enough)} with "
        f"together, {wording.whole_percent(ten / enough - 1)} more",
        "seen once, without interval",
    )


def test_a_trap_that_decides_is_said_with_its_interval(sections: Mapping[str, Section]) -> None:
    """As it is said among the answers."""
    section = sections["chat_message"]
    flush, blocking = section.traps
    assert flush.says.startswith("`flush()` waits for the messages of all")
    assert "95 % CI" in flush.basis
    made = section.run.answer.contrasts
    says = {comparisons.of_contrast(section.run, one, levels=True).says for one in made}
    assert flush.says.partition(": ")[2] in says
    assert blocking.says.partition(": ")[2] in says


def test_refused_calls_are_counted_at_every_point(told: Document) -> None:
    """Of the upstream's own count, beside those of the variant that keeps to the rate."""
    (family,) = families(told)
    refused = [(point, said) for point, said in family.traps if "refused calls" in said]
    assert [point for point, _ in refused] == list(family.points)
    for _, said in refused:
        assert "4.50 refused calls per request with gathered against 0 with paced" in said
    paced = "a pacer how many per second: with 32 clients, paced "
    assert sum(paced in said for _, said in family.traps) == 2


def test_a_trap_without_its_figures_is_not_said(tmp_path: Path) -> None:
    """Where a variant was left out, nobody counted, or nothing is judged."""
    report = CATALOGUE["large_report"].drop(["spark"])
    (section,) = document(measured(tmp_path / "report", report).record()).sections
    assert section.scenario.traps
    assert section.traps == ()
    point = CATALOGUE["market_data"].points[0]
    (section,) = document(measured(tmp_path / "market", point).record()).sections
    assert not any("refused calls" in one.says for one in section.traps)
    assert section.traps
    chat = measured(tmp_path / "smoke", CATALOGUE["chat_message"], profile="smoke")
    (section,) = document(chat.record()).sections
    assert section.traps == ()


def test_traps_are_on_the_page_and_in_the_summary(told: Document, tmp_path: Path) -> None:
    """Each with its basis; code as code on the page."""
    run = run_of(tmp_path / "run", CATALOGUE["chat_message"])
    page, _ = written(run)
    assert page.count("<code>flush()</code> waits for the messages of all") == 1
    found = summary(told)
    assert "- Trap: `flush()` waits for the messages of all" in found
    assert "- Trap at wait 200 ms: a semaphore bounds" in found
