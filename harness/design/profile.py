"""Profiles: how hard to look."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.errors import unknown
from harness.model.scenario import LATENCY_LOAD

OVERLOAD = (LATENCY_LOAD, 0.9, 1.1, 2.0)  # open loads, from calm to far beyond saturation


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """More blocks narrow the intervals, longer windows steady what they are made of.

    `looks` are the blocks after which the data may be judged; `closed_s` and `open_s` are the
    measured windows, `pilot_s` that of the closed loop by which the rates are placed, all in
    seconds. `loads` are open loads as shares of the smallest ceiling, besides the scenario's own.
    Where it is not `probed`, only the pilot asks one request at a time, and the other trials know
    no ceiling. What is not `judged` only shows that everything works.
    """

    looks: tuple[int, ...]
    closed_s: float
    open_s: float
    pilot_s: float = 1.5
    loads: tuple[float, ...] = ()
    judged: bool = True
    probed: bool = True


PROFILES = {
    "smoke": Profile(looks=(1,), closed_s=1, open_s=1, judged=False),
    "quick": Profile(looks=(6,), closed_s=1, open_s=2.4),
    "standard": Profile(looks=(8, 16, 28), closed_s=4, open_s=6, loads=OVERLOAD),
    "thorough": Profile(looks=(8, 16, 28, 40), closed_s=6, open_s=25, loads=OVERLOAD),
}
GATE = Profile(looks=(8, 16, 28), closed_s=1, open_s=0, probed=False)


def profile_named(name: str) -> Profile:
    """Return a profile by its name on record; raises BenchError where there is none."""
    known = {**PROFILES, "gate": GATE}
    if name not in known:
        raise unknown("profile", name, known)
    return known[name]
