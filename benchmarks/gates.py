"""Run gates whose right verdict is known, and count what they say.

    python -m benchmarks.gates                # an hour; interrupted, it goes on where it was
    python -m benchmarks.gates --times 0      # the table of docs/ci.md, of what is on record

A commit is compared with itself, every second time with the sides swapped, and with slowdowns that
were put in on purpose. Each slowdown is a commit beside HEAD that touches nothing in the checkout.
A gate is a line of results/gates.jsonl; those of older methods are not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.judge.gate import GateVerdict
from harness.project import ROOT
from harness.store.run import METHOD, Run

RECORDS = ROOT / "results" / "gates.jsonl"
CODES = {0: "green", 1: "red", 3: "invalid", 4: "unclear"}
BUDGET = "10m"
COLUMNS = (
    "change",
    "variant",
    "machine",
    "gates",
    "slower",
    "unclear",
    "invalid",
    "no slower",
    "faster",
    "suspect at first",
    "head costs",
    "capacity is known to",
)
GATES = ("gate", "machine", "verdict", "suspect at first", "slower", "unclear", "invalid", "took")
ORDER = (
    GateVerdict.REGRESSION,
    GateVerdict.UNCLEAR,
    GateVerdict.INVALID,
    GateVerdict.PASSED,
    GateVerdict.FASTER,
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
POOL = """            "psycopg2 inside def",
            runs_on="thread",
"""
KEPT = ("verdict", "confirmed", "broken", "screen", "fresh")  # of each variant in gate.json
# What head has more where a commit is compared with itself, sides swapped: words that do nothing.
COMMENT = ("scenarios/hop/inline.py", "    return ", "    # The same.\n    return ")


@dataclass(frozen=True, slots=True)
class Slowdown:
    """What makes one variant slower: `new` stands for `old` in a file of head.

    `of_base` turns it round: base has `new`, and head what is there now.
    """

    says: str
    variant: str
    file: str
    old: str
    new: str
    of_base: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A gate that is run again and again: its scenarios, and what is slower in head."""

    names: tuple[str, ...]
    slowdowns: tuple[Slowdown, ...] = ()


def more_cpu(says: str, variant: str, count: int) -> Slowdown:
    """Count, which takes longer where the request does too: what it comes to is in the table."""
    return Slowdown(
        f"{says} more CPU",
        variant,
        f"scenarios/{variant}.py",
        "    return ",
        f"    sum(range({count}))\n    return ",
    )


CASES = {
    "nothing": Case(HALF),
    "slowdowns": Case(
        ("hop", "postgres_read", "streaming"),
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
                f"{POOL}            budget=Budget(connections=20),\n",
                of_base=True,
            ),
        ),
    ),
}


