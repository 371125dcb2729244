"""The page of the reference run, as a browser shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.project import ROOT
from harness.report.document import document
from harness.report.draw import write
from harness.report.language import LANGUAGES, speaking
from harness.store.run import Run
from tests.browser.conftest import Open

MOST_BYTES = 3_000_000
WIDTHS = (390, 800, 1400)
# An element whose text does not fit, one that is too faint, and one that is wider than the page.
CUT = "<p style='width:3em;overflow:hidden;white-space:nowrap'>cut off in the middle</p>"
FAINT = "<p style='color:#999;background:#fff'>hardly seen</p>"
WIDE = "<p style='width:3000px'>too wide</p>"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Draw the page in every language."""
    folder, record = tmp_path_factory.mktemp("report"), Run(ROOT / "results" / "reference").record()
    drawn = {}
    for language in LANGUAGES:
        with speaking(language):
            drawn[language] = write(document(record, everything=False), folder)
    return drawn


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_opens_without_a_fault_and_asks_nothing_of_a_network(
    pages: dict[str, Path], opened: Open, language: str
) -> None:
    """From a file, in its own language; it is one file, and no larger than it may be."""
    path = pages[language]
    found = opened(path)
    assert found.said == []
    assert [one for one in found.asked if not one.startswith(("file:", "data:"))] == []
    assert [one for one in found.asked if one.startswith("file:")] == [path.as_uri()]
    assert found.page.evaluate("document.documentElement.lang") == language
    assert path.stat().st_size < MOST_BYTES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_leads_somewhere(pages: dict[str, Path], opened: Open, language: str) -> None:
    """To a part of the page, each of which there is once."""
    page = opened(pages[language]).page
    links = page.evaluate("[...document.querySelectorAll('a')].map((a) => a.getAttribute('href'))")
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(links) > 100
    assert sorted(set(ids)) == sorted(ids)
    assert {link for link in links if link.removeprefix("#") not in ids} == set()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_cut_off(
    pages: dict[str, Path], opened: Open, language: str, width: int
) -> None:
    """On a phone, in half a window, and on a desk, with all that is folded open."""
    assert opened(pages[language], width=width).faults("cut") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_has_contrast(
    pages: dict[str, Path], opened: Open, language: str, theme: str
) -> None:
    """As WCAG asks for at level AA, in light and in the dark."""
    assert opened(pages[language], theme=theme).faults("faint") == []


def test_a_page_with_faults_is_told_from_one_without(opened: Open, tmp_path: Path) -> None:
    """Else the tests above would say nothing."""
    path = tmp_path / "page.html"
    for body, kind, words in (
        (CUT, "cut", "cut off"),
        (WIDE, "cut", "the page is 3"),
        (FAINT, "faint", "hardly seen"),
    ):
        path.write_text(f"<!doctype html><meta charset=utf-8>{body}<p>fine</p>", encoding="utf-8")
        found = opened(path).faults(kind)
        assert len(found) == 1
        assert words in found[0]


def test_what_is_folded_is_printed(pages: dict[str, Path], opened: Open) -> None:
    """By the style sheet alone, where no script opened it; but not what is to be typed into."""
    page = opened(pages["en"]).page
    hidden = "[...document.querySelectorAll('details > :not(summary)')].filter("
    hidden += "(one) => !one.matches('form, script, style') && !one.checkVisibility()).length"
    assert page.evaluate(hidden) > 50
    page.emulate_media(media="print")
    assert page.evaluate(hidden) == 0


def test_a_link_to_what_is_folded_opens_it(pages: dict[str, Path], opened: Open) -> None:
    """And brings it into view; the rest stays as it is."""
    page = opened(pages["en"], anchor="postgres_read-bystander").page
    figure = page.locator("#postgres_read-bystander")
    assert figure.is_visible()
    assert figure.bounding_box()["y"] < 900  # type: ignore[index]  # it is visible
    assert not page.locator("#cpu_work-monitor").is_visible()


def test_the_map_is_on_the_first_screen_and_claims_come_last(
    pages: dict[str, Path], opened: Open
) -> None:
    """After it all answers, then the scenarios, then the claims, folded."""
    page = opened(pages["en"]).page
    order = [
        ".map",
        ".forest",
        "section.scenario >> nth=0",
        "section.scenario >> nth=-1",
        "#claims",
    ]
    boxes = [page.locator(one).first.bounding_box() for one in order]
    tops = [box["y"] for box in boxes if box]
    assert len(tops) == len(order)
    assert tops == sorted(tops)
    assert tops[0] < 900
    assert not page.locator("#claims + details td").first.is_visible()
