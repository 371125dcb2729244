"""A real browser, and what it says of a page that it opens."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

FAULTS = Path(__file__).with_name("faults.js").read_text(encoding="utf-8")
OPEN = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"


@dataclass(frozen=True, slots=True)
class Opened:
    """A page in the browser, what its console said, and what it asked of a network."""

    page: Page
    said: list[str]
    asked: list[str]

    def faults(self, kind: str) -> list[str]:
        """Return what cannot be read: "cut" off, or too "faint"; with all that is folded open."""
        self.page.evaluate(OPEN)
        found: dict[str, list[str]] = self.page.evaluate(FAULTS)
        return found[kind]


Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start a browser; a module's own, because the tests of others run event loops."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no Chromium here, which would open the page")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Open files at a width in pixels, in light or in the dark; the network is off."""
    contexts = []

    def make(path: Path, *, width: int = 1400, theme: str = "light", anchor: str = "") -> Opened:
        dark = theme == "dark"
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            offline=True,
        )
        contexts.append(context)
        found = Opened(context.new_page(), [], [])
        found.page.on("console", lambda message: found.said.append(message.text))
        found.page.on("pageerror", lambda error: found.said.append(str(error)))
        found.page.on("request", lambda request: found.asked.append(request.url))
        found.page.goto(f"{path.as_uri()}{f'#{anchor}' if anchor else ''}")
        return found

    yield make
    for context in contexts:
        context.close()
