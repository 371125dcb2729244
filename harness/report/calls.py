"""Who calls whom, as a scenario declares it: what the picture on its page says, and where."""

from __future__ import annotations

from collections.abc import Sequence, Sized
from dataclasses import asdict, dataclass
from functools import cached_property
from unicodedata import east_asian_width

from harness.model.scenario import Scenario, Variant
from harness.report import sentences, wording
from harness.report.language import say
from harness.services import INSIDE, SERVICES
from harness.services.service import kind_of

SHOWN = ("scenes",)  # groups; a single service elsewhere is among the conditions
TEXT, LEADING, PAD, GAP = 15.0, 24.0, 14.0, 70.0  # pixels
EDGE = 2.0  # pixels around the picture, so that no line of a box is cut
HEAD = 9.0  # pixels: how long the head of an arrow is
LEAST, SMALLER = 640.0, 0.8  # how narrow it is drawn: so many pixels, or so much of its width
USUAL = "wait_ms"  # the knob that sets a wait, unless the scenario names another
# The most that letters of a usual font are wide, as shares of their size; bold ones are wider.
NARROW, BROAD, CAPITAL, OTHER, BOLD = 0.42, 1.0, 0.79, 0.64, 0.085

Line = tuple[str, str]  # what is bold, and what follows it


@dataclass(frozen=True, slots=True)
class Box:
    """A box of lines; `left` and `top` are its corner in pixels."""

    left: float
    top: float
    lines: tuple[Line, ...]

    @property
    def width(self) -> float:
        """How wide its longest line is in the widest of the page's fonts, and margins."""
        return 2 * PAD + max(
            _wide(bold, bold=True) + _wide(f" {plain}") for bold, plain in self.lines
        )

    @property
    def height(self) -> float:
        """How high it is."""
        return _high(self.lines)

    @property
    def begin(self) -> float:
        """Where its lines begin."""
        return self.left + PAD

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.left + self.width

    @property
    def middle(self) -> float:
        """Where its middle is, from the top."""
        return self.top + self.height / 2

    def level(self, line: int) -> float:
        """Return where the middle of a line is, from the top."""
        return self.top + PAD + LEADING * (line + 0.5)


@dataclass(frozen=True, slots=True)
class Arrow:
    """From a point to another on its right; `alone` where not every variant goes there."""

    start: tuple[float, float]
    end: tuple[float, float]
    alone: bool = False

    @property
    def path(self) -> str:
        """The line, as SVG writes it."""
        (x1, y1), (x2, y2) = self.start, self.end
        bend = (x2 - x1) / 2
        first, second = f"{x1 + bend:.0f} {y1:.0f}", f"{x2 - bend:.0f} {y2:.0f}"
        return f"M{x1:.0f} {y1:.0f}C{first} {second} {x2:.0f} {y2:.0f}"

    @property
    def head(self) -> str:
        """Its head, as SVG writes it."""
        x, y = self.end
        return f"M{x:.0f} {y:.0f}l{-HEAD:.0f} {-HEAD / 2:g}v{HEAD:g}z"


