"""The summary: the same answers in Markdown, for a pull request or the page of a CI job."""

from __future__ import annotations

from collections.abc import Sequence

from harness.report import reading as seen
from harness.report import tables, words
from harness.report.reading import Reading


def summary(readings: Sequence[Reading]) -> str:
    """Write the claims first, then each question with what may be said to it."""
    first = readings[0]
    parts = [
        f"# FastAPI under load: run `{first.folder}`",
        f"Profile {first.asked.profile} on {first.asked.on}, seed {first.asked.seed}, commit {first.asked.commit or 'unknown'}.",
        f"The whole report is `{first.folder}/report/index.html`.",
        _table(tables.CLAIMS, tables.claims(readings)),
        *(part for reading in readings for part in _scenario(reading)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _scenario(reading: Reading) -> list[str]:
    return [
        f"## {reading.scenario.question}",
        "\n".join(f"- **{sentence}**" for sentence in (seen.sentences(reading))),
        _variants(reading) if reading.blocks else "",
        "\n".join(f"- {name}: {found}" for name, found in tables.evidence(reading)),
        "\n".join(
            [
                *(f"- Doubt: {caveat.says}. Remedy: {caveat.remedy}." for caveat in reading.answer.caveats),
                *(f"- Void: {words.void(one)}. Remedy: {'; '.join(why.remedy for why in one.why)}." for one in reading.answer.voided),
            ]
        ),
    ]


def _variants(reading: Reading) -> str:
    """Keep of the variants' table what a narrow column has room for."""
    heads, rows = tables.variants(reading)
    wide = {"what it does", "runs on", "waits alone, ms", "RSS, MB"}
    kept = [place for place, head in enumerate(heads) if head not in wide]
    return _table([heads[place] for place in kept], [tuple(row[place] for place in kept) for row in rows])


def _table(heads: Sequence[str], rows: tables.Rows) -> str:
    if not rows:
        return ""
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in (heads, ["---"] * len(heads), *rows))
