"""Hold gates whose right verdict is known: of a commit against itself, and of slowdowns that were put in on purpose. Count what they say.

    python -m benchmarks.gates --times 10     # hours; interrupted, it goes on where it was
    python -m benchmarks.gates --times 0      # the table of docs/ci.md, of what is on record

Each slowdown is a commit beside HEAD that touches nothing in the checkout. A gate that was held is a line in results/gates.jsonl.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.judge import gate
from harness.judge.gate import Verdict
from harness.project import ROOT
from harness.report.render.gate import title
from harness.store.records import Run

RECORDS = ROOT / "results" / "gates.jsonl"
CODES = {0: "green", 1: "red", 3: "invalid", 4: "unclear"}
COLUMNS = (
    "change",
    "variant",
    "machine",
    "gates",
    "slower",
    "unclear",
    "invalid",
    "no slower",
    "head costs",
    "capacity is known to",
)
HALF = (
    "await_size",
    "cache_get",
    "file_read",
    "hop",
    "http_call",
    "http_connections",
    "one_driver",
    "race",
    "streaming",
)
POOL = 'Variant("threaded", "psycopg2 inside def", runs_on="thread", ceiling=threads(BUDGET.threads, BUDGET.connections)'


@dataclass(frozen=True, slots=True)
class Slowdown:
    """What makes one variant slower: in a file, `new` stands for `old` in head. `of_base` turns it round: base has `new`, and head has what is there now."""

    says: str
    variant: str
    file: str
    old: str
    new: str
    of_base: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A gate to be held again and again: the scenarios that are asked, and what is slower in head."""

    names: tuple[str, ...]
    budget: str
    slowdowns: tuple[Slowdown, ...] = ()


def more_cpu(says: str, variant: str, count: int) -> Slowdown:
    """Count, which takes longer where the request does too: about that share of it, and what it came to is in the table."""
    return Slowdown(
        f"{says} more CPU",
        variant,
        f"scenarios/{variant}.py",
        "    return ",
        f"    sum(range({count}))\n    return ",
    )


CASES = {
    "nothing": Case(HALF, "27m"),
    "slowdowns": Case(
        ("hop", "postgres_read", "streaming"),
        "16m",
        (
            more_cpu("5%", "hop/inline", 480),
            more_cpu("10%", "hop/threaded", 1700),
            more_cpu("20%", "streaming/inline", 15_000),
            Slowdown(
                "a query 1 ms slower",
                "postgres_read/awaiting",
                "scenarios/postgres_read/awaiting.py",
                "WAIT_S, user_id",
                "WAIT_S + 0.001, user_id",
            ),
            Slowdown(
                "a pool of 10, not 20",
                "postgres_read/threaded",
                "scenarios/postgres_read/scenario.py",
                POOL,
                f"{POOL}, budget=Budget(connections=20)",
                of_base=True,
            ),
        ),
    ),
}


