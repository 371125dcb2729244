"""Both languages say the same: the same keys, places and numbers, all used, nothing forgotten."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from harness.catalogue import catalogue
from harness.judge.caveats import Caveat, VoidReason
from harness.model.metric import DEFINITIONS, Metric
from harness.model.scenario import GROUPS, Scenario
from harness.project import ROOT
from harness.report import language
from harness.report.language import CHINESE, ENGLISH, FOLDER, say, speaking, templates
from harness.report.render.environment import TEMPLATES

SPEAK = {"say", "words", "paragraphs", "known"}  # functions that are told a key
IN_TEMPLATE = re.compile(r"""\b(?:say|words|paragraphs)\(\s*["']([^"']+)["']\s*(~?)""")

# Said elsewhere for 執行緒, 行程, 非同步, 用戶端, 區組, 伺服器, 資料庫, 吞吐量, 佇列, 程式碼.
OTHERWISE = (
    "線程",
    "進程",
    "異步",
    "客戶端",
    "區塊",
    "服務器",
    "數據庫",
    "吞吐率",
    "隊列",
    "代碼",
)


@dataclass
class Used:
    """What code names of keys: as `said` to a function, as any text, and as patterns of f-strings.

    A text that ends with a dot stands for all keys that begin with it.
    """

    said: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    patterns: set[str] = field(default_factory=set)

    def unknown(self, keys: Iterable[str]) -> set[str]:
        """Return what is said and is no key."""
        return self.said - set(keys)

    def unused(self, keys: Iterable[str]) -> set[str]:
        """Return the keys that nothing names."""
        begun = tuple(text for text in self.texts if text.endswith("."))
        ways = [re.compile(pattern) for pattern in self.patterns]
        return {
            key
            for key in keys
            if key not in self.texts
            and not (begun and key.startswith(begun))
            and not any(way.fullmatch(key) for way in ways)
        }


def of_code(source: str, used: Used) -> None:
    """Add what a module names."""
    nodes = list(ast.walk(ast.parse(source)))
    parts = {id(one) for node in nodes if isinstance(node, ast.JoinedStr) for one in node.values}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            used.texts |= {node.value} if id(node) not in parts else set()
        elif isinstance(node, ast.JoinedStr):
            pattern = "".join(
                re.escape(str(one.value)) if isinstance(one, ast.Constant) else ".+"
                for one in node.values
            )
            if re.match(r"\w+\\\.", pattern):
                used.patterns.add(pattern)
        elif isinstance(node, ast.Call) and node.args:
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called in SPEAK - {"known"}:
                used.said |= {
                    one.value
                    for one in _branches(node.args[0])
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                }


def _branches(node: ast.expr) -> list[ast.expr]:
    """Return an expression, of a conditional one both that it may be."""
    return [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]


def of_template(source: str, used: Used) -> None:
    """Add what a template names."""
    for key, joined in IN_TEMPLATE.findall(source):
        used.texts.add(key)
        if not joined:
            used.said.add(key)


def places(template: str) -> set[str]:
    """Return the names of the values that a template has places for."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def numbers(template: str) -> list[str]:
    """Return the numbers that a template says itself."""
    text = "".join(text for text, *_ in Formatter().parse(template))
    return sorted(re.findall(r"\d+(?:[.,]\d+)*", text))


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> set[str]:
    """Return the keys that only one has, or whose templates differ in places or numbers."""
    apart = {
        key
        for key in one.keys() & other.keys()
        if places(one[key]) != places(other[key]) or numbers(one[key]) != numbers(other[key])
    }
    return apart | (one.keys() ^ other.keys())


def paths(found: object, above: str = "") -> dict[str, str]:
    """Return every text of nested tables and lists by its path."""
    if not isinstance(found, Mapping | list):
        return {above: str(found)}
    inner = found.items() if isinstance(found, Mapping) else enumerate(found)
    return {
        path: text for name, one in inner for path, text in paths(one, f"{above}/{name}").items()
    }


def wanted(scenarios: Iterable[Scenario]) -> dict[str, Any]:
    """Return all that another language has words for, with the English ones."""
    scenarios = list(scenarios)
    claims = [claim for one in scenarios for claim in one.claims]
    metrics = {*DEFINITIONS, *(one.primary.name for one in scenarios)}
    metrics |= {
        trap.by.name for one in scenarios for trap in one.traps if isinstance(trap.by, Metric)
    }
    found: dict[str, Any] = {
        one.name: {
            "question": one.question,
            "does": {variant.name: variant.does for variant in one.variants},
            "traps": [trap.says for trap in one.traps],
        }
        for one in scenarios
    }
    return found | {
        "reasons": {
            one.name: {"says": one.says, "remedy": one.remedy} for one in (*Caveat, *VoidReason)
        },
        "metrics": {name: name for name in metrics},
        "units": {one.unit.name: one.unit.name for one in DEFINITIONS.values()},
        "groups": {name: name for name in GROUPS},
        "expected": {one.expected: one.expected for one in claims if one.expected},
    }


@pytest.fixture(scope="module")
def used() -> Used:
    """What the report and the commands name."""
    found = Used()
    for path in sorted([*(ROOT / "harness").rglob("*.py")]):
        of_code(path.read_text(encoding="utf-8"), found)
    for path in sorted(TEMPLATES.rglob("*.j2")):
        of_template(path.read_text(encoding="utf-8"), found)
    return found


def files(spoken: str) -> dict[str, Path]:
    """Return the files of templates of a language by their names."""
    return {path.name: path for path in (FOLDER / spoken).glob("*.toml")}


def test_both_languages_have_the_same_files_and_every_key_begins_like_its_file() -> None:
    """So whoever looks for a key knows where it stands."""
    assert files(ENGLISH).keys() == files(CHINESE).keys()
    for spoken in language.LANGUAGES:
        for path in files(spoken).values():
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
            assert set(tables) == {path.stem.rstrip("0123456789")}, path


def test_both_languages_have_the_same_keys_places_and_numbers() -> None:
    """A number that one of them made up would be a lie in the other."""
    assert differences(templates(ENGLISH), templates(CHINESE)) == set()


def test_what_differs_between_languages_is_found() -> None:
    """A key, a place, a number; not their order, nor a brace that is one."""
    one = {"a": "{x} of 3", "b": "{{x}} {y}"}
    assert differences(one, {"a": "3, {x}", "b": "{y} {{z}}"}) == set()
    assert differences(one, {"a": "{x} of 4", "b": "{{x}} {y}"}) == {"a"}
    assert differences(one, {"a": "{x} of 3", "b": "{z}"}) == {"b"}
    assert differences(one, {"a": "{x} of 3"}) == {"b"}


def test_every_key_that_code_says_exists_and_none_is_left_over(used: Used) -> None:
    """In Python and in templates."""
    keys = templates(ENGLISH)
    assert used.unknown(keys) == set()
    assert used.unused(keys) == set()


def test_a_key_that_is_unknown_or_unused_is_found() -> None:
    """Said, chosen by a condition, built, begun, or in a template."""
    found = Used()
    of_code(
        'say("a.one")\nsay("a.two" if x else "a.three")\ny = f"a.{x}.end"\nZ = "b."\n'
        'word = {1: "c.map"}\nlanguage.known("d.only_asked")',
        found,
    )
    of_template('{{ say("e.page") }} {{ say("f." ~ name) }} {{ words("g.slide", n=1) }}', found)
    assert found.unknown({"a.two", "a.three"}) == {"a.one", "e.page", "g.slide"}
    left = {"a.other", "a.end", "c.none", "h.any"}
    named = {"a.one", "a.two", "a.three", "a.x.end", "b.any", "c.map", "d.only_asked"}
    assert found.unused({*named, "e.page", "f.any", "g.slide", *left}) == left


def test_the_catalogue_is_translated_as_a_whole_and_nothing_else_is() -> None:
    """Questions, variants, traps, reasons, metrics, units, groups; with the English numbers."""
    english, chinese = paths(wanted(catalogue().values())), paths(language.catalogue(CHINESE))
    assert english.keys() - chinese.keys() == set()
    assert chinese.keys() - english.keys() == set()
    digits = re.compile(r"\d+(?:[.,]\d+)*")
    lost = {
        path
        for path, text in english.items()
        if set(digits.findall(text)) - set(digits.findall(chinese[path]))
    }
    assert lost == set()


def test_what_is_not_translated_is_found() -> None:
    """A variant, a trap, a reason by its remedy."""
    scenario = catalogue()["market_data"]
    without = replace(scenario.drop([scenario.variants[-1].name]), traps=scenario.traps[:1])
    more, fewer = (paths(wanted([one])) for one in (scenario, without))
    name = scenario.variants[-1].name
    assert more.keys() - fewer.keys() == {f"/market_data/does/{name}", "/market_data/traps/1"}
    assert "/reasons/RATE/remedy" in fewer


def test_one_thing_has_one_name_in_chinese() -> None:
    """That of Taiwan's developers; no sign of half a letter's width ends a sentence."""
    texts = {**paths(language.catalogue(CHINESE)), **templates(CHINESE)}
    assert {key for key, text in texts.items() if misnamed(text)} == set()
    assert misnamed("兩個線程") == ["線程"]
    assert misnamed("等待,然後") == ["待,"]
    assert not misnamed("`f(a, b)` 等待 wait, then 1,000")


def misnamed(text: str) -> list[str]:
    """Return words that stand for what is called otherwise, and signs after a Chinese letter."""
    return re.findall(f"{'|'.join(OTHERWISE)}|[\u4e00-\u9fff](?:[,;?!]|: )", text)


def test_a_language_is_spoken_until_the_end_of_the_block() -> None:
    """Then the one before it again; what is not translated stays as it is."""
    scenario = catalogue()["hop"]
    with speaking(CHINESE):
        assert language.spoken() == CHINESE
        assert language.question(scenario) != scenario.question
        assert language.does(scenario, "inline") != scenario.variant("inline").does
        assert language.metric("capacity") == "容量"
        assert language.metric("something new") == "something new"
        assert language.unit("ms") == "ms"
        assert language.group("threads") == "執行緒"
        says, remedy = language.reason(Caveat.SIMULATED)
        assert says != Caveat.SIMULATED.says
        assert "--on host" in remedy
        own = replace(scenario, group="")
        assert language.question(own) == scenario.question
    assert language.spoken() == ENGLISH
    assert language.question(scenario) == scenario.question
    assert language.reason(VoidReason.RATE) == (VoidReason.RATE.says, VoidReason.RATE.remedy)
    assert language.group("threads") == "threads"


def test_an_unknown_key_is_refused() -> None:
    """It is a mistake in the code, and a page without a sentence would hide it."""
    with pytest.raises(KeyError, match=r"no\.key"):
        say("no.key")
