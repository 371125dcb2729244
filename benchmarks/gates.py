"""Hold gates whose right verdict is known: of a commit against itself, and of slowdowns that were put in on purpose. Count what they say.

    python -m benchmarks.gates --times 10 --into results/gates     # hours; interrupted, it goes on where it was

Each slowdown is a commit beside HEAD that touches nothing in the checkout. Prints the table of docs/ci.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import timeit
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.scenario import ROOT

CPU_OF_HOP_S = 100e-6  # per request of hop/inline on the machine of results/reference; what was really added is what the gate estimates
NAMES = {0: "green", 1: "red", 3: "invalid", 4: "unclear"}


@dataclass(frozen=True, slots=True)
class Case:
    """One change: the scenarios that are asked, the file, what is put in for what, in base or in head, and which variants may be red."""

    names: tuple[str, ...]
    file: str = ""
    old: str = ""
    new: Callable[[], str] = str
    of_base: bool = False
    slow: tuple[str, ...] = ()
    budget: str = "6m"


def more_cpu(share: float) -> Callable[[], str]:
    """Count for so much longer."""

    def new() -> str:
        per_round_s = min(timeit.repeat("sum(range(1000))", number=1000, repeat=5)) / 1000 / 1000
        return f"    sum(range({round(share * CPU_OF_HOP_S / per_round_s)}))\n    return"

    return new


CASES = {
    "nothing": Case(("hop", "http_connections"), budget="8m"),
    **{
        f"+{share:.0%} CPU in hop/inline": Case(("hop",), "scenarios/hop/inline.py", "    return", more_cpu(share), slow=("inline",))
        for share in (0.05, 0.1, 0.2)
    },
    "a query 1 ms slower in postgres_read/awaiting": Case(
        ("postgres_read",), "scenarios/postgres_read/awaiting.py", "WAIT_S, user_id", lambda: "WAIT_S + 0.001, user_id", slow=("awaiting",), budget="8m"
    ),
    "a pool of 20 cut to 10 in postgres_read": Case(
        ("postgres_read",),
        "scenarios/postgres_read/scenario.py",
        "connections=10",
        lambda: "connections=20",
        of_base=True,
        slow=("threaded", "awaiting", "offloaded"),
        budget="9m",
    ),
}


def commit(case: Case) -> str:
    """Make a commit beside HEAD with the change in it, without touching checkout, index or branches."""
    text = (ROOT / case.file).read_text()
    if case.old not in text:
        raise SystemExit(f"{case.file} has no {case.old!r} any more: mend benchmarks/gates.py")
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "GIT_INDEX_FILE": str(Path(folder, "index"))}
        environment |= {f"GIT_{who}_{what}": said for who in ("AUTHOR", "COMMITTER") for what, said in (("NAME", "benchmark"), ("EMAIL", "none"))}

        def git(*words: str, said: str | None = None) -> str:
            done = subprocess.run(["git", *words], cwd=ROOT, env=environment, input=said, capture_output=True, text=True, check=True)  # noqa: S607  git is where PATH says
            return done.stdout.strip()

        git("read-tree", "HEAD")
        blob = git("hash-object", "-w", "--stdin", said=text.replace(case.old, case.new()))
        git("update-index", "--cacheinfo", f"100644,{blob},{case.file}")
        return git("commit-tree", git("write-tree"), "-p", "HEAD", "-m", "Slow down")


def hold(case: Case, seed: int, into: Path) -> dict[str, object]:
    """Hold one gate, or take it from the record."""
    record = into / "outcome.json"
    if not record.exists():
        into.mkdir(parents=True, exist_ok=True)
        changed = commit(case) if case.file else "HEAD"
        base, head = (changed, "HEAD") if case.of_base else ("HEAD", changed)
        words = ["--base", base, "--head", head, "--budget", case.budget, "--seed", str(seed), "--results", str(into)]
        done = subprocess.run([sys.executable, ROOT / "bench.py", "gate", *case.names, *words], cwd=ROOT, check=False)
        if done.returncode not in NAMES:
            raise SystemExit(done.returncode)
        (markdown,) = into.glob("*-gate/report/gate.md")
        rows = [line.split(" | ") for line in markdown.read_text().splitlines() if " | " in line and line.split(" | ")[-1].strip(" |")]
        verdicts = {f"{row[0].strip('| ')}/{row[1]}": row[5].strip(" |") for row in rows[1:] if not row[0].startswith("| ---")}
        record.write_text(json.dumps({"code": done.returncode, "verdicts": verdicts}, indent=1))
    found: dict[str, object] = json.loads(record.read_text())
    return found


def row(name: str, case: Case, outcomes: list[dict[str, object]]) -> Iterator[str]:
    """Count for one case: gates, red ones, and verdicts on what was slowed down and on everything beside it."""
    verdicts = [(variant, str(said)) for outcome in outcomes for variant, said in dict(outcome["verdicts"]).items()]  # type: ignore[call-overload]
    slow = [said for variant, said in verdicts if variant.partition("/")[2] in case.slow]
    beside = [said for variant, said in verdicts if variant.partition("/")[2] not in case.slow]
    yield name
    yield ", ".join(case.names)
    yield f"{sum(outcome['code'] == 1 for outcome in outcomes)} of {len(outcomes)}"
    yield f"{sum(said.startswith('✗') for said in slow)} of {len(slow)}" if slow else "–"
    counts = {what: sum(said.startswith(sign) for said in beside) for what, sign in (("red", "✗"), ("unclear", "?"), ("invalid", "–"))}
    yield f"{', '.join(f'{count} {what}' for what, count in counts.items())} of {len(beside)}"


def main() -> None:
    """Hold them, and print the table of all that is on record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10, help="of each case; 0 prints what is on record")
    parser.add_argument("--case", choices=CASES, action="append", help="only this one")
    parser.add_argument("--into", type=Path, default=Path("results/gates"))
    options = parser.parse_args()
    into, chosen = options.into.resolve(), options.case or list(CASES)
    for seed in range(options.times):
        for name in chosen:
            hold(CASES[name], 1000 * seed, into / f"{list(CASES).index(name)}-{seed:02d}")
    print("| change | scenarios | red gates | of the variants slowed down, red | of the others |\n| --- | --- | --- | --- | --- |")
    for number, (name, case) in enumerate(CASES.items()):
        if outcomes := [json.loads(path.read_text()) for path in sorted(into.glob(f"{number}-*/outcome.json"))]:
            print("| " + " | ".join(row(name, case, outcomes)) + " |")


if __name__ == "__main__":
    main()