def commit(parent: str, changes: Sequence[tuple[str, str, str]]) -> str:
    """Make a commit on `parent` in which files say one thing for another; checkout, index and branches stay as they are."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "GIT_INDEX_FILE": str(Path(folder, "index"))}
        environment |= {
            f"GIT_{who}_{what}": said
            for who in ("AUTHOR", "COMMITTER")
            for what, said in (("NAME", "benchmark"), ("EMAIL", "none"))
        }

        def git(*words: str, said: str | None = None) -> str:
            return subprocess.run(
                ["git", *words],
                cwd=ROOT,
                env=environment,
                input=said,
                capture_output=True,
                text=True,
                check=True,
            ).stdout  # noqa: S607  git is where PATH says

        git("read-tree", parent)
        for file, old, new in changes:
            text = git("show", f"{parent}:{file}")
            if old not in text:
                raise SystemExit(f"{file} has no {old!r} any more: mend benchmarks/gates.py")
            blob = git("hash-object", "-w", "--stdin", said=text.replace(old, new)).strip()
            git("update-index", "--cacheinfo", f"100644,{blob},{file}")
        return git(
            "commit-tree", git("write-tree").strip(), "-p", parent, "-m", "Change the speed"
        ).strip()


def sides(case: Case) -> tuple[str, str]:
    """Give base and head, which is a child of it."""
    turned = [one for one in case.slowdowns if one.of_base]
    base = commit("HEAD", [(one.file, one.old, one.new) for one in turned]) if turned else "HEAD"
    changes = [
        (one.file, *((one.new, one.old) if one.of_base else (one.old, one.new)))
        for one in case.slowdowns
    ]
    return base, commit(base, changes) if changes else "HEAD"


def hold(name: str, number: int) -> dict[str, Any]:
    """Hold one gate, and give what it said, read from its records."""
    case = CASES[name]
    base, head = sides(case)
    with tempfile.TemporaryDirectory() as results:
        words = [
            "--base",
            base,
            "--head",
            head,
            "--budget",
            case.budget,
            "--seed",
            str(1000 * number),
            "--results",
            results,
        ]
        done = subprocess.run(
            [sys.executable, ROOT / "bench.py", "gate", *case.names, *words], cwd=ROOT, check=False
        )
        if done.returncode not in CODES:
            raise SystemExit(done.returncode)
        (folder,) = Path(results).glob("*-gate")
        found = gate.results(Run(folder), Run(folder / "again"), gate.MARGIN)
        asked = Run(folder).asked
    variants = {
        title(one): {
            "verdict": one.verdict,
            "confirmed": one.confirmed,
            "invalid": one.first.invalid,
            "cost": {
                change.metric.name: [
                    round(value, 4)
                    for value in (change.cost.estimate, change.cost.low, change.cost.high)
                ]
                for change in one.first.changes
            },
            "blocks": next((change.cost.n for change in one.first.changes), 0),
        }
        for one in found
    }
    return {
        "case": name,
        "number": number,
        "commit": asked.commit,
        "machine": asked.fingerprint,
        "code": CODES[done.returncode],
        "variants": variants,
    }


def read() -> list[dict[str, Any]]:
    """Read every gate on record."""
    return (
        [json.loads(line) for line in RECORDS.read_text(encoding="utf-8").splitlines()]
        if RECORDS.exists()
        else []
    )


def table(gates: Sequence[dict[str, Any]]) -> str:
    """Count the verdicts on each machine, as Markdown: a row for each slowdown, and one for all that was the same on both sides, beside them or alone.

    Its last columns are of the change in capacity, in percent, and of all that are counted in the row: its estimate, as the median and the extremes, and
    the half-width of its interval, as the median.
    """
    rows = [f"| {' | '.join(COLUMNS)} |", "| --- " * len(COLUMNS) + "|"]
    for name, case in CASES.items():
        slow = {one.variant: one.says for one in case.slowdowns}
        for machine in dict.fromkeys(one["machine"] for one in gates if one["case"] == name):
            held = [
                one["variants"] for one in gates if (one["case"], one["machine"]) == (name, machine)
            ]
            asked = [
                (says, variant, [one[variant] for one in held]) for variant, says in slow.items()
            ]
            beside = [
                (variant, said)
                for one in held
                for variant, said in one.items()
                if variant not in slow
            ]
            what = f"{len({variant for variant, _ in beside})} variants of {', '.join(case.names)}"
            asked.append(
                ("none, beside those" if slow else "none", what, [said for _, said in beside])
            )
            rows += [_row(*one, machine.partition(",")[0], len(held)) for one in asked]
    return "\n".join(rows)


def _row(says: str, variant: str, said: Sequence[dict[str, Any]], machine: str, number: int) -> str:
    verdicts = [one["verdict"] for one in said]
    counts = [
        f"{verdicts.count(one)} of {len(said)}"
        for one in (Verdict.REGRESSION, Verdict.UNCLEAR, Verdict.INVALID, Verdict.PASSED)
    ]
    costs = [one["cost"]["capacity"] for one in said if "capacity" in one["cost"]]
    estimates = [estimate - 1 for estimate, _, _ in costs]
    cost = f"{statistics.median(estimates):+.1%} ({min(estimates):+.1%} … {max(estimates):+.1%})"
    known = statistics.median((high / low) ** 0.5 - 1 for _, low, high in costs)
    return (
        f"| {' | '.join([says, variant, machine, str(number), *counts, cost, f'±{known:.1%}'])} |"
    )


def missing(times: int, chosen: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Give what is not yet on record, one of each case in turn."""
    held = {(one["case"], one["number"]) for one in read()}
    yield from (
        (name, number) for number in range(times) for name in chosen if (name, number) not in held
    )


def main() -> None:
    """Hold them, and print the table of all that is on record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--times", type=int, default=10, help="how often each; 0 prints what is on record"
    )
    parser.add_argument("--case", choices=CASES, action="append", help="only this one")
    options = parser.parse_args()
    for name, number in missing(options.times, options.case or list(CASES)):
        line = json.dumps(hold(name, number))
        with RECORDS.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    print(table(read()))


if __name__ == "__main__":
    main()
