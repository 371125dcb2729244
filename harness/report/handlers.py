"""What differs between the code of two variants: their functions, as one diff."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from harness.model.record import Asked
from harness.model.scenario import Scenario

AROUND = 3  # lines that stay beside what differs
LEFT_OUT = "…"

Line = tuple[str, str]  # a sign, which is -, + or empty, and the line


@dataclass(frozen=True, slots=True)
class Change:
    """The diff from one file to another, by their names without .py."""

    before: str
    after: str
    lines: tuple[Line, ...]


def change(asked: Asked, scenario: Scenario, before: str, after: str) -> Change | None:
    """Return what differs between the code of two variants, given by their names.

    None where they share a file, or the code is not on record.
    """
    first, second = (scenario.variant(name).source for name in (before, after))
    texts = [asked.code.get(f"{scenario.name}/{name}", "") for name in (before, after)]
    if first == second or not all(texts):
        return None
    parts = [functions(text) for text in texts]
    differ = [name for name in {**parts[0], **parts[1]} if parts[0].get(name) != parts[1].get(name)]
    if differ and all(parts):
        texts = ["\n\n".join(part[name] for name in differ if name in part) for part in parts]
    return Change(first, second, tuple(unified(texts[0], texts[1])))


def functions(text: str) -> Mapping[str, str]:
    """Return the functions and classes of a file by name, with their decorators.

    Under no name stands what else it says, but for imports and its docstring. None of a file that
    Python cannot read.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return {}
    lines = text.splitlines()
    found = {"": ""}
    for one in tree.body[ast.get_docstring(tree) is not None :]:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[one.name] = "\n".join(lines[_begins(one) - 1 : one.end_lineno])
        elif not isinstance(one, ast.Import | ast.ImportFrom):
            said = "\n".join(lines[one.lineno - 1 : one.end_lineno])
            found[""] = f"{found['']}\n{said}".lstrip("\n")
    return found


def unified(before: str, after: str) -> list[Line]:
    """Return two texts as one, with signs before the lines that are gone, and those that are new.

    Lines far from any difference are left out.
    """
    old, new = before.splitlines(), after.splitlines()
    found: list[Line] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for number, hunk in enumerate(matcher.get_grouped_opcodes(AROUND)):
        found += [("", LEFT_OUT)] if number else []
        for what, i1, i2, j1, j2 in hunk:
            if what == "equal":
                found += [("", line) for line in old[i1:i2]]
            else:
                found += [("-", line) for line in old[i1:i2]]
                found += [("+", line) for line in new[j1:j2]]
    return found


def _begins(one: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    return min([one.lineno, *(decorator.lineno for decorator in one.decorator_list)])
