"""Diagnose apps whose right diagnosis is known, and count what is found.

    python -m benchmarks.diagnosis                    # twelve minutes at most
    python -m benchmarks.diagnosis circle big_json    # only these

The apps are those of tests/apps/. For each, the cause and the line that is to blame are known, and
what a change of it does. CANNOT TELL is never wrong.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.judge.diagnosis import Cause
from harness.project import ROOT

APPS = ROOT / "tests" / "apps"
PAYS, SAME, HURTS, UNCLEAR = "PAYS", "NO DIFFERENCE", "HURTS", "CANNOT TELL"
COLUMNS = ("app", "cause found / known", "line found / known", "what-ifs", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is right of the app `name`, asked for `path`.

    `code` stands in the line that is to blame, "" where none is. `verdicts` are the right ones of
    each what-if by its name; what is not among them may be said to do anything.
    """

    name: str
    path: str
    cause: Cause
    code: str = ""
    verdicts: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def line(self) -> str | None:
        """The line that is to blame, such as `circle.py:37`; None where none is.

        Raises ValueError where the app has no such line, or several.
        """
        if not self.code:
            return None
        lines = (APPS / f"{self.name}.py").read_text(encoding="utf-8").splitlines()
        (number,) = [number for number, line in enumerate(lines, 1) if self.code in line]
        return f"{self.name}.py:{number}"


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of an app: one route of the JSON that bench.py wrote."""

    known: Known
    route: Mapping[str, Any]

    @property
    def right_cause(self) -> bool:
        """Whether the cause is the known one."""
        return bool(self.route["cause"] == self.known.cause.name)

    @property
    def right_line(self) -> bool:
        """Whether the line is the known one, or none is named where none is to blame."""
        return bool(self.route["line"] == self.known.line)

    @property
    def wrong(self) -> list[str]:
        """The what-ifs with a verdict that is not right."""
        return [
            name
            for name, verdict in self.verdicts.items()
            if verdict not in {UNCLEAR, *self.known.verdicts.get(name, (verdict,))}
        ]

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdict on each what-if, by its name."""
        return {one["name"]: one["verdict"] for one in self.route["what_ifs"]}

    @property
    def row(self) -> str:
        """It as a row of the table."""
        known, line = self.known, self.route["line"]
        what_ifs = [f"{name}: {verdict}" for name, verdict in self.verdicts.items()]
        cells = (
            known.name,
            f"{self.route['cause']} / {known.cause.name}",
            f"{line or 'none'} / {known.line or 'none'}",
            ", ".join(what_ifs) or "none",
            "ok" if self.right_cause and self.right_line and not self.wrong else "WRONG",
        )
        return _row(cells)


KNOWN = (
    Known(
        name="blocking_driver",
        path="/stock/1",
        cause=Cause.LOOP_WAITS,
        code="http.request(",
        verdicts={"in_a_thread": (PAYS,)},
    ),
    Known(
        name="blocking_dependency",
        path="/me",
        cause=Cause.THREADS_USED_UP,
        code="http.request(",
        verdicts={
            "in_a_thread": (SAME, HURTS),  # a second wait for a thread
            "current_user_on_the_loop": (HURTS,),
            "threads_100": (PAYS,),
        },
    ),
    Known(
        name="cpu_on_loop",
        path="/index",
        cause=Cause.LOOP_COMPUTES,
        code="sum(",
        verdicts={"in_a_thread": (SAME, HURTS)},  # threads take the interpreter from each other
    ),
    Known(
        name="cpu_in_threads",
        path="/index",
        cause=Cause.THREADS_COMPUTE,
        code="sum(",
        verdicts={"on_the_loop": (SAME, PAYS), "threads_100": (SAME,)},
    ),
    Known(
        name="big_json",
        path="/catalogue/version",
        cause=Cause.LOOP_COMPUTES,
        code="json.dumps(",
        verdicts={"in_a_thread": (SAME, HURTS)},
    ),
    Known(
        name="trivial_def",
        path="/version",
        cause=Cause.HOPS,
        code="def version(",
        verdicts={"on_the_loop": (PAYS,), "threads_100": (SAME,)},
    ),
    Known(
        name="trivial_dependency",
        path="/currency",
        cause=Cause.HOPS,
        code="def settings(",
        verdicts={
            "in_a_thread": (HURTS,),  # a second trip to a thread
            "settings_on_the_loop": (PAYS,),
            "threads_100": (SAME,),
        },
    ),
    Known(
        name="threads_used_up",
        path="/report",
        cause=Cause.THREADS_USED_UP,
        code="time.sleep(",
        verdicts={"on_the_loop": (HURTS,), "threads_100": (PAYS,)},
    ),
    Known(name="pool_used_up", path="/stock/1", cause=Cause.POOL_USED_UP),
    Known(
        name="circle",
        path="/users/1",
        cause=Cause.CIRCLE,
        code="session.execute(",
        verdicts={"threads_100": (PAYS,)},  # the session alone is not enough: answers need threads
    ),
    Known(name="clean_async", path="/stock", cause=Cause.PROCESSOR),
    Known(name="websocket", path="/price", cause=Cause.NOTHING),
)


def diagnosed(known: Known, results: Path, *words: str) -> Found:
    """Run `bench.py app`, and return what it found of the only route.

    Raises SystemExit where it fails.
    """
    command = [sys.executable, "bench.py", "app", f"{known.name}:app", "--project", str(APPS)]
    command += ["--get", known.path, "--json", "--results", str(results), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{known.name}: exit code {done.returncode}\n{done.stderr}")
    (route,) = json.loads(done.stdout)["routes"]
    return Found(known, route)


def summary(found: Sequence[Found], seconds: float) -> str:
    """Return how many are right, and how long it took."""
    causes, lines = (sum(one.right_cause for one in found), sum(one.right_line for one in found))
    wrong = sum(len(one.wrong) for one in found)
    unclear = sum(list(one.verdicts.values()).count(UNCLEAR) for one in found)
    return (
        f"{causes} of {len(found)} causes, {lines} of {len(found)} lines, {wrong} wrong verdicts "
        f"({unclear} times {UNCLEAR}), in {seconds / 60:.1f} min"
    )


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Diagnose one after the other, and print a row for each; exit code 1 if one is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [known.name for known in KNOWN]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument(
        "--minutes", type=float, default=12, help="exit code 1 too where it takes longer"
    )
    parser.add_argument("--results", type=Path, help="keep the runs in this folder")
    options = parser.parse_args()
    if unknown := set(options.names) - set(names):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    began_s = time.monotonic()
    print(_row(COLUMNS), _row(["---"] * len(COLUMNS)), sep="\n", flush=True)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for known in KNOWN:
            if known.name in (options.names or names):
                found.append(diagnosed(known, options.results or Path(folder)))
                print(found[-1].row, flush=True)
    seconds = time.monotonic() - began_s
    print("", summary(found, seconds), sep="\n")
    wrong = any(not (one.right_cause and one.right_line) or one.wrong for one in found)
    raise SystemExit(int(wrong or seconds > 60 * options.minutes))


if __name__ == "__main__":
    main()
