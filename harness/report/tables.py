"""What stands in the tables of the page and of the summary alike, as rows of text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.design import plan
from harness.judge.caveats import stand_in
from harness.model.scenario import (
    Metric,
    Scenario,
    Variant,
    bystander_p99,
    capacity,
    cpu_per_request,
    p50,
)
from harness.report import reading as seen
from harness.report import wording
from harness.report.reading import Reading
from harness.report.wording import Rows

CLAIMS = ("scenario", "claim", "measured", "judgement")


def claims(readings: Sequence[Reading]) -> Rows:
    """Set every claim of the run beside what was measured and how it is judged."""
    return [
        (
            reading.scenario.name,
            f"{claim.says}, by {reading.scenario.primary.label}{wording.expected(claim)}",
            f"{wording.gain(contrast.gain)}{stand_in(reading.answer.caveats)}"
            if contrast.gain
            else f"no answer, {contrast.why}",
            judgement.value,
        )
        for reading in readings
        for claim, contrast, judgement in seen.claims(reading)
    ]


def variants(reading: Reading) -> tuple[tuple[str, ...], Rows]:
    """Give the heads of the table of variants and a row for each."""
    columns = _columns(reading)
    return tuple(columns), [
        tuple(column(variant) for column in columns.values())
        for variant in reading.scenario.variants
    ]


def conditions(reading: Reading) -> list[tuple[str, str]]:
    """List the circumstances under which the numbers came about."""
    scenario, asked, profile = reading.scenario, reading.asked, reading.profile
    cells = [(load, seen.rate(reading, load)) for load in seen.loads(reading)]
    closed = reading.blocks[0][scenario.baseline.name].closed if reading.blocks else None
    return [
        ("machine", _listed(reading.machine.get("machine"))),
        ("processor cores", _listed(reading.machine.get("cores"))),
        ("versions", _listed(reading.machine.get("versions"))),
        (
            "services",
            "; ".join(_service(name, reading.machine) for name in scenario.requires)
            or "none needed",
        ),
        *_containers(reading.machine),
        (
            "servers",
            f"--on {asked.on}, {len(reading.blocks)} whole blocks, order drawn from seed {asked.seed}",
        ),
        (
            "profile",
            f"{asked.profile}: {_looks(reading)}; closed loops for {profile.closed_s:g} s{f', open loads for {profile.open_s:g} s' if cells else ''}",
        ),
        (
            "budget",
            "; ".join(
                [
                    wording.budget(scenario.budget),
                    *(
                        f"{one.name}: {wording.budget(one.budget)}"
                        for one in scenario.variants
                        if one.budget
                    ),
                ]
            ),
        ),
        ("read back from the apps", _read_back(reading)),
        ("knobs", _listed(scenario.knobs) if scenario.knobs else "none"),
        (
            "workload",
            f"{scenario.workload}, {_clients(scenario)}"
            + (f", deadline {closed.deadline_s:g} s" if closed else ""),
        ),
        (
            "offered",
            "; ".join(f"{load:g}× = {wording.number(rate)} requests/s" for load, rate in cells)
            or "no open load",
        ),
        ("code", f"commit {asked.commit or 'unknown'}"),
    ]


def _clients(scenario: Scenario) -> str:
    swept = f", in further ones {', '.join(map(str, scenario.sweep))}" if scenario.sweep else ""
    return f"{scenario.clients} clients in the closed loop{swept}"


def _read_back(reading: Reading) -> str:
    """Write the sizes that the running apps really had."""
    found = {name: one.inside for name, one in reading.pilots.items() if one.inside}
    pythons = sorted({f"Python {inside.python}" for inside in found.values() if inside.python})
    sizes = [
        f"{name}: threads {inside.threads:g}"
        + "".join(
            f", {pool.rpartition(' ')[0].rpartition('.')[2]} {size}"
            for pool, size in inside.pools.items()
        )
        for name, inside in found.items()
    ]
    return "; ".join([*pythons, *sizes]) or "not read"


def _looks(reading: Reading) -> str:
    if not reading.profile.judged:
        return "never judged"
    return f"judged after {', '.join(str(look) for look in plan.looks(reading.scenario, reading.profile))} blocks, until settled"


def _columns(reading: Reading) -> dict[str, Callable[[Variant], str]]:
    """Pair the head of each column with what a variant has to say there; the deciding metric is always among them."""
    primary, loads = reading.scenario.primary, seen.loads(reading)

    def metric(one: Metric) -> dict[str, Callable[[Variant], str]]:
        return {
            _head(reading, one): lambda variant: wording.whole(
                seen.typical(reading, one, variant.name), lambda value: wording.amount(value, one)
            )
        }

    def median(variant: Variant, what: str) -> float:
        return float(reading.table.xs(variant.name, level="variant")[what].median())

    return {
        "variant": lambda variant: variant.name,
        "what it does": lambda variant: variant.does,
        "runs on": lambda variant: variant.runs_on,
        **(metric(primary) if primary.name == "goodput" else {}),
        **metric(capacity),
        "ceiling, requests/s": lambda variant: wording.number(seen.ceiling(reading, variant.name)),
        "capacity of ceiling": lambda variant: _of_ceiling(reading, variant),
        "prediction": lambda variant: seen.prediction(reading, variant.name),
        "still waiting when the closed loop ended": lambda variant: _waiting(reading, variant),
        **metric(cpu_per_request),
        "waits alone, ms": lambda variant: (
            "n/a" if variant.runs_on == "elsewhere" else _milli(median(variant, "wait alone"))
        ),
        **(metric(p50(loads[0])) if loads else {}),
        **(metric(bystander_p99(seen.calm(reading, "bystander p99"))) if loads else {}),
        **metric(primary),
        **(
            {"calls to the upstream per request": lambda variant: _calls(reading, variant)}
            if seen.calls(reading, reading.scenario.baseline.name)
            else {}
        ),
        "connections used": lambda variant: _or_nothing(seen.connections(reading, variant.name)),
        "RSS, MB": lambda variant: (
            "n/a" if variant.runs_on == "elsewhere" else f"{median(variant, 'RSS') / 1e6:,.0f}"
        ),
        "RSS per client, kB": lambda variant: _or_nothing(
            seen.memory_per_client(reading, variant.name), 1000
        ),
    }


def _head(reading: Reading, metric: Metric) -> str:
    at = (
        f" of {metric.clients} clients"
        if metric.clients
        else ""
        if metric.at is None
        else f" at {metric.at:g}×"
    )
    return f"{metric.name}{at}, {wording.unit(metric)}" + (
        " (decides)" if metric == reading.scenario.primary else ""
    )


def _milli(seconds: float) -> str:
    return wording.ms(seconds).removesuffix(" ms")


def _calls(reading: Reading, variant: Variant) -> str:
    """Say how many there are, and what became of those that brought nothing."""
    found = seen.calls(reading, variant.name)
    wasted = ", ".join(
        f"{wording.number(count)} {fate}"
        for fate, count in found.items()
        if fate != "answered" and count >= 0.01
    )  # noqa: PLR2004  what rounds to nothing
    return wording.number(sum(found.values())) + (f", {wasted}" if wasted else "")


def _of_ceiling(reading: Reading, variant: Variant) -> str:
    share = seen.of_ceiling(reading, variant.name)
    return "n/a" if share is None else wording.percent(share)


def _or_nothing(value: float | None, unit: float = 1) -> str:
    return "n/a" if value is None else f"{value / unit:,.0f}"


def _waiting(reading: Reading, variant: Variant) -> str:
    """Say how many clients of the closed loop never got their last answer: no figure of the others may hide them."""
    cells = [block[variant.name].closed for block in reading.blocks]
    return f"{sum(cell.outcomes.get('unfinished', 0) for cell in cells) / len(cells):g} of {cells[0].clients} clients"


def _service(name: str, machine: Mapping[str, Any]) -> str:
    found = machine.get("services", {}).get(name)
    if not found:
        return f"{name}: not recorded"
    kind = {True: "the real thing", False: "a stand-in"}.get(
        found.get("real"), "not known whether real"
    )
    return f"{name}: {found.get('provider', 'unknown provider')}, version {found.get('version', 'unknown')}, {kind}"


def _containers(machine: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name the engine and the images, where there were any."""
    if not (found := machine.get("docker")):
        return []
    kinds = {True: "built in place of the official one", False: "as its file has it"}
    images = (
        f"{one['name']} {one['id'][:19]}, {kinds[one['stand_in']]}"
        for one in machine["images"].values()
    )
    return [
        (
            "containers",
            "; ".join([f"Docker {found['engine']} with compose {found['compose']}", *images]),
        )
    ]


def _listed(found: object) -> str:
    if not isinstance(found, Mapping) or not found:
        return "not recorded"
    return ", ".join(f"{name.replace('_', ' ')} {_plain(value)}" for name, value in found.items())


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return f"({_listed(value)})"
    return (
        " ".join(map(str, value))
        if isinstance(value, list | tuple)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )
