"""Profiles: how hard to look."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.errors import unknown
from harness.model.scenario import LATENCY_LOAD

OVERLOAD = (LATENCY_LOAD, 0.9, 1.1, 2.0)  # open loads, from calm to far beyond saturation


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """More blocks narrow the intervals, longer windows steady what they are made of.

    `few` blocks are planned for up to two comparisons, `blocks` for more, and up to `most` are
    measured where the noise asks for it. `closed_s` is the shortest window of a closed loop in
    seconds, `closed_most_s` the longest: it lasts until the slowest variant gave some answers.
    `open_s` is the shortest window of an open load. `loads` are open loads as shares of the
    smallest ceiling, besides the scenario's own. What does not decide is seen `once`, when the
    answer is known, or else in every block; of the baseline `alone`, where the others are only
    compared with it. What is not `judged` only shows that everything works.
    """

    few: int
    blocks: int
    most: int
    closed_s: float = 0.6
    closed_most_s: float = 2.0
    open_s: float = 1.2
    loads: tuple[float, ...] = ()
    once: bool = True
    alone: bool = False
    judged: bool = True


PROFILES = {
    "smoke": Profile(few=1, blocks=1, most=1, judged=False),
    "quick": Profile(few=4, blocks=5, most=10),
    "standard": Profile(
        few=8,
        blocks=8,
        most=16,
        closed_s=2,
        closed_most_s=4,
        open_s=4,
        loads=OVERLOAD,
        once=False,
    ),
    "thorough": Profile(
        few=12,
        blocks=12,
        most=28,
        closed_s=4,
        closed_most_s=6,
        open_s=15,
        loads=OVERLOAD,
        once=False,
    ),
}
# Of two states of a variant, in the closed loop alone.
GATE = Profile(few=4, blocks=4, most=4)
# Of somebody's own app beside itself under another setting: an answer in two minutes.
OWN_APP = Profile(few=4, blocks=4, most=6, alone=True)


def profile_named(name: str) -> Profile:
    """Return a profile by its name; raises BenchError where there is none."""
    known = {**PROFILES, "gate": GATE, "app": OWN_APP}
    if name not in known:
        raise unknown("profile", name, known)
    return known[name]
