"""The code that differs, side by side: the diff between two variants is the experiment."""

from __future__ import annotations

from difflib import SequenceMatcher
from html import escape
from itertools import zip_longest

Row = tuple[str, str, str, str]  # sign and line on the left, sign and line on the right


def diff(before: str, after: str) -> list[Row]:
    """Set two files side by side: lines that are gone carry a minus on the left, lines that came a plus on the right."""
    left, right = before.splitlines(), after.splitlines()
    rows: list[Row] = []
    for what, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if what == "equal":
            rows += [("", old, "", new) for old, new in zip(left[i1:i2], right[j1:j2], strict=True)]
        else:
            rows += [("" if old is None else "-", old or "", "" if new is None else "+", new or "") for old, new in zip_longest(left[i1:i2], right[j1:j2])]
    return rows


def html(name_before: str, before: str, name_after: str, after: str) -> str:
    """Write that as an HTML table, with colours besides the signs."""
    lines = "".join(f"<tr>{_cell(old_sign, old, 'gone')}{_cell(new_sign, new, 'new')}</tr>" for old_sign, old, new_sign, new in diff(before, after))
    heads = "".join(f'<th scope="col" colspan="2">{escape(name)}.py</th>' for name in (name_before, name_after))
    return f'<div class="wide"><table class="diff"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'


def _cell(sign: str, line: str, kind: str) -> str:
    mark = f' class="{kind}"' if sign else ""
    return f"<td{mark}>{sign}</td><td{mark}>{escape(line)}</td>"
