"""Of two files only the functions that differ are shown, with their decorators."""

from __future__ import annotations

from dataclasses import replace

from harness.catalogue import catalogue
from harness.model.record import Asked
from harness.project import ROOT
from harness.report.handlers import LEFT_OUT, change, functions, unified
from tests.support.questions import BASE

BEFORE = '''"""One."""

import time


def same():
    return 1


@app.get("/")
@cached
async def handler():
    time.sleep(1)
    return same()
'''
AFTER = BEFORE.replace('"One."', '"Other."').replace("async def", "def")


def asked(*texts: str) -> Asked:
    """Return a plan of two variants with this code."""
    names = [variant.name for variant in BASE.variants]
    return Asked(
        profile="quick",
        on="simulated",
        seed=0,
        commit="",
        fingerprint="",
        scenarios=(BASE,),
        code={f"{BASE.name}/{name}": text for name, text in zip(names, texts, strict=False)},
    )


def test_only_the_handler_that_differs_is_shown() -> None:
    """Without imports, and without what is the same."""
    found = change(asked(BEFORE, AFTER), BASE, "blocking", "threaded")
    assert found
    assert (found.before, found.after) == ("blocking", "threaded")
    assert found.lines == (
        ("", '@app.get("/")'),
        ("", "@cached"),
        ("-", "async def handler():"),
        ("+", "def handler():"),
        ("", "    time.sleep(1)"),
        ("", "    return same()"),
    )


def test_where_no_function_differs_the_rest_of_the_file_is_shown() -> None:
    """So it is of a file that Python cannot read."""
    found = change(asked("size = 1", "size = 2"), BASE, "blocking", "threaded")
    assert found
    assert found.lines == (("-", "size = 1"), ("+", "size = 2"))
    assert functions("def (") == {}


def test_there_is_nothing_to_show_of_one_file_or_of_none() -> None:
    """Of variants that share theirs, and where the code is not on record."""
    first, second, *others = BASE.variants
    shared = replace(BASE, variants=(first, replace(second, file=first.name), *others))
    assert change(asked(BEFORE, AFTER), shared, "blocking", "threaded") is None
    assert change(asked(BEFORE), BASE, "blocking", "threaded") is None


def test_what_is_far_from_a_difference_is_left_out() -> None:
    """And a sign says so."""
    lines = [f"line {number}" for number in range(30)]
    changed = ["first", *lines[1:-1], "last"]
    found = unified("\n".join(lines), "\n".join(changed))
    assert found[:3] == [("-", "line 0"), ("+", "first"), ("", "line 1")]
    assert ("", LEFT_OUT) in found
    assert len(found) == 11


def test_every_trap_of_the_catalogue_differs_from_the_other_files_by_something_to_show() -> None:
    """As long as they are files of their own."""
    for scenario in catalogue().values():
        texts = {one.name: scenario.file_of(one, ROOT).read_text() for one in scenario.variants}
        code = {f"{scenario.name}/{name}": text for name, text in texts.items()}
        first, *others = scenario.variants
        for other in others:
            found = change(replace(asked(), code=code), scenario, first.name, other.name)
            assert (found is None) == (first.source == other.source)
            assert found is None or any(sign for sign, _ in found.lines)
