"""The page: one HTML file that asks nothing of the network, light or dark, on paper as well."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from harness.judge.caveats import Caveat
from harness.judge.statistics import Judgement
from harness.report import code, findings, tables, wording
from harness.report import reading as seen
from harness.report.charts.frame import conditions
from harness.report.reading import Reading

STYLE = Path(__file__).with_name("page.css")
SIGNS = {
    Judgement.CONFIRMED: "✓",
    Judgement.REFUTED: "✗",
    Judgement.UNDECIDED: "?",
    Judgement.INVALID: "–",
}
ALT = {
    "deciding": "The metric that decides, for each variant",
    "sweep": "Goodput over the number of clients that ask at once, and where threads and connections run out",
    "capacity": "Requests per second that each variant can answer, with its ceiling",
    "latency": "Response times by percentile at a low load",
    "load": "Goodput and median response time over the offered load",
    "bystander": "Response times by percentile of a route that does no work",
    "time": "The share of the time in which the event loop stands still over a trial, and requests in flight where a schedule offered them",
    "monitor": "What the monitor inside each app saw over a trial: requests, threads, connections, CPU, memory, files",
}


def page(readings: Sequence[Reading], charts: Mapping[str, Sequence[tuple[str, Path]]]) -> str:
    """Write the page; `charts` holds for each scenario its charts by what they show, the deciding one first."""
    first = readings[0]
    simulated = any(Caveat.SIMULATED in reading.answer.caveats for reading in readings)
    banner = (
        f'<p class="banner">{escape(Caveat.SIMULATED.says.capitalize())}.</p>' if simulated else ""
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(first.folder)}: what it says</title>
<style>
{STYLE.read_text()}</style>
</head>
<body>
<main>
<header>
<h1>FastAPI under load: what this run says</h1>
<p class="origin">{escape(_origin(first))}</p>
{banner}</header>
<section>
<h2 id="claims">Claims judged</h2>
{_claims(readings)}
{_contents(readings)}
{_skipped(first)}
</section>
{"".join(_scenario(reading, charts.get(reading.scenario.name, ())) for reading in readings)}
</main>
</body>
</html>
"""


def _origin(reading: Reading) -> str:
    asked = reading.asked
    machine = conditions(reading).partition(" · ")[2]
    parts = (
        f"run {reading.folder}",
        f"profile {asked.profile} on {asked.on}",
        f"seed {asked.seed}",
        f"commit {asked.commit or 'unknown'}",
        machine,
    )
    return " · ".join(part for part in parts if part)


def _contents(readings: Sequence[Reading]) -> str:
    links: dict[str, list[str]] = {}
    for scenario in (reading.scenario for reading in readings):
        links.setdefault(scenario.group, []).append(
            f'<li><a href="#{escape(scenario.name)}">{_prose(scenario.question)}</a></li>'
        )
    listed = "".join(
        f"<h3>{escape(group)}</h3><ul>{''.join(items)}</ul>" for group, items in links.items()
    )
    return f'<nav aria-label="Contents"><h2>Questions</h2>{listed}</nav>'


def _skipped(reading: Reading) -> str:
    items = "".join(
        f"<li>{escape(one.what)}: {escape(one.why)}. <em>Remedy:</em> {escape(one.remedy)}.</li>"
        for one in reading.asked.skipped
    )
    return f'<h2 id="skipped">Not measured here</h2><ul>{items}</ul>' if items else ""


def _claims(readings: Sequence[Reading]) -> str:
    rows = tables.claims(readings)
    if not rows:
        return "<p>No claims were made.</p>"
    body = "".join(
        f'<tr><td><a href="#{escape(name)}">{escape(name)}</a></td><td>{escape(claim)}</td><td>{_interval(measured)}</td>'
        f'<td class="{judgement}"><span aria-hidden="true">{SIGNS[Judgement(judgement)]}</span> {judgement}</td></tr>'
        for name, claim, measured, judgement in rows
    )
    return f'<div class="wide"><table><thead>{_heads(tables.CLAIMS)}</thead><tbody>{body}</tbody></table></div>'


