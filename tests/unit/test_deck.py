"""The slides of a run: every number on them is from the record, and what is not there is named."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import FileSystemLoader

from harness.catalogue import catalogue
from harness.model.errors import BenchError
from harness.model.record import Record
from harness.project import ROOT
from harness.report.claims import find
from harness.report.deck import OPENS, OUTLINE, SCRIPTS, STYLES, VENDOR, Deck, deck
from harness.report.document import document
from harness.report.language import ENGLISH, LANGUAGES, speaking
from harness.report.render.environment import TEMPLATES, environment
from harness.store.run import Run
from tests.support.commands import invoke
from tests.support.simulated import measured

MARKS = ("claim", "interval", "fact")
ENDLESS = {"meta", "br", "img", "link", "input", "hr"}  # elements without an end
UNSEEN = {"style", "script", "title"}
# Digits that are no result: of every interval, and the two formulas with a one in them.
ALLOWED = re.compile(r"95 %|1 / \(c \+ w\)|1 / c")


@dataclass
class Marked:
    """An element that says where its text is from: by which mark, its id, its class, its text."""

    kind: str
    name: str
    style: str
    text: str = ""


@dataclass
class Slides(HTMLParser):
    """What one reads on slides and in notes: marked by where it is from, and plain."""

    marked: list[Marked] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    opened: list[tuple[str, Marked | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin to read."""
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go into an element."""
        given = {name: value or "" for name, value in attrs}
        kind = next((one for one in MARKS if f"data-{one}" in given), "")
        if tag not in ENDLESS:
            made = Marked(kind, given[f"data-{kind}"], given.get("class", "")) if kind else None
            self.opened.append((tag, made))
            self.marked += [made] if made else []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Pass by an element that holds nothing."""

    def handle_endtag(self, tag: str) -> None:
        """Go out of an element."""
        while self.opened and self.opened.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Give a text to the innermost mark around it."""
        if UNSEEN & {tag for tag, _ in self.opened}:
            return
        around = next((one for _, one in reversed(self.opened) if one), None)
        if around:
            around.text += data
        else:
            self.plain.append(data)


def read(made: Deck) -> Slides:
    """Return what one reads of a deck."""
    found = Slides()
    found.feed(made.html)
    return found


def faults(made: Deck, record: Record, language: str) -> list[str]:
    """Return the numbers of a deck that are not what the record says."""
    slides = read(made)
    wrong = [one for one in slides.plain if re.search(r"\d", ALLOWED.sub("", one))]
    with speaking(language):
        said = document(record)
        for one in slides.marked:
            if one.kind == "fact":
                # Figures and code are drawn from the record as a whole.
                known = made.facts.get(one.name, "").replace("`", "")
                wanted = known if "fact" in one.style.split() else one.text
            else:
                number = find(said, one.name)
                wanted = number.text if one.kind == "claim" else number.interval
            if " ".join(one.text.split()) != " ".join(wanted.split()):
                wrong.append(f"{one.kind} {one.name}: {one.text!r} instead of {wanted!r}")
    return wrong


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A simulated run of what most slides are about."""
    names = ("one_driver", "postgres_read", "http_call", "cpu_work", "http_connections")
    folder = tmp_path_factory.mktemp("results") / "run"
    return measured(folder, *(catalogue()[name] for name in names))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_on_a_slide_is_what_the_record_says(language: str) -> None:
    """In the notes as well; what has an id is what `bench.py claim` says."""
    record = Run(ROOT / "results" / "reference").record()
    made = deck(record, language)
    assert not faults(made, record, language)
    assert {one.kind for one in read(made).marked} == set(MARKS)


