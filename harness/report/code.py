"""The code before and after, side by side: the diff between two variants is the experiment, unless they share a file and their budgets are."""

from __future__ import annotations

from dataclasses import asdict
from difflib import SequenceMatcher
from html import escape
from itertools import zip_longest

from harness.model.scenario import Scenario, Variant
from harness.report.reading import Reading

Row = tuple[str, str, str, str]  # sign and line on the left, sign and line on the right


def shown(reading: Reading) -> str:
    """Write as HTML the baseline's file beside every other one, and what differs where variants share theirs."""
    scenario = reading.scenario
    first = {variant.source: variant for variant in reversed(scenario.variants)}
    texts = {
        source: reading.asked.code.get(f"{scenario.name}/{variant.name}")
        for source, variant in first.items()
    }
    baseline, parts = scenario.baseline, list[str]()
    for variant in scenario.variants:
        before, after = texts[baseline.source], texts[variant.source]
        if first[variant.source] is not variant:
            parts.append(f"<p>{escape(sharing(scenario, variant, first[variant.source]))}</p>")
        elif variant is not baseline and before is not None and after is not None:
            parts.append(html(baseline.source, before, variant.source, after))
    if len(texts) == 1 and (only := texts[baseline.source]) is not None:
        parts.append(f'<div class="wide"><pre>{escape(only)}</pre></div>')
    return (
        "".join(parts)
        if any(text is not None for text in texts.values())
        else "<p>The code is not on record.</p>"
    )


def sharing(scenario: Scenario, variant: Variant, other: Variant) -> str:
    """Say that two variants are the same code, and what else differs."""
    mine, others = (asdict(scenario.budget_of(one)) for one in (variant, other))
    differing = [
        f"{what} {mine[what]} instead of {others[what]}"
        for what in mine
        if mine[what] != others[what]
    ]
    what_differs = (
        f"what differs is the budget: {', '.join(differing)}" if differing else "nothing differs"
    )
    return f"{variant.name} is {variant.source}.py as well, like {other.name}; {what_differs}."


def diff(before: str, after: str) -> list[Row]:
    """Set two files side by side: lines that are gone carry a minus on the left, lines that came a plus on the right."""
    left, right = before.splitlines(), after.splitlines()
    rows: list[Row] = []
    for what, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if what == "equal":
            rows += [("", old, "", new) for old, new in zip(left[i1:i2], right[j1:j2], strict=True)]
        else:
            rows += [
                ("" if old is None else "-", old or "", "" if new is None else "+", new or "")
                for old, new in zip_longest(left[i1:i2], right[j1:j2])
            ]
    return rows


def html(name_before: str, before: str, name_after: str, after: str) -> str:
    """Write that as an HTML table, with colours besides the signs."""
    lines = "".join(
        f"<tr>{_cell(old_sign, old, 'gone')}{_cell(new_sign, new, 'new')}</tr>"
        for old_sign, old, new_sign, new in diff(before, after)
    )
    heads = "".join(
        f'<th scope="col" colspan="2">{escape(name)}.py</th>' for name in (name_before, name_after)
    )
    return f'<div class="wide"><table class="diff"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'


def _cell(sign: str, line: str, kind: str) -> str:
    mark = f' class="{kind}"' if sign else ""
    return f"<td{mark}>{sign}</td><td{mark}>{escape(line)}</td>"
