"""The slides in a real browser, from a file, without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from harness.project import ROOT
from harness.report.deck import deck
from harness.report.language import LANGUAGES
from harness.store.run import Run

WIDE = ViewportSize(width=1920, height=1080)
# What hangs over the edge of its slide, or over the ids at its foot, on the slide that is shown.
CUT = """() => {
  const frame = document.querySelector("section.present .frame");
  const edge = frame.getBoundingClientRect(), foot = frame.querySelector("footer");
  const bottom = foot.getBoundingClientRect().top;
  const out = [];
  for (const one of frame.querySelectorAll("*")) {
    const box = one.getBoundingClientRect();
    if (!box.width || foot.contains(one) || one.closest("svg, .unseen")) continue;
    if (box.right > edge.right + 1 || box.bottom > bottom + 1 || box.left < edge.left - 1)
      out.push(`${one.tagName} ${one.className} ${one.textContent.trim().slice(0, 40)}`);
  }
  return out;
}"""


@pytest.fixture(scope="module", params=LANGUAGES)
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The slides of the reference run."""
    file = tmp_path_factory.mktemp("deck") / "talk.html"
    record = Run(ROOT / "results" / "reference").record()
    file.write_text(deck(record, request.param).html, encoding="utf-8")
    return file


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page, as large as a slide, without a network; nothing goes wrong on it."""
    context = browser.new_context(viewport=WIDE, offline=True, reduced_motion="reduce")
    found, wrong = context.new_page(), list[str]()
    found.on("console", lambda one: wrong.append(one.text) if one.type == "error" else None)
    found.on("pageerror", lambda one: wrong.append(str(one)))
    found.on("request", lambda one: _refuse(one.url, wrong))
    yield found
    context.close()
    assert not wrong


def _refuse(url: str, wrong: list[str]) -> None:
    if not url.startswith(("file:", "data:", "about:", "blob:")):
        wrong.append(url)


def test_every_slide_fits_its_screen_and_the_keys_turn_them(page: Page, path: Path) -> None:
    """Nothing is cut, nothing lies over the foot."""
    page.goto(path.as_uri())
    page.wait_for_function("Reveal.isReady()")
    count = page.evaluate("Reveal.getTotalSlides()")
    assert count > 10
    for number in range(count):
        assert page.evaluate("Reveal.getState().indexh") == number
        assert page.evaluate(CUT) == [], page.evaluate("Reveal.getCurrentSlide().id")
        page.keyboard.press("ArrowRight")


# The colours of ground and ink.
LOOK = """() => {
  const look = getComputedStyle(document.querySelector(".reveal"));
  return [look.backgroundColor, look.color];
}"""


def test_d_turns_light_and_dark(page: Page, path: Path) -> None:
    """Of ground and ink, and back again."""
    page.goto(path.as_uri())
    page.wait_for_function("Reveal.isReady()")
    light = page.evaluate(LOOK)
    page.keyboard.press("d")
    dark = page.evaluate(LOOK)
    page.keyboard.press("d")
    assert page.evaluate(LOOK) == light
    assert not set(light) & set(dark)


def test_s_opens_the_notes_with_what_to_say(page: Page, path: Path) -> None:
    """In a window of its own, from a file."""
    page.goto(path.as_uri())
    page.wait_for_function("Reveal.isReady()")
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    notes = opened.value
    notes.wait_for_function(
        "document.querySelector('.speaker-controls-notes .value')?.textContent.trim()"
    )
    shown = notes.inner_text(".speaker-controls-notes .value")
    said = page.evaluate("document.querySelector('aside.notes').textContent")
    assert "".join(shown.split()) == "".join(said.split())


def test_it_prints_a_page_for_each_slide(page: Page, path: Path) -> None:
    """Wide ones."""
    page.goto(f"{path.as_uri()}?print-pdf")
    page.wait_for_function("document.querySelectorAll('.pdf-page').length > 0")
    slides = page.evaluate("document.querySelectorAll('.slides section').length")
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert printed.count(b"/Type /Page\n") == slides