@pytest.mark.parametrize(
    "forged",
    [
        "12.3×",
        '<span class="n" data-claim="{{ pair.id }}">12.3×</span>',
        '<span class="fact" data-fact="blocks">12.3×</span>',
    ],
)
def test_a_number_that_is_written_into_a_template_is_found(
    forged: str, simulated: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plainly, under the id of another number, or as a fact that nobody took from the record."""
    folder = shutil.copytree(TEMPLATES, tmp_path / "templates")
    path, number = folder / "deck" / "macros.html.j2", "{{ write.number(pair.id) }}"
    text = path.read_text()
    assert number in text
    path.write_text(text.replace(number, forged))
    turned = environment().overlay(loader=FileSystemLoader(folder))
    monkeypatch.setattr("harness.report.deck.environment", lambda: turned)
    record = simulated.record()
    wrong = faults(deck(record), record, ENGLISH)
    assert wrong
    assert all("12.3×" in one for one in wrong)


def test_both_languages_have_the_same_slides_with_the_same_numbers(simulated: Run) -> None:
    """In other words."""
    english, chinese = (deck(simulated.record(), one) for one in LANGUAGES)
    assert english.slides == chinese.slides
    ratios = [
        [
            (one.name, one.text)
            for one in read(made).marked
            if "/" in one.name and one.kind == "claim"
        ]
        for made in (english, chinese)
    ]
    assert ratios[0] == ratios[1]
    assert '<html lang="zh-TW">' in chinese.html
    assert "事件迴圈" in chinese.html


def test_a_run_of_two_scenarios_makes_a_deck_of_these_and_names_the_rest(tmp_path: Path) -> None:
    """On the terminal, and in the notes of the last slide; also of what the outline has not."""
    run = measured(tmp_path / "run", *(catalogue()[name] for name in ("http_call", "hop")))
    made = deck(run.record())
    assert made.slides == ("formulas", "hurts", "scenario", "forest", "how", "limits", "app")
    told = invoke("talk", str(run.folder))
    assert told.exit_code == 0, told.output
    assert "left out the slide twist: nothing on record for it of one_driver" in told.output
    path = run.folder / "report" / "talk.html"
    assert told.output.endswith(f"7 slides → {path}\n")
    last = path.read_text().rpartition('<aside class="notes">')[2]
    assert "The twist" in last
    assert "one_driver" in last
    assert {one.name for one in made.left_out} >= {"guess", "twist", "map", "cliff", "tax"}


def test_the_command_writes_where_and_in_what_language_it_is_told(
    simulated: Run, tmp_path: Path
) -> None:
    """The same as the function."""
    into = tmp_path / "new" / "slides.html"
    told = invoke("talk", str(simulated.folder), "--lang", "zh-TW", "--into", str(into))
    assert told.exit_code == 0, told.output
    assert into.read_text() == deck(simulated.record(), "zh-TW").html


def test_a_run_without_an_answer_is_no_talk(tmp_path: Path) -> None:
    """It is refused, with what to do."""
    run = measured(tmp_path / "run", catalogue()["hop"], profile="smoke")
    with pytest.raises(BenchError, match="nothing to tell"):
        deck(run.record())
    assert invoke("talk", str(run.folder)).exit_code == 2


def test_the_file_asks_nothing_of_the_network(simulated: Run) -> None:
    """Beside reveal.js, whose comments name its site, there is no address in it at all."""
    html = deck(simulated.record()).html
    ours = html
    for name in (*STYLES, *SCRIPTS):
        theirs = OPENS.sub(r"\\x3c", (VENDOR / name).read_text())
        assert theirs in ours
        ours = ours.replace(theirs, "")
    assert not re.search(r"://|@import|\bfetch\b|XMLHttpRequest|\ssrc=", ours)
    assert html.count("<script>") == html.count("</script>") == 3


def test_the_outline_takes_fifteen_minutes() -> None:
    """As the notes say it."""
    assert sum(slide.seconds for slide in OUTLINE) == 15 * 60


def test_code_is_shown_as_it_was_measured(simulated: Run) -> None:
    """Three handlers, and the one without its word moves into its place."""
    slides = read(deck(simulated.record()))
    shown = ["".join(one.text.split()) for one in slides.marked if one.name == "code"]
    *files, before, after = shown
    for variant, text in zip(("blocking", "threaded", "awaiting"), files, strict=True):
        assert text in "".join(simulated.asked.code[f"one_driver/{variant}"].split())
    assert before.replace("asyncdef", "def") == after
