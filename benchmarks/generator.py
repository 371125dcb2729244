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
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from harness.stage import cores, processes  # noqa: E402  the path comes first
from harness.stage.load import Seen, load  # noqa: E402  the same
from harness.stage.ports import free_port, listening  # noqa: E402  the same
from harness.stage.processes import Crew  # noqa: E402  the same

CONNECTIONS, WINDOW_S, WAIT_MS = 32, 3.0, 5.0
STALL_S, STALL_RATE, STALL_WINDOW_S = 1.0, 100, 20.0
CORES = cores.split(1)


@contextmanager
def server(crew: Crew, wait_ms: float) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve on a core of its own."""
    port = free_port()
    command: list[str | Path] = [sys.executable, ROOT / "benchmarks" / "server.py", "--port", str(port), "--wait-ms", str(wait_ms)]
    process = crew.start(command, log=crew.folder / "server.log", on=CORES.server)
    processes.wait_until(lambda: listening(port), 10)
    yield f"http://127.0.0.1:{port}", process
    crew.end(process)


def ours(crew: Crew, url: str, phase: dict[str, object]) -> Seen:
    """Run one phase with our load, every request on record."""
    with load("get_root", url, crew, crew.folder / "load.log", on=CORES.rest) as generator:
        return generator.run([phase], seed=1, record=crew.folder / "rows.npz")


def stock(crew: Crew, url: str, user: str, users: int, *, window_s: float = WINDOW_S, keep: bool = False) -> Iterator[dict[str, Any]]:
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
        [*command, "--headless", "--users", str(users), "--spawn-rate", "100", "--only-summary"], log=log, environment=environment, on=CORES.rest, piped=True
    )
    for line in process.stdout or ():
        if line.startswith("{"):
            yield json.loads(line)
    crew.end(process)


def elsewhere(command: list[str], pattern: str) -> tuple[float, float]:
    """Run wrk or hey: requests/s and CPU seconds per request."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = subprocess.run(command, capture_output=True, text=True, check=True, preexec_fn=lambda: cores.pin(0, CORES.rest)).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = re.search(pattern, said)
    rate = float(found.group(1)) if found else float("nan")
    return rate, (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / (rate * WINDOW_S)


def closed(crew: Crew, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Let the generators take turns, as many rounds as asked: requests/s and CPU seconds per request of each."""
    found: dict[str, list[tuple[float, float]]] = {}
    with server(crew, 0) as (url, _):
        for _ in range(rounds):
            seen = ours(crew, url, {"model": "closed", "clients": CONNECTIONS, "stream": 0, "ramp_s": 0.5, "window_s": WINDOW_S})
            done = int(np.sum((seen.rows["done"] >= 0) & (seen.rows["done"] < seen.windows[0].seconds * 1e9)))
            found.setdefault("ours, all on record", []).append((done / seen.windows[0].seconds, seen.windows[0].generator_cpu_s / done))
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


def opened(crew: Crew, rate: float) -> tuple[float, ...]:
    """Send by schedule to a server that reports sojourns: lag p50 and p99, error of p50 and p99 (all ms), CPU share, Little's difference."""
    with server(crew, WAIT_MS) as (url, _):
        seen = ours(crew, url, {"model": "open", "rate": rate, "idle_rate": 0, "ramp_s": 0.5, "window_s": 4.0})
        connection = HTTPConnection(url.removeprefix("http://"))
        connection.request("GET", "/sojourns")
        sojourns = np.array(json.loads(connection.getresponse().read()))[1:] / 1e6  # the first is the drain's
        connection.close()
    rows, window = seen.rows, seen.windows[0]
    due = rows["intended"] >= 0
    response, lag = ((rows[end] - rows["intended"])[due] / 1e6 for end in ("done", "sent"))
    end_ns = window.seconds * 1e9
    area = np.sum(np.clip(rows["done"], 0, end_ns) - np.clip(rows["sent"], 0, end_ns)) / end_ns
    errors = (float(np.quantile(response, q) - np.quantile(sojourns, q)) for q in (0.5, 0.99))
    little = abs(area / (window.in_flight or float("nan")) - 1)
    return float(np.quantile(lag, 0.5)), float(np.quantile(lag, 0.99)), *errors, window.generator_cpu_s / window.seconds, float(little)


def freeze(process: subprocess.Popen[str], after_s: float) -> None:
    """Stop a process for a second, some time from now."""

    def act() -> None:
        time.sleep(after_s)
        process.send_signal(signal.SIGSTOP)
        time.sleep(STALL_S)
        process.send_signal(signal.SIGCONT)

    threading.Thread(target=act, daemon=True).start()


def stalled(crew: Crew) -> tuple[np.ndarray, np.ndarray]:
    """Meet a server that stands still for a second: response times in ms by our open model, and by Locust's constant throughput."""
    with server(crew, WAIT_MS) as (url, process), load("get_root", url, crew, crew.folder / "load.log", on=CORES.rest) as generator:
        freeze(process, 6)
        phase = {"model": "open", "rate": STALL_RATE, "idle_rate": 0, "ramp_s": 0.5, "window_s": STALL_WINDOW_S, "arrivals": "uniform"}
        seen = generator.run([phase], seed=1, record=crew.folder / "rows.npz")
        due = seen.rows["intended"] >= 0
        ours_ms = (seen.rows["done"] - seen.rows["intended"])[due] / 1e6
    with server(crew, WAIT_MS) as (url, process):
        for said in stock(crew, url, "Paced", 10, window_s=STALL_WINDOW_S, keep=True):
            if said["event"] == "open":
                freeze(process, 5)
        return ours_ms, np.array(said["times_ms"])


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
        0.08, 0.93, f"A server stands still for one second: the p99 is {p99[0]:.0f} ms, and Locust's own says {p99[2]:.0f} ms", fontsize=26, weight="bold"
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--chart", type=Path, help="draw the stall test into this file, .svg or .png")
    options = parser.parse_args()
    cores.pin(os.getpid(), CORES.rest)
    with Crew() as crew:
        print("closed model, one core, 32 connections: medians of", options.rounds, "interleaved rounds")
        found = closed(crew, options.rounds)
        print(f"  {'generator':22} {'requests/s':>10} {'CPU/request':>12} {'rate of ours':>13} {'CPU of ours':>12}")
        for name, rounds in found.items():
            rate, cpu_s = (statistics.median(column) for column in zip(*rounds, strict=True))
            rates, costs = zip(*((own[0] / other[0], own[1] / other[1]) for own, other in zip(found["ours, all on record"], rounds, strict=True)), strict=True)
            print(f"  {name:22} {rate:10,.0f} {cpu_s * 1e6:9.1f} µs {statistics.median(rates):12.2f}× {statistics.median(costs):11.2f}×")
        print(f"open model against a server that answers after {WAIT_MS:g} ms and reports its own sojourn: medians of", options.rounds)
        print(f"  {'rate':>6} {'lag p50':>9} {'lag p99':>9} {'error p50':>10} {'error p99':>10} {'CPU':>6} {'Little':>8}   (times in ms)")
        for rate in (200, 1000, 2000):
            columns = zip(*(opened(crew, rate) for _ in range(options.rounds)), strict=True)
            lag50, lag99, error50, error99, cpu, little = (statistics.median(column) for column in columns)
            print(f"  {rate:6} {lag50:9.3f} {lag99:9.3f} {error50:10.3f} {error99:10.3f} {cpu:6.2f} {little:8.2%}")
        ours_ms, theirs_ms = stalled(crew)
        frozen = np.maximum(0, STALL_S * 1000 - np.arange(STALL_S * STALL_RATE) * 1000 / STALL_RATE)
        truth_ms = WAIT_MS + np.concatenate([frozen, np.zeros(int(STALL_RATE * (STALL_WINDOW_S - STALL_S)))])
        truth, own, theirs = (float(np.quantile(values, 0.99)) for values in (truth_ms, ours_ms, theirs_ms))
        print(f"stall of {STALL_S:g} s in {STALL_WINDOW_S:g} s at {STALL_RATE}/s: p99 analytic {truth:.1f} ms, ours {own:.1f} ms ({own / truth - 1:+.1%}),")
        print(f"  Locust's constant_throughput {theirs:.1f} ms, off by {truth / theirs:.1f}×")
        if options.chart:
            draw(ours_ms, theirs_ms, truth_ms, options.chart)


if __name__ == "__main__":
    main()
