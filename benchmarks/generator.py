"""What the load generator costs, and how true its clock is: ratios within one interleaved run.

    python benchmarks/generator.py    # about six minutes; wrk, k6 and hey join in if installed

Closed model: generators take turns against a bare server on another core. Open model: the server
reports how long each request stayed with it, and the generator must not add to that. Stall: the
server is stopped for a second, and the 99th percentile must show it. All three over WebSockets as
well, for which `pip install websockets` brings a client to compare with.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness.experiment.calibration import (
    CONNECTIONS,
    MESSAGES,
    STALL_AFTER_S,
    STALL_RATE,
    STALL_S,
    WAIT_MS,
    WORKLOAD,
    Bench,
    Clock,
    Freeze,
)
from harness.load import DRIVERS, driver_named, program
from harness.load.driver import ClosedRate, LoadDriver
from harness.model.errors import Unavailable
from harness.project import ROOT
from harness.system import cores
from harness.system.processes import ProcessSupervisor

WINDOW_S, CLOCK_WINDOW_S, STALL_WINDOW_S = 3.0, 4.0, 20.0
RATES = (200, 1000, 2000)
OURS = "ours, all on record"
OVER_HTTP = "ours, over HTTP"
STOCK = {"FastHttpUser": "Fast", "HttpUser": "Http"}  # of Locust as it comes


def stock(
    bench: Bench, url: str, user: str, users: int, *, window_s: float = WINDOW_S, keep: bool = False
) -> Iterator[dict[str, Any]]:
    """Run Locust as it comes; yield when its window opens, and what it reports at the end."""
    file = ROOT / "benchmarks" / "stock.py"
    words: list[str | Path] = ["-f", file, user, "--host", url, "--headless", "--only-summary"]
    process = bench.supervisor.start(
        [sys.executable, "-m", "locust", *words, "--users", str(users), "--spawn-rate", "100"],
        log=bench.supervisor.folder / "stock.log",
        environment={"WINDOW_S": str(window_s), "KEEP_TIMES": "1" if keep else ""},
        cores=bench.load.cores,
        piped=True,
    )
    for line in process.stdout or ():
        if line.startswith("{"):
            yield json.loads(line)
    bench.supervisor.end(process)


def hey(bench: Bench, url: str) -> ClosedRate:
    """Run hey, of which the harness has no driver."""
    words = ["hey", "-c", str(CONNECTIONS), "-z", f"{WINDOW_S:.0f}s", "-cpus", "1", url]
    log = bench.supervisor.folder / "hey.log"
    said, cpu_s = program.run(words, WINDOW_S, bench.load, log=log)
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    rate = float(found.group(1)) if found else float("nan")
    return ClosedRate(rate, cpu_s / (rate * WINDOW_S))


def closed(bench: Bench, rounds: int) -> dict[str, list[ClosedRate]]:
    """Let the generators take turns; return what each reached, round by round."""
    found: dict[str, list[ClosedRate]] = {}
    drivers = installed()
    with bench.echo(0) as (url, _):
        for _ in range(rounds):
            for name, driver in drivers.items():
                reached = driver.closed_rate(
                    WORKLOAD, url, clients=CONNECTIONS, seconds=WINDOW_S, site=bench.load
                )
                found.setdefault(name, []).append(reached)
            for name, user in STOCK.items():
                *_, last = stock(bench, url, user, CONNECTIONS)
                found.setdefault(name, []).append(ClosedRate(last["rate"], last["cpu_s"]))
            if shutil.which("hey"):
                found.setdefault("hey", []).append(hey(bench, url))
    return found


def messages(bench: Bench, rounds: int) -> dict[str, list[ClosedRate]]:
    """Let our load and the library websockets take turns; return what each reached."""
    found: dict[str, list[ClosedRate]] = {}
    loops = ("asyncio", "uvloop") if find_spec("websockets") else ()
    if not loops:
        print("websockets is not installed: pip install websockets", file=sys.stderr)
    with bench.echo(0) as (url, _):
        for _ in range(rounds):
            for name, workload in ((OURS, MESSAGES), (OVER_HTTP, WORKLOAD)):
                reached = driver_named("locust").closed_rate(
                    workload, url, clients=CONNECTIONS, seconds=WINDOW_S, site=bench.load
                )
                found.setdefault(name, []).append(reached)
            for loop in loops:
                found.setdefault(f"websockets on {loop}", []).append(websockets(bench, url, loop))
    return found


def websockets(bench: Bench, url: str, loop: str) -> ClosedRate:
    """Run the client of the library websockets as it comes."""
    file = ROOT / "benchmarks" / "stock_websockets.py"
    how = (url.replace("http", "ws"), str(CONNECTIONS), str(WINDOW_S), loop)
    process = bench.supervisor.start(
        [sys.executable, file, *how],
        log=bench.supervisor.folder / "websockets.log",
        inherit_all=True,
        cores=bench.load.cores,
        piped=True,
    )
    said = json.loads(process.communicate()[0])
    bench.supervisor.end(process)
    return ClosedRate(said["rate"], said["cpu_s"])


def installed() -> dict[str, LoadDriver]:
    """Return the load drivers that are installed, ours first."""
    found: dict[str, LoadDriver] = {}
    for name in DRIVERS:
        driver = driver_named(name)
        try:
            driver.version()
        except Unavailable as error:
            print(f"{error}: {error.hint}", file=sys.stderr)
        else:
            found[driver.name if found else OURS] = driver
    return found


def stalled(bench: Bench) -> NDArray[np.float64]:
    """Return response times in ms of a server that stands still, by Locust's own throughput."""
    with bench.echo(WAIT_MS) as (url, process):
        for said in stock(bench, url, "Paced", 10, window_s=STALL_WINDOW_S, keep=True):
            if said["event"] == "open":
                Freeze(process, STALL_AFTER_S).start()
        return np.array(said["times_ms"])


