"""The page's calculator says what `bench.py map` says, word for word, in both languages."""

from __future__ import annotations

import html
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli.map import lines
from harness.model.queueing import Load, ways
from harness.report.language import LANGUAGES, speaking
from harness.report.map_figure import calculator, js_words
from harness.report.render.environment import TEMPLATES

MS = 1e-3
# Rate in requests/s, wait and CPU in ms, threads, connections.
INPUTS: list[tuple[float, float, float, int, int | None]] = [
    (300, 12, 0.4, 40, None),
    (900, 2, 0.4, 40, 20),
    (10, 0, 0.5, 40, None),
    (3000, 1, 1, 40, None),
    (1700, 0.3, 0.31, 7, 5),
    (380, 100, 0.45, 40, None),
    (450, 100, 0.45, 40, None),
    (2, 430, 3.3, 1, 1),
    (70_000, 11, 0.013, 900, 870),
    (2500, 0, 0.37, 3, 2),
]
SAY = """
const inputs = {inputs}, words = {words};
const said = inputs.map(([rate, wait, cpu, tokens, connections]) => {{
  const load = {{ rate, wait_s: wait * 1e-3, cpu_s: cpu * 1e-3 }};
  return lines(load, ways(load, tokens, connections), words);
}});
"""


def in_node(words: str, program: str, _: Path) -> str:
    """Return `said` of a script as Node has it."""
    told = [program, "-e", f"{words}\nconsole.log(JSON.stringify(said));"]
    return subprocess.run(told, capture_output=True, text=True, check=True).stdout


def in_chromium(words: str, program: str, folder: Path) -> str:
    """Return the same as a browser has it, on a page of its own."""
    page = folder / "page.html"
    shown = 'document.getElementById("said").textContent = JSON.stringify(said);'
    head = '<!doctype html><meta charset="utf-8"><pre id="said"></pre>'
    page.write_text(f"{head}<script>{words}\n{shown}</script>", encoding="utf-8")
    options = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}")
    told = [program, *options, "--dump-dom", page.as_uri()]
    found = subprocess.run(told, capture_output=True, text=True, check=True, timeout=60).stdout
    return html.unescape(found.partition('<pre id="said">')[2].partition("</pre>")[0])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("runner", [in_node, in_chromium])
def test_the_pages_calculator_says_what_the_command_says(
    runner: Callable[[str, str, Path], str], language: str, tmp_path: Path
) -> None:
    """Over many inputs: no wait, few connections, too much asked, each limit in turn."""
    name = runner.__name__.removeprefix("in_")
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed, which would run the page's script")
    script = (TEMPLATES / "map.js").read_text(encoding="utf-8")
    with speaking(language):
        words = script + SAY.format(inputs=json.dumps(INPUTS), words=json.dumps(js_words()))
        found = json.loads(runner(words, program, tmp_path))
        for (rate, wait, cpu, tokens, connections), said in zip(INPUTS, found, strict=True):
            load = Load(rate=rate, wait_s=wait * MS, cpu_s=cpu * MS)
            assert said == list(lines(load, ways(load, tokens, connections)))


def test_the_calculator_asks_nothing_of_the_network_and_starts_where_it_was_measured() -> None:
    """The page is one file."""
    page = calculator(0.00045, 40)
    assert "http" not in page
    assert page.count('type="range"') == 5
    assert 'name="cpu" min="-2" max="2" step="any"\nvalue="-0.3467' in page


def test_what_the_theory_missed_is_text_in_the_page() -> None:
    """Whatever a record holds."""
    page = calculator(0.00045, 40, ["<script>alert(1)</script>"])
    assert "<li>&lt;script&gt;alert(1)" in page
