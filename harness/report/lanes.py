"""Requests side by side, one by one as they were recorded: a lane per client, and the loop below.

The picture is of the evidence pass, which is never judged: it is seen once, and has no interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.model import evidence
from harness.report import wording
from harness.report.conditions import processor
from harness.report.headline import trap
from harness.report.language import does, say
from harness.report.scenario_run import ScenarioRun
from harness.report.styles import styles

# What is left out at the beginning: requests that had begun before the recording are not in it,
# and by then they are answered. What ends later than the recording is not in it either.
BEGIN_S, SHOWN_S = 0.05, 0.3
LOOK_S = 0.002  # between two looks at the loop: so far apart are two stretches without a pause
LONG_S = 0.02  # for which a loop must be held at a stretch, to be called at work
SLOWER = 40  # times, of the replay
ALWAYS = 0.99  # of the time: then every look saw the same, and pauses between are too short for it
KINDS = ("trap", "thread", "loop")  # of variants that are shown, one of each
PITCH, THICK = 6, 4  # of a lane and of its bars, in the units of the picture
GAP, BAND = 3, 9  # between lanes and band, and the band, in the same units
TICKS = 3  # parts of the axis of time

Stretch = tuple[float, float]  # from and to, in ms of what is shown


@dataclass(frozen=True, slots=True)
class Panel:
    """One variant. `style` is its class in CSS, `ended_ms` when its requests were answered.

    `bars` are (lane, from, to) of its requests inside the app, `known` are those of what is known
    of each lane, `at_line` is when the loop was at the line that held it most, `busy` when it was
    at anything else; all in ms of what is shown. `loop` says what the loop was at.
    """

    name: str
    does: str
    style: str
    bars: tuple[tuple[int, float, float], ...]
    known: tuple[tuple[int, float, float], ...]
    ended_ms: tuple[float, ...]
    at_line: tuple[Stretch, ...]
    busy: tuple[Stretch, ...]
    loop: str

    @property
    def answered(self) -> int:
        """How many requests were answered."""
        return len(self.ended_ms)

    @property
    def drawn(self) -> str:
        """The bars as a path."""
        return "".join(
            _box(begin, end, PITCH * lane + 1, THICK) for lane, begin, end in sorted(self.bars)
        )

    @property
    def tracks(self) -> str:
        """The lines that the bars lie on, as a path."""
        middle = 1 + THICK / 2
        return "".join(
            f"M{begin:.1f} {PITCH * lane + middle:g}H{end:.1f}" for lane, begin, end in self.known
        )


@dataclass(frozen=True, slots=True)
class Lanes:
    """The picture of one scenario: so many `lanes`, `ms` long, and `height` units high.

    `answered` says how many requests each variant answered, `alt` the same to who cannot see it.
    """

    lanes: int
    ms: int
    slower: int
    panels: tuple[Panel, ...]
    answered: str
    caption: str

    @property
    def alt(self) -> str:
        """What the picture shows."""
        return " ".join((self.answered, *(f"{one.name}: {one.loop}" for one in self.panels)))

    @property
    def height(self) -> int:
        """The height of the whole."""
        return PITCH * self.lanes + GAP + BAND

    @property
    def ticks(self) -> tuple[int, ...]:
        """The milliseconds that stand below it."""
        return tuple(self.ms * number // TICKS for number in range(TICKS + 1))

    def band(self, stretches: Iterable[Stretch]) -> str:
        """Return stretches of the loop's time as a path."""
        return "".join(_box(begin, end, self.height - BAND, BAND) for begin, end in stretches)


def lanes(run: ScenarioRun) -> Lanes | None:
    """Return the picture of a scenario; None where nothing was recorded, or it is invalid."""
    found = {
        name: measured.evidence.lanes
        for name in _chosen(run)
        if (measured := run.evidence[name]).evidence and measured.evidence.lanes
    }
    if not found or run.answer.invalid:
        return None
    ms = round(1000 * SHOWN_S)
    panels = tuple(_panel(run, name, one) for name, one in found.items())
    counts = [say("lanes.count", name=one.name, count=one.answered) for one in panels]
    return Lanes(
        lanes=run.scenario.lanes,
        ms=ms,
        slower=SLOWER,
        panels=panels,
        answered=say("lanes.answered", ms=ms, counts=say("lanes.and").join(counts)),
        caption=_caption(run, ms),
    )


