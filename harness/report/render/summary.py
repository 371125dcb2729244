"""The summary: the same answers in Markdown, for a pull request or the page of a CI job; and all of them as one table, for the README."""

from __future__ import annotations

from collections.abc import Sequence

from harness.judge.answer import sentence
from harness.judge.caveats import stand_in
from harness.report import findings, tables, wording
from harness.report import reading as seen
from harness.report.reading import Reading


def summary(readings: Sequence[Reading]) -> str:
    """Write the claims first, then each question with what may be said to it."""
    first = readings[0]
    parts = [
        f"# FastAPI under load: run `{first.folder}`",
        f"Profile {first.asked.profile} on {first.asked.on}, seed {first.asked.seed}, commit {first.asked.commit or 'unknown'}.",
        f"The whole report is `{first.folder}/report/index.html`.",
        wording.table(tables.CLAIMS, tables.claims(readings)),
        *_skipped(first),
        *(part for reading in readings for part in _scenario(reading)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def overview(readings: Sequence[Reading]) -> str:
    """Write a row per scenario: its group, its folder, its answer in one line."""
    rows = [
        (
            one.scenario.group,
            f"[`{one.scenario.name}`](scenarios/{one.scenario.name}/)",
            f"{_telling(one)}{stand_in(one.answer.caveats)}",
        )
        for one in readings
    ]
    return wording.table(("group", "scenario", "answer"), rows)


def _telling(reading: Reading) -> str:
    """Say every tax where that is the question; else the best of the variants that were claimed to mend the baseline, or the one that is farthest from it."""
    over = reading.scenario.baseline.name
    if taxes := findings.taxes(reading):
        return f"µs that a request takes more than {over}: " + "; ".join(
            f"{variant} {more}" for variant, other, more, _ in taxes if other == over
        )
    made = [
        contrast for contrast in reading.answer.contrasts if contrast.gain and contrast.over == over
    ]
    claimed = {
        claim.subject
        for claim in reading.scenario.claims
        if claim.over == over and claim.at_least > 1
    }
    if fixes := [contrast for contrast in made if contrast.subject in claimed]:
        return sentence(
            max(fixes, key=lambda contrast: contrast.gain.estimate if contrast.gain else 0.0)
        )
    if made:
        return sentence(max(made, key=lambda contrast: findings.distance(contrast.gain)))
    return seen.sentences(reading)[0]


def _skipped(reading: Reading) -> list[str]:
    rows = [f"- {one.what}: {one.why}. Remedy: {one.remedy}." for one in reading.asked.skipped]
    return ["## Not measured here", "\n".join(rows)] if rows else []


def _scenario(reading: Reading) -> list[str]:
    return [
        f"## {reading.scenario.question}",
        "\n".join(f"- **{sentence}**" for sentence in (seen.sentences(reading))),
        _variants(reading) if reading.blocks else "",
        wording.table(findings.TAXES, findings.taxes(reading)),
        "\n".join(f"- {name}: {found}" for name, found in findings.specimen(reading)),
        "\n".join(
            [
                *(
                    f"- Doubt: {caveat.says}. Remedy: {caveat.remedy}."
                    for caveat in reading.answer.caveats
                ),
                *(
                    f"- Void: {wording.void(one)}. Remedy: {'; '.join(why.remedy for why in one.why)}."
                    for one in reading.answer.voided
                ),
            ]
        ),
    ]


def _variants(reading: Reading) -> str:
    """Keep of the variants' table what a narrow column has room for."""
    heads, rows = tables.variants(reading)
    wide = {"what it does", "runs on", "waits alone, ms", "RSS, MB"}
    kept = [place for place, head in enumerate(heads) if head not in wide]
    return wording.table(
        [heads[place] for place in kept], [tuple(row[place] for place in kept) for row in rows]
    )
