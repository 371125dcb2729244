"""What the load generator costs, and how true its clock is: every figure as a ratio within one interleaved run.

    python benchmarks/generator.py            # about four minutes; wrk and hey join in where they are installed

Closed model: generators take turns against a bare server on another core. Open model: the server reports how long each request
stayed with it, and the generator must not add to that. Stall: the server is stopped for a second, and the 99th percentile must say so.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from harness.experiment import calibration  # noqa: PLC0415  the same
from harness.experiment.calibration import (
    CONNECTIONS,
    CORES,
    STALL_AFTER_S,
    STALL_RATE,
    STALL_S,
    WAIT_MS,
    Clock,
)  # noqa: E402  the same
from harness.system import cores  # noqa: E402  the path comes first
from harness.system.processes import Crew  # noqa: E402  the same

WINDOW_S, CLOCK_WINDOW_S, STALL_WINDOW_S = 3.0, 4.0, 20.0


def stock(
    crew: Crew, url: str, user: str, users: int, *, window_s: float = WINDOW_S, keep: bool = False
) -> Iterator[dict[str, Any]]:
    """Run Locust as it comes: gives when its window opens, and what it says at the end."""
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "locust",
        "-f",
        ROOT / "benchmarks" / "stock.py",
        user,
        "--host",
        url,
        "--headless",
        "--users",
        str(users),
    ]
    environment = {"WINDOW_S": str(window_s), "KEEP_TIMES": "1" if keep else ""}
    log = crew.folder / "stock.log"
    process = crew.start(
        [*command, "--headless", "--users", str(users), "--spawn-rate", "100", "--only-summary"],
        log=log,
        environment=environment,
        on=CORES.rest,
        piped=True,
    )
    for line in process.stdout or ():
        if line.startswith("{"):
            yield json.loads(line)
    crew.end(process)


def elsewhere(command: list[str], pattern: str) -> tuple[float, float]:
    """Run wrk or hey: requests/s and CPU seconds per request."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: cores.pin(0, CORES.rest),
    ).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = re.search(pattern, said)
    rate = float(found.group(1)) if found else float("nan")
    return rate, (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / (
        rate * WINDOW_S
    )


def closed(crew: Crew, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Let the generators take turns, as many rounds as asked: requests/s and CPU seconds per request of each."""
    found: dict[str, list[tuple[float, float]]] = {}
    with calibration.echo(crew, 0) as (url, _):
        for _ in range(rounds):
            found.setdefault("ours, all on record", []).append(
                calibration.ceiling(crew, url, WINDOW_S)
            )
            for name, user in (("FastHttpUser", "Fast"), ("HttpUser", "Http")):
                *_, last = stock(crew, url, user, CONNECTIONS)
                found.setdefault(name, []).append((last["rate"], last["cpu_s"]))
            if shutil.which("wrk"):
                wrk = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{WINDOW_S:.0f}s", url]
                found.setdefault("wrk", []).append(elsewhere(wrk, r"Requests/sec:\s+([\d.]+)"))
            if shutil.which("hey"):
                hey = ["hey", "-c", str(CONNECTIONS), "-z", f"{WINDOW_S:.0f}s", "-cpus", "1", url]
                found.setdefault("hey", []).append(elsewhere(hey, r"Requests/sec:\s+([\d.]+)"))
    return found


def stalled(crew: Crew) -> np.ndarray:
    """Meet a server that stands still for a second by Locust's constant throughput: response times in ms."""
    with calibration.echo(crew, WAIT_MS) as (url, process):
        for said in stock(crew, url, "Paced", 10, window_s=STALL_WINDOW_S, keep=True):
            if said["event"] == "open":
                calibration.Freeze(process, STALL_AFTER_S).start()
        return np.array(said["times_ms"])


def draw(ours_ms: np.ndarray, theirs_ms: np.ndarray, truth_ms: np.ndarray, path: Path) -> None:
    """Draw the three percentile curves as a slide."""
    figure = Figure(figsize=(19.2, 10.8), dpi=100)
    axes = figure.add_axes((0.08, 0.12, 0.88, 0.70))
    for values, name, colour, line in (
        (truth_ms, "what happened", "#1a1a1a", ":"),
        (ours_ms, "counted from the intended start (this suite)", "#009E73", "-"),
        (theirs_ms, "Locust's own constant_throughput", "#D55E00", "--"),
    ):
        shares = np.linspace(90, 99.9, 500)
        curve = np.quantile(values, shares / 100)
        axes.plot(shares, curve, color=colour, linestyle=line, linewidth=5, label=name)
    axes.set(yscale="log", xlim=(90, 99.9))
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.legend(loc="upper left", fontsize=20, frameon=False, handlelength=3)
    axes.set_xlabel("percentile of requests, %", fontsize=20)
    axes.set_ylabel("response time, ms (log)", fontsize=20)
    axes.tick_params(labelsize=18)
    axes.grid(color="#d9d9d9")
    p99 = [np.quantile(values, 0.99) for values in (truth_ms, ours_ms, theirs_ms)]
    figure.text(
        0.08,
        0.93,
        f"A server stands still for one second: the p99 is {p99[0]:.0f} ms, and Locust's own says {p99[2]:.0f} ms",
        fontsize=26,
        weight="bold",
    )
    figure.text(
        0.08,
        0.87,
        f"{STALL_RATE} requests/s for {STALL_WINDOW_S:.0f} s, SIGSTOP for {STALL_S:.0f} s · this suite: {p99[1]:.0f} ms",
        fontsize=20,
    )
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--chart", type=Path, help="draw the stall test into this file, .svg or .png"
    )
    options = parser.parse_args()
    cores.pin(os.getpid(), CORES.rest)
    with Crew() as crew:
        print(
            "closed model, one core, 32 connections: medians of",
            options.rounds,
            "interleaved rounds",
        )
        found = closed(crew, options.rounds)
        print(
            f"  {'generator':22} {'requests/s':>10} {'CPU/request':>12} {'rate of ours':>13} {'CPU of ours':>12}"
        )
        for name, rounds in found.items():
            rate, cpu_s = (statistics.median(column) for column in zip(*rounds, strict=True))
            rates, costs = zip(
                *(
                    (own[0] / other[0], own[1] / other[1])
                    for own, other in zip(found["ours, all on record"], rounds, strict=True)
                ),
                strict=True,
            )
            print(
                f"  {name:22} {rate:10,.0f} {cpu_s * 1e6:9.1f} µs {statistics.median(rates):12.2f}× {statistics.median(costs):11.2f}×"
            )
        print(
            f"open model against a server that answers after {WAIT_MS:g} ms and reports its own sojourn: medians of",
            options.rounds,
        )
        print(
            f"  {'rate':>6} {'lag p50':>9} {'lag p99':>9} {'error p50':>10} {'error p99':>10} {'CPU':>6} {'Little':>8}   (times in ms)"
        )
        for rate in (200, 1000, 2000):
            clocks = [calibration.clock(crew, rate, CLOCK_WINDOW_S) for _ in range(options.rounds)]
            one = Clock(
                *(statistics.median(column) for column in zip(*map(astuple, clocks), strict=True))
            )
            print(
                f"  {rate:6} {one.lag_p50:9.3f} {one.lag_p99:9.3f} {one.error_p50:10.3f} {one.error_p99:10.3f} {one.cpu:6.2f} {one.little:8.2%}"
            )
        ours_ms, truth_ms = calibration.stall(crew, STALL_WINDOW_S)
        theirs_ms = stalled(crew)
        truth, own, theirs = (
            float(np.quantile(values, 0.99)) for values in (truth_ms, ours_ms, theirs_ms)
        )
        print(
            f"stall of {STALL_S:g} s in {STALL_WINDOW_S:g} s at {STALL_RATE}/s: p99 analytic {truth:.1f} ms, ours {own:.1f} ms ({own / truth - 1:+.1%}),"
        )
        print(f"  Locust's constant_throughput {theirs:.1f} ms, off by {truth / theirs:.1f}×")
        if options.chart:
            draw(ours_ms, theirs_ms, truth_ms, options.chart)


if __name__ == "__main__":
    main()