def _chosen(run: ScenarioRun) -> list[str]:
    """Return the first variant of each of KINDS that was recorded, in their order."""
    found: dict[str, str] = {}
    trapped = trap(run.scenario)
    for name in run.variants:
        seen = run.evidence[name].evidence if name in run.evidence else None
        if seen and seen.lanes:
            found.setdefault("trap" if name == trapped else seen.ran_on, name)
    return [found[kind] for kind in KINDS if kind in found]


def _panel(run: ScenarioRun, name: str, found: evidence.Lanes) -> Panel:
    cut = ((lane, _cut(began_s, ended_s)) for lane, began_s, ended_s in found.requests)
    ended = (1000 * (ended_s - BEGIN_S) for _, _, ended_s in found.requests)
    held = [(part, line) for *times, line in found.held if (part := _cut(*_widened(*times)))]
    at: dict[str, float] = {}
    for (begin, end), line in held:
        at[line] = at.get(line, 0.0) + end - begin
    most = max(at, key=at.__getitem__, default="")
    trapped = name == trap(run.scenario)
    long = any(end - begin >= 1000 * LONG_S for (begin, end), _ in held)
    return Panel(
        name=name,
        does=does(run.scenario, name),
        style=f"s-{styles(run.scenario)[name].name}",
        bars=tuple((lane, *part) for lane, part in cut if part),
        known=tuple(known(found, run.scenario.lanes, trapped=trapped)),
        ended_ms=tuple(sorted(one for one in ended if 0 <= one < 1000 * SHOWN_S)),
        at_line=tuple(part for part, line in held if line == most),
        busy=tuple(part for part, line in held if line != most),
        loop=_loop(at, most, trapped=trapped) if long else say("lanes.free"),
    )


def known(
    found: evidence.Lanes, lanes: int, *, trapped: bool
) -> Iterator[tuple[int, float, float]]:
    """Yield what is known of each lane: from its first request on, and up to its last one.

    Outside of that a request may be under way that was not recorded; not where the loop is held,
    as it takes on one at a time.
    """
    for lane in range(lanes):
        times = [time for one, *both in found.requests if one == lane for time in both]
        ends = (
            (BEGIN_S, BEGIN_S + SHOWN_S)
            if trapped
            else (min(times, default=0), max(times, default=0))
        )
        if part := _cut(*ends):
            yield lane, *part


def _loop(at: Mapping[str, float], most: str, *, trapped: bool) -> str:
    """Say for which share of the time the loop was at work, and at which line of the app's."""
    if trapped and most:
        always = at[most] >= ALWAYS * 1000 * SHOWN_S
        return say("lanes.always" if always else "lanes.held", line=most, share=_share(at[most]))
    busy = _share(sum(at.values()))
    return say("lanes.busy", share=busy, line=most) if most else say("lanes.libraries", share=busy)


def _share(ms: float) -> str:
    """Write a part of what is shown; its ends are known too little for tenths of a percent."""
    return f"{min(1.0, ms / (1000 * SHOWN_S)):.0%}".replace("%", "\u00a0%")


def _widened(began_s: float, ended_s: float) -> Stretch:
    """Return a stretch from half a look before the first look that saw it to half of one after."""
    return began_s - LOOK_S / 2, ended_s + LOOK_S / 2


def _cut(began_s: float, ended_s: float) -> Stretch | None:
    """Return the part of a stretch that is shown, in ms; None where nothing of it is."""
    begin, end = (1000 * min(max(one - BEGIN_S, 0.0), SHOWN_S) for one in (began_s, ended_s))
    return (begin, end) if begin < end else None


def _box(begin: float, end: float, top: int, height: int) -> str:
    return f"M{begin:.1f} {top}H{end:.1f}V{top + height}H{begin:.1f}z"


def _caption(run: ScenarioRun, ms: int) -> str:
    """Say what it is: recorded where, of what, under what load, and seen once."""
    asked, wait_ms = run.record.asked, run.scenario.knobs.get("wait_ms")
    return say(
        "lanes.caption",
        run=run.record.name,
        scenario=wording.title(run.scenario),
        wait=say("lanes.wait", ms=f"{wait_ms:g}") if wait_ms else "",
        clients=run.scenario.lanes,
        ms=ms,
        machine=processor(run.record) or say("lanes.unknown"),
        commit=asked.commit or say("lanes.unknown"),
    )
