"""wrk, the cheapest load generator there is: a cross-check of capacity.

It counts answers below status 400 as right, because to check every status in Lua would cost more
than a request.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

from harness.load import program
from harness.load.driver import ClosedRate, Site
from harness.model.errors import BenchError
from harness.model.workload import Workload

REMEDY = "install it: apt-get install wrk, or brew install wrk"
SCRIPT = """\
local requests = {{{requests}}}
request = function() return requests[math.random(#requests)] end
done = function(summary)
  io.write(string.format('\\n{{"requests": %d, "us": %d, "failed": %d}}\\n',
    summary.requests, summary.duration, summary.errors.status))
end
"""


class Wrk:
    """wrk on one thread, with a script of the workload's requests."""

    name = "wrk"

    def version(self) -> str:
        """Return its version; raises Unavailable, with the remedy, where it is not installed."""
        return program.version("wrk", "-v", REMEDY)

    def closed_rate(
        self, workload: Workload, url: str, *, clients: int, seconds: float, site: Site
    ) -> ClosedRate:
        """Ask from so many connections for so many seconds, rounded up."""
        script = site.supervisor.folder / "wrk.lua"
        encoded = (one.encode(url) for one in program.some_requests(workload))
        script.write_text(SCRIPT.format(requests=", ".join(map(quoted, encoded))))
        whole_s = math.ceil(seconds)
        command: list[str | Path] = [
            *(program.found("wrk", REMEDY), "-t1", f"-c{clients}", f"-d{whole_s}s"),
            *("--timeout", f"{math.ceil(workload.deadline_s)}s", "-s", script, url),
        ]
        log = site.supervisor.folder / "wrk.log"
        said, cpu_s = program.run(command, whole_s, site, log=log)
        try:
            done = json.loads(said.splitlines()[-1])
        except (IndexError, ValueError) as error:
            raise BenchError(f"wrk did not say what it did: {said!r}", hint=REMEDY) from error
        right = done["requests"] - done["failed"]
        return ClosedRate(right / (done["us"] / 1e6), cpu_s / max(1, done["requests"]))


def quoted(data: bytes) -> str:
    """Return bytes as a string of Lua."""
    return '"' + "".join(f"\\{byte:03}" for byte in data) + '"'
