"""A program that starts a service under supervision, and waits to be killed.

    python serving.py kafka

It prints its URL and the temporary folder as JSON, and then sleeps.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from harness.catalogue import catalogue
from harness.services.service import Start, kind_of
from harness.system.processes import ProcessSupervisor


def main() -> None:
    """Start it, say where, wait."""
    with ProcessSupervisor() as supervisor:
        scenario = replace(catalogue()["postgres_read"], knobs={})  # no network before it
        start = Start(scenario, supervisor, supervisor.folder)
        with kind_of(sys.argv[1]).started(start) as service:
            said = json.dumps({"url": service.url, "folder": str(supervisor.folder)})
            print(said, flush=True)  # noqa: T201  the test reads it
            time.sleep(600)


if __name__ == "__main__":
    main()
