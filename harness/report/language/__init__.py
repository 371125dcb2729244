"""The words of page, deck and summary: templates by key, in a folder of TOML files per language.

`say("contrast.more", subject=..., factor=...)` fills the template of the language that is spoken.
Every language has the same keys with the same places for values; a test holds them to it. What a
scenario says of itself, its question and what its variants do, stands in English in the scenario,
and in another language in that language's catalogue/; so do reasons, metrics, units, groups. In
both, an older run is told in the words of today.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from harness import catalogue as declared
from harness.judge.caveats import Reason
from harness.model.scenario import Scenario

ENGLISH, CHINESE = "en", "zh-TW"
LANGUAGES = (ENGLISH, CHINESE)
CATALOGUE = "catalogue"  # a folder: what scenarios say of themselves, no templates
FOLDER = Path(__file__).parent
WIDE = "\uff09"  # the closing bracket of Chinese, which no space follows

_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak this language, one of LANGUAGES, until the end of the block."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def spoken() -> str:
    """Return the language that is spoken."""
    return _spoken.get()


def say(key: str, /, **values: object) -> str:
    """Return the template of a key with these values; raises KeyError where there is none."""
    return templates(_spoken.get())[key].format_map(values).replace(f"{WIDE} ", WIDE)


def known(key: str) -> bool:
    """Return whether there is a template of this key."""
    return key in templates(_spoken.get())


def question(scenario: Scenario) -> str:
    """Return the question of a scenario, in English where it is not translated."""
    return str(_told(scenario).get("question", _today(scenario).question))


def does(scenario: Scenario, variant: str) -> str:
    """Return what a variant of a scenario does."""
    written: str = _told(scenario).get("does", {}).get(variant, "")
    return written or _today(scenario).variant(variant).does


def traps(scenario: Scenario) -> tuple[str, ...]:
    """Return what each trap of a scenario says, in the order in which they are declared."""
    found = tuple(one.says for one in scenario.traps)
    told: tuple[str, ...] = tuple(_told(scenario).get("traps", ()))
    return told if len(told) == len(found) else found


def reason(one: Reason) -> tuple[str, str]:
    """Return what is so, as a clause, and what would fix it."""
    found: Mapping[str, str] = _listed("reasons").get(one.name, {})
    return found.get("says", one.says), found.get("remedy", one.remedy)


def metric(name: str) -> str:
    """Return the name of a metric, such as p99 or CPU per chunk."""
    return str(_listed("metrics").get(name, name))


def unit(name: str) -> str:
    """Return what stands behind a number, such as requests/s."""
    return str(_listed("units").get(name, name))


def group(name: str) -> str:
    """Return the name of a group of scenarios."""
    return str(_listed("groups").get(name, name))


def expected(says: str) -> str:
    """Return what was expected of a claim before it was measured, such as no difference."""
    return str(_listed("expected").get(says, says))


@cache
def templates(language: str) -> Mapping[str, str]:
    """Return all templates of a language by their keys, such as contrast.more."""
    found: dict[str, str] = {}
    for path in sorted((FOLDER / language).glob("*.toml")):
        found |= _flat(tomllib.loads(path.read_text(encoding="utf-8")))
    return found


@cache
def catalogue(language: str) -> Mapping[str, Any]:
    """Return what a language calls things, by name: scenarios, and what is listed beside them.

    Of a scenario that is its `question`, what each variant `does`, and its `traps`. Listed are
    reasons, metrics, units, groups, and what was expected.
    """
    found: dict[str, Any] = {}
    for path in (FOLDER / language / CATALOGUE).glob("*.toml"):
        found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def _told(scenario: Scenario) -> Mapping[str, Any]:
    # A route of somebody's own app may be called like a scenario, and is in no group.
    return _listed(scenario.home) if scenario.group else {}


def _today(scenario: Scenario) -> Scenario:
    """Return what the catalogue now says of a scenario; itself where it compares other variants."""
    now = _declared().get(scenario.home) if scenario.group else None
    if now is None or now.baseline.name != scenario.baseline.name:
        return scenario
    names = {one.name for one in now.variants}
    return now if names.issuperset(one.name for one in scenario.variants) else scenario


@cache
def _declared() -> Mapping[str, Scenario]:
    return declared.catalogue(refused={})


def _listed(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = catalogue(_spoken.get()).get(name, {})
    return found


def _flat(found: Mapping[str, Any], above: str = "") -> dict[str, str]:
    """Return nested tables as one, with keys joined by dots."""
    flat: dict[str, str] = {}
    for name, one in found.items():
        key = f"{above}{name}"
        flat |= _flat(one, f"{key}.") if isinstance(one, dict) else {key: one}
    return flat