@dataclass(frozen=True)
class Calls:
    """A picture: the clients, the app with its variants, the services, and arrows between them.

    `points` are the scenario at each of its points, or itself.
    """

    points: Sequence[Scenario]

    @property
    def scenario(self) -> Scenario:
        """What all points have in common."""
        return self.points[0]

    @cached_property
    def users(self) -> dict[str, tuple[str, ...]]:
        """The variants that call each service, without what runs inside the app."""
        every = tuple(one.name for one in self.scenario.variants)
        return {
            name: every
            if name in self.scenario.needs
            else tuple(one.name for one in self.scenario.variants if name in one.needs)
            for name in self.scenario.requires
            if name not in INSIDE
        }

    @cached_property
    def clients(self) -> Box:
        """Who asks, and for what."""
        many = dict.fromkeys(f"{one.clients:,}" for one in self.points)
        at_once = say("details.calls.at_once", clients=say("details.calls.or").join(many))
        name = self.scenario.workload.name
        lines = ((say("details.calls.clients"), ""), ("", name), ("", at_once))
        return Box(EDGE, (self.height - _high(lines)) / 2, lines)

    @cached_property
    def app(self) -> Box:
        """The app: the budget of its variants, and where each runs."""
        lines = [(say("details.calls.app"), ""), ("", wording.budget(self.scenario.budget))]
        lines += [(one.name, self._runs(one)) for one in self.scenario.variants]
        top = (self.height - _high(lines)) / 2
        return Box(self.clients.right + GAP, top, tuple(lines))

    @cached_property
    def services(self) -> dict[str, Box]:
        """The services, one below the other."""
        heights = {name: _high(lines) for name, lines in self._lines.items()}
        top = (self.height - sum(heights.values()) - PAD * (len(heights) - 1)) / 2
        boxes = {}
        for name, lines in self._lines.items():
            boxes[name] = Box(self.app.right + GAP, top, lines)
            top += heights[name] + PAD
        return boxes

    @property
    def boxes(self) -> tuple[Box, ...]:
        """All boxes, from left to right."""
        return (self.clients, self.app, *self.services.values())

    @property
    def arrows(self) -> tuple[Arrow, ...]:
        """The calls. One that single variants make begins at each of them."""
        app, rows = self.app, [one.name for one in self.scenario.variants]
        found = [Arrow((self.clients.right, app.middle), (app.left, app.middle))]
        for name, box in self.services.items():
            end = box.left, box.middle
            if name in self.scenario.needs:
                level = min(max(box.middle, app.top + PAD), app.top + app.height - PAD)
                found.append(Arrow((app.right, level), end))
            else:
                levels = (app.level(2 + rows.index(user)) for user in self.users[name])
                found += [Arrow((app.right, level), end, alone=True) for level in levels]
        return tuple(found)

    @property
    def width(self) -> float:
        """How wide the picture is."""
        return EDGE + max(box.right for box in self.boxes)

    @property
    def least(self) -> float:
        """How narrow it is drawn at most, so that it can be read."""
        return min(self.width, max(LEAST, SMALLER * self.width))

    @cached_property
    def height(self) -> float:
        """How high it is."""
        app = _high((*self.scenario.variants, "the app", "its budget"))
        heights = [*map(_high, self._lines.values())]
        return 2 * EDGE + max(app, sum(heights) + PAD * (len(heights) - 1))

    @property
    def caption(self) -> str:
        """What stands below the picture."""
        dashed = any(arrow.alone for arrow in self.arrows)
        return say("details.calls.dashed" if dashed else "details.calls.caption")

    @property
    def alt(self) -> str:
        """The picture in words."""
        one = self.scenario
        names = wording.listed([variant.name for variant in one.variants])
        said = [say("details.calls.alt_clients", request=one.workload.name, variants=names)]
        if shared := [self._words(name) for name in self.users if name in one.needs]:
            said.append(say("details.calls.alt_all", services=wording.listed(shared)))
        own = {name: users for name, users in self.users.items() if name not in one.needs}
        for users in dict.fromkeys(own.values()):
            theirs = wording.listed([self._words(name) for name in own if own[name] == users])
            key = "details.calls.alt_one" if len(users) == 1 else "details.calls.alt_some"
            said.append(say(key, variants=wording.listed(list(users)), services=theirs))
        said += [
            say("details.calls.alt_inside", service=_title(need), variant=variant.name)
            for variant in one.variants
            for need in variant.needs
            if need in INSIDE
        ]
        return " ".join(said)

    @cached_property
    def _lines(self) -> dict[str, tuple[Line, ...]]:
        """What is written in the box of each service."""
        found = {}
        for name, users in self.users.items():
            lines = [(_title(name), "")]
            if wait := self._wait(name):
                lines.append(("", say("details.calls.by_knob", wait=wait, knob=self._knob(name))))
            if name not in self.scenario.needs:
                variants = wording.listed(list(users))
                lines.append(("", say("details.calls.only", variants=variants)))
            found[name] = tuple(lines)
        return found

    def _words(self, name: str) -> str:
        service, wait = _title(name), self._wait(name)
        return say("details.calls.service", service=service, wait=wait) if wait else service

    def _knob(self, name: str) -> str:
        return self.scenario.waits.get(name, USUAL)

    def _wait(self, name: str) -> str:
        """Say how long one waits for a service, at all points; empty where no knob sets it."""
        knobs = (one.knobs.get(self._knob(name), 0) for one in self.points)
        values = [f"{one:g}" for one in dict.fromkeys(knobs) if one]
        if not values:
            return ""
        away = name in SERVICES and kind_of(name).needs_latency
        key = "details.calls.round_trip" if away else "details.calls.answers"
        return say(key, wait=say("details.calls.or").join(values))

    def _runs(self, variant: Variant) -> str:
        """Say where a variant runs, with what inside, and what of its budget is its own."""
        common, own = asdict(self.scenario.budget), asdict(self.scenario.budget_of(variant))
        amounts = [
            say(f"details.amount.{name}", number=own[name])
            for name in own
            if own[name] != common[name]
        ]
        inside = [
            say("details.calls.inside", service=_title(need))
            for need in variant.needs
            if need in INSIDE
        ]
        return say("words.list.comma").join([sentences.where(variant.runs_on), *inside, *amounts])


def calls(points: Sequence[Scenario]) -> Calls | None:
    """Return the picture of a scenario at its points; None where it would say nothing new."""
    one = points[0]
    return Calls(points) if one.group in SHOWN and one.requires else None


def _title(name: str) -> str:
    """Return a service as people write it; of one that is gone since, its name."""
    return kind_of(name).title if name in {*SERVICES, *INSIDE} else name


def _high(lines: Sized) -> float:
    """Return how high a box of so many lines is."""
    return 2 * PAD + LEADING * len(lines)


def _wide(text: str, *, bold: bool = False) -> float:
    """Return how many pixels a line is wide at most, in whatever font the reader's machine has."""
    return TEXT * sum(_share(letter) + BOLD * bold for letter in text)


def _share(letter: str) -> float:
    if east_asian_width(letter) in "WF" or letter in "mwMW%@=+":
        return BROAD
    if letter in "ijlfrtI.,:;'!|()[]/- ":
        return NARROW
    return CAPITAL if letter.isupper() else OTHER