def _scenario(reading: Reading, charts: Sequence[tuple[str, Path]]) -> str:
    scenario = reading.scenario
    said = "".join(f"<li>{_said(sentence)}</li>" for sentence in (seen.sentences(reading)))
    figures = "".join(_figure(what, path) for what, path in charts)
    measured = _variants(reading) if reading.blocks else ""
    return f"""
<section class="scenario">
<h2 id="{escape(scenario.name)}">{_prose(scenario.question)}</h2>
<ul class="answer">{said}</ul>
<p class="note">Decided by one metric, as declared beforehand: {escape(scenario.primary.label)}. All else shown is exploratory.</p>
{figures}
{measured}
{_taxes(reading)}
<h3>The code, before and after</h3>
{code.shown(reading)}
{_rows("Who sees it coming, how it shows, what it costs, what mends it, and from which load on", findings.specimen(reading))}
{_rows("Conditions", tables.conditions(reading))}
<h3>Doubts</h3>
{_doubts(reading)}
</section>
"""


def _figure(what: str, path: Path) -> str:
    drawn = base64.b64encode(path.read_bytes()).decode()
    files = ", ".join(
        f'<a href="{escape(path.stem)}.{kind}">{kind.upper()}</a>' for kind in ("svg", "png")
    )
    image = f'<img src="data:image/svg+xml;base64,{drawn}" width="1920" height="1080" alt="{escape(ALT[what])}">'
    return f"<figure>{image}<figcaption>{escape(ALT[what])}: {files}</figcaption></figure>"


def _variants(reading: Reading) -> str:
    heads, rows = tables.variants(reading)
    body = "".join(
        "<tr>"
        + f'<th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{_interval(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        '<h3>The variants</h3><div class="wide"><table class="numbers"><thead>'
        f"{_heads(heads)}</thead><tbody>{body}</tbody></table></div>"
        '<p class="note">In brackets the 95 % interval over blocks, for each metric by itself. The ceiling, in requests/s, is what theory allows.</p>'
    )


def _taxes(reading: Reading) -> str:
    """Write the table of taxes, where one request at a time is the question."""
    rows = findings.taxes(reading)
    if not rows:
        return ""
    body = "".join(
        "<tr>" + "".join(f"<td>{_interval(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f'<h3>The tax, one request at a time</h3><div class="wide"><table><thead>{_heads(findings.TAXES)}</thead><tbody>{body}</tbody></table></div>'
        '<p class="note">In brackets the 95 % interval of the difference over blocks, for all comparisons together. Time decides, CPU is exploratory.</p>'
    )


def _rows(title: str, rows: Sequence[tuple[str, ...]]) -> str:
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(found)}</dd>" for name, found in rows)
    return f"<h3>{title}</h3><dl>{listed}</dl>" if listed else ""


def _doubts(reading: Reading) -> str:
    caveats = reading.answer.caveats
    if not caveats and not reading.answer.voided:
        return f"<p>{'None known.' if reading.blocks else 'Not measured yet.'}</p>"
    items = [
        f"{escape(caveat.says)}. <em>Remedy:</em> {escape(caveat.remedy)}." for caveat in caveats
    ]
    items += [
        f"void: {escape(wording.void(one))}. <em>Remedy:</em> {escape('; '.join(why.remedy for why in one.why))}."
        for one in reading.answer.voided
    ]
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"


def _heads(names: Sequence[str]) -> str:
    return "<tr>" + "".join(f'<th scope="col">{escape(name)}</th>' for name in names) + "</tr>"


def _interval(cell: str) -> str:
    """Let a number and its interval break only between the two."""
    number, bracket, rest = escape(cell).partition(" [")
    return (
        f'<span class="estimate">{number}</span> <span class="interval">[{rest}</span>'
        if bracket
        else number
    )


def _said(sentence: str) -> str:
    """Set the interval of a sentence more quietly than what it says."""
    said, bracket, rest = _prose(sentence).partition(" (")
    return f"{said} <small>({rest}</small>" if bracket else said


def _prose(text: str) -> str:
    """Escape a text and set what stands in backticks as code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))