def commit(parent: str, changes: Sequence[tuple[str, str, str]]) -> str:
    """Return a commit on `parent` in which files have one text in place of another.

    Checkout, index and branches stay as they are.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "GIT_INDEX_FILE": str(Path(folder, "index"))}
        for who in ("AUTHOR", "COMMITTER"):
            environment |= {f"GIT_{who}_NAME": "benchmark", f"GIT_{who}_EMAIL": "none"}

        def git(*words: str, given: str | None = None) -> str:
            return subprocess.run(
                [shutil.which("git") or "git", *words],
                cwd=ROOT,
                env=environment,
                input=given,
                capture_output=True,
                text=True,
                check=True,
            ).stdout

        git("read-tree", parent)
        for file, old, new in changes:
            text = git("show", f"{parent}:{file}")
            if old not in text:
                raise SystemExit(f"{file} no longer has {old!r}: fix benchmarks/gates.py")
            blob = git("hash-object", "-w", "--stdin", given=text.replace(old, new)).strip()
            git("update-index", "--cacheinfo", f"100644,{blob},{file}")
        tree = git("write-tree").strip()
        return git("commit-tree", tree, "-p", parent, "-m", "Change the speed").strip()


def sides(case: Case, *, swapped: bool) -> tuple[str, str]:
    """Return base and head, which is a child of it; where they are the same, it may be swapped."""
    if swapped:
        return commit("HEAD", [COMMENT]), "HEAD"
    turned = [one for one in case.slowdowns if one.of_base]
    base = commit("HEAD", [(one.file, one.old, one.new) for one in turned]) if turned else "HEAD"
    changes = [
        (one.file, *((one.new, one.old) if one.of_base else (one.old, one.new)))
        for one in case.slowdowns
    ]
    return base, commit(base, changes) if changes else "HEAD"


def run(name: str, number: int) -> dict[str, Any]:
    """Run one gate, and return what it found."""
    case = CASES[name]
    swapped = not case.slowdowns and number % 2 == 1
    base, head = sides(case, swapped=swapped)
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory() as results:
        words = ["--base", base, "--head", head, "--budget", BUDGET]
        words += ["--seed", str(1000 * number), "--results", results]
        command = [sys.executable, str(ROOT / "bench.py"), "gate", *case.names, *words]
        done = subprocess.run(command, cwd=ROOT, check=False)
        if done.returncode not in CODES:
            raise SystemExit(done.returncode)
        (folder,) = Path(results).glob("*-gate")
        found = json.loads((folder / "report" / "gate.json").read_text(encoding="utf-8"))
        asked = Run(folder).asked
    return {
        "method": METHOD,
        "case": name,
        "number": number,
        "swapped": swapped,
        "commit": asked.commit,
        "machine": asked.fingerprint,
        "code": CODES[done.returncode],
        "seconds": round(time.monotonic() - began_s),
        "variants": {
            f"{one['scenario']}/{one['variant']}": {key: one[key] for key in KEPT} for one in found
        },
    }


def read() -> list[dict[str, Any]]:
    """Return every gate of this method on record."""
    lines = RECORDS.read_text(encoding="utf-8").splitlines() if RECORDS.exists() else []
    return [one for one in map(json.loads, lines) if one.get("method") == METHOD]


def table(gates: Sequence[dict[str, Any]]) -> str:
    """Return a row for each gate, and below them the verdicts on each machine, as Markdown.

    There is a row for each slowdown, and one for all that was the same on both sides. The last
    columns are of the change in capacity, in percent, by the first blocks of all that are counted
    in the row: its estimate, as the median and the extremes, and the half-width of its interval,
    as the median.
    """
    rows = [_line(GATES), "| --- " * len(GATES) + "|", *(_gate(one) for one in gates), ""]
    rows += [_line(COLUMNS), "| --- " * len(COLUMNS) + "|"]
    for name, case in CASES.items():
        slow = {one.variant: one.says for one in case.slowdowns}
        mine = [one for one in gates if one["case"] == name]
        for machine in dict.fromkeys(one["machine"] for one in mine):
            found = [one["variants"] for one in mine if one["machine"] == machine]
            asked = [(says, what, [one[what] for one in found]) for what, says in slow.items()]
            same = [pair for one in found for pair in one.items() if pair[0] not in slow]
            what = f"{len({variant for variant, _ in same})} variants of {', '.join(case.names)}"
            says = "none, beside those" if slow else "none"
            asked.append((says, what, [said for _, said in same]))
            rows += [_row(*one, machine.partition(",")[0], len(found)) for one in asked]
    return "\n".join(rows)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _gate(found: dict[str, Any]) -> str:
    said = list(found["variants"].values())
    verdicts = [one["verdict"] for one in said]
    swapped = ", sides swapped" if found["swapped"] else ""
    names = [f"{found['case']} {found['number'] + 1}{swapped}", found["machine"].partition(",")[0]]
    suspects = sum(bool(one["screen"]["suspects"]) for one in said)
    counts = [f"{one} of {len(said)}" for one in (suspects, *map(verdicts.count, ORDER[:3]))]
    return _line([*names, found["code"], *counts, f"{found['seconds'] / 60:.1f} min"])


def _row(says: str, variant: str, said: Sequence[dict[str, Any]], machine: str, number: int) -> str:
    verdicts = [one["verdict"] for one in said]
    suspects = sum(bool(one["screen"]["suspects"]) for one in said)
    counts = [f"{count} of {len(said)}" for count in (*map(verdicts.count, ORDER), suspects)]
    found = [one["screen"]["cost"].get("capacity", [None]) for one in said]
    costs = [one for one in found if None not in one]  # null stands for infinity
    cells = [says, variant, machine, str(number), *counts]
    if not costs:
        return _line([*cells, "n/a", "n/a"])
    estimates = [estimate - 1 for estimate, _, _ in costs]
    cost = f"{statistics.median(estimates):+.1%} ({min(estimates):+.1%} … {max(estimates):+.1%})"
    known = statistics.median((high / low) ** 0.5 - 1 for _, low, high in costs)
    return _line([*cells, cost, f"±{known:.1%}"])


def missing(times: int, chosen: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield what is not yet on record, one of each case in turn."""
    known = {(one["case"], one["number"]) for one in read()}
    for number in range(times):
        yield from ((name, number) for name in chosen if (name, number) not in known)


def main() -> None:
    """Run them, and print the table of all that is on record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--times", type=int, default=3, help="how often each; 0 prints what is on record"
    )
    parser.add_argument("--case", choices=CASES, action="append", help="only this one")
    options = parser.parse_args()
    for name, number in missing(options.times, options.case or list(CASES)):
        line = json.dumps(run(name, number))
        with RECORDS.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    print(table(read()))


if __name__ == "__main__":
    main()