def print_closed(found: Mapping[str, Sequence[ClosedRate]]) -> None:
    """Print medians, and medians of the ratios within each round."""
    columns = ("generator", "requests/s", "CPU/request", "rate of ours", "CPU of ours")
    print("  {:22} {:>10} {:>12} {:>13} {:>12}".format(*columns))
    for name, rounds in found.items():
        pairs = list(zip(found[OURS], rounds, strict=True))
        rate = median(one.requests_per_s for one in rounds)
        cpu_us = 1e6 * median(one.cpu_s for one in rounds)
        of_rate = median(ours.requests_per_s / one.requests_per_s for ours, one in pairs)
        of_cpu = median(ours.cpu_s / one.cpu_s for ours, one in pairs)
        print(f"  {name:22} {rate:10,.0f} {cpu_us:9.1f} µs {of_rate:12.2f}× {of_cpu:11.2f}×")


def print_stall(bench: Bench) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Print the p99 of a server that stands still; return the response times, and the true ones."""
    ours_ms, truth_ms = bench.stall(STALL_WINDOW_S)
    own, truth = (float(np.quantile(values, 0.99)) for values in (ours_ms, truth_ms))
    stall = f"stall of {STALL_S:g} s in {STALL_WINDOW_S:g} s at {STALL_RATE}/s"
    print(f"{stall}: p99 analytic {truth:.1f} ms, ours {own:.1f} ms ({own / truth - 1:+.1%})")
    return ours_ms, truth_ms


def print_clocks(bench: Bench, rounds: int) -> None:
    """Print how true the clock is at several rates, as medians."""
    columns = ("rate", "lag p50", "lag p99", "error p50", "error p99", "CPU", "Little")
    print("  {:>6} {:>9} {:>9} {:>10} {:>10} {:>6} {:>8}   (times in ms)".format(*columns))
    for rate in RATES:
        clocks = [astuple(bench.clock(rate, CLOCK_WINDOW_S)) for _ in range(rounds)]
        one = Clock(*(median(column) for column in zip(*clocks, strict=True)))
        lag = f"{one.lag_p50:9.3f} {one.lag_p99:9.3f}"
        error = f"{one.error_p50:10.3f} {one.error_p99:10.3f}"
        print(f"  {rate:6} {lag} {error} {one.cpu:6.2f} {one.little:8.2%}")


def draw(
    ours_ms: NDArray[np.float64],
    theirs_ms: NDArray[np.float64],
    truth_ms: NDArray[np.float64],
    path: Path,
) -> None:
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
    truth, ours, theirs = (np.quantile(one, 0.99) for one in (truth_ms, ours_ms, theirs_ms))
    title = f"A server stands still for one second: the p99 is {truth:.0f} ms"
    figure.text(0.08, 0.93, f"{title}, and Locust's own says {theirs:.0f} ms", fontsize=26)
    load = f"{STALL_RATE} requests/s for {STALL_WINDOW_S:.0f} s, SIGSTOP for {STALL_S:.0f} s"
    figure.text(0.08, 0.87, f"{load} · this suite: {ours:.0f} ms", fontsize=20)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--chart", type=Path, help="draw the stall into this file, .svg or .png")
    options = parser.parse_args()
    rounds, split = options.rounds, cores.split(1)
    server = f"a server that answers after {WAIT_MS:g} ms and reports its own sojourn"
    cores.pin(os.getpid(), split.rest)
    with ProcessSupervisor() as supervisor:
        bench = Bench(supervisor, split)
        print(f"closed model, one core, 32 connections: medians of {rounds} interleaved rounds")
        print_closed(closed(bench, rounds))
        print(f"open model against {server}: medians of {rounds}")
        print_clocks(bench, rounds)
        ours_ms, truth_ms = print_stall(bench)
        theirs_ms = stalled(bench)
        truth, theirs = (float(np.quantile(values, 0.99)) for values in (truth_ms, theirs_ms))
        print(f"  Locust's constant_throughput {theirs:.1f} ms, off by {truth / theirs:.1f}×")
        if options.chart:
            draw(ours_ms, theirs_ms, truth_ms, options.chart)
        print(f"closed model over WebSockets: medians of {rounds} interleaved rounds")
        print_closed(messages(bench, rounds))
        over_sockets = Bench(supervisor, split, MESSAGES)
        print(f"open model over WebSockets against {server}: medians of {rounds}")
        print_clocks(over_sockets, rounds)
        print_stall(over_sockets)


if __name__ == "__main__":
    main()
