"""How each variant is drawn: colour is its role, and the trap has one that nothing else has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.model.scenario import Scenario
from harness.report.headline import trap

Line = str | tuple[float, Sequence[float]]  # as matplotlib writes a line's dashes


@dataclass(frozen=True, slots=True)
class Style:
    """How one kind of variant is drawn: by several marks, so that none of them is the only one.

    `name` is its class in HTML, which is `s-` and the name; its colours there are in charts.css.
    """

    name: str
    colour: str
    marker: str
    hatch: str
    line: Line

    @property
    def lines(self) -> dict[str, Any]:
        """What matplotlib is told of a line."""
        return {"color": self.colour, "linestyle": self.line, "linewidth": 2.5}

    @property
    def marks(self) -> dict[str, Any]:
        """What matplotlib is told of markers without a line."""
        mark = {"marker": self.marker, "color": self.colour, "markeredgecolor": "white"}
        return {**mark, "linestyle": "", "zorder": 4}


TRAP = "holds the loop"
# Okabe & Ito (2008), "Color Universal Design": different for readers with any colour vision. The
# last ones are beyond their eight, for large scenarios.
STYLES = {
    TRAP: Style("trap", "#D55E00", "X", "//", "-"),
    "tenth": Style("tenth", "#6A51A3", "h", "**", (0, (1, 1))),
    "ninth": Style("ninth", "#767676", "*", "oo", (0, (5, 1))),
    "eighth": Style("eighth", "#7A4B28", "p", "OO", (0, (3, 1, 1, 1))),
    "thread": Style("thread", "#0072B2", "s", "\\\\", "--"),
    "awaits": Style("awaits", "#009E73", "o", "..", "-."),
    "process": Style("process", "#CC79A7", "D", "xx", ":"),
    "spare": Style("spare", "#111111", "v", "++", ":"),
    "unbounded": Style("unbounded", "#E69F00", "^", "||", "-"),
    "bounded": Style("bounded", "#56B4E9", "P", "--", "--"),
}
KINDS = {
    "threaded": "thread",
    "awaiting": "awaits",
    "processes": "process",
    "unbounded": "unbounded",
    "bounded": "bounded",
    "enlarged": "bounded",
    "gathered": "awaits",
    "modelled": "spare",
}


def styles(scenario: Scenario) -> dict[str, Style]:
    """Return the style of each variant: the trap's, else by its name, else by where it runs.

    Whatever is left has the next style that is free.
    """
    danger, names = trap(scenario), [variant.name for variant in scenario.variants]
    taken = {} if danger is None else {danger: TRAP}
    for name, kind in KINDS.items():
        if name in names and name not in taken and kind not in taken.values():
            taken[name] = kind
    for variant in scenario.variants:
        if variant.name not in taken:
            wanted = {"thread": "thread", "process": "process"}.get(variant.runs_on, "awaits")
            order = (wanted, *(kind for kind in reversed(STYLES) if kind != TRAP))
            free = [kind for kind in order if kind not in taken.values()]
            taken[variant.name] = free[0] if free else wanted
    return {name: STYLES[taken[name]] for name in names}
